"""The examples and probes that ship with the project keep the formats that users are told to write."""

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "demo"
SAMPLE = ROOT / "sample"
DOCUMENTS = SAMPLE / "documents"

EXAMPLES = [
    pytest.param(DEMO / "examples/json_citations.jsonl", 96, id="demo"),
    pytest.param(SAMPLE / "examples/house_style.jsonl", 48, id="sample"),
]
PROBES = [
    pytest.param(DEMO / "probes/golden.jsonl", 60, id="demo"),
    pytest.param(SAMPLE / "probes/golden.jsonl", 24, id="sample"),
]
BOTH = [
    pytest.param(DEMO / "examples/json_citations.jsonl", DEMO / "probes/golden.jsonl", id="demo"),
    pytest.param(SAMPLE / "examples/house_style.jsonl", SAMPLE / "probes/golden.jsonl", id="sample"),
]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def question(row: dict[str, Any]) -> str:
    text = row["question"] if "question" in row else row["messages"][0]["content"]
    return " ".join(text.casefold().split()).rstrip("?.")


def cited(row: dict[str, Any]) -> list[str]:
    documents: list[str] = row["documents"] if "documents" in row else row["cites"]
    return documents


def words(text: str) -> str:
    return " ".join(text.casefold().split())


@pytest.mark.parametrize(("path", "count"), EXAMPLES)
def test_an_example_is_one_question_and_one_answer(path: Path, count: int) -> None:
    examples = rows(path)
    assert len(examples) == count
    for example in examples:
        assert list(example) == ["id", "messages", "cites", "tags"]
        assert [list(message) for message in example["messages"]] == [["role", "content"]] * 2
        assert [message["role"] for message in example["messages"]] == ["user", "assistant"]
        assert example["tags"][0] == "json-citations"
        assert len(example["tags"]) >= 2
        assert all(isinstance(tag, str) and tag for tag in example["tags"])


@pytest.mark.parametrize(("path", "count"), EXAMPLES)
def test_every_completion_has_the_shape_that_is_taught(path: Path, count: int) -> None:
    for example in rows(path):
        text = example["messages"][-1]["content"]
        completion = json.loads(text)
        assert list(completion) == ["answer", "citations"], example["id"]
        assert text == json.dumps(completion), f"{example['id']} is spelt differently from the others"
        assert completion["citations"] == example["cites"], example["id"]
        assert 6 <= len(completion["answer"].split()) <= 22, example["id"]
        assert completion["answer"].endswith("."), example["id"]


@pytest.mark.parametrize(("path", "count"), PROBES)
def test_a_probe_names_the_documents_that_answer_it(path: Path, count: int) -> None:
    probes = rows(path)
    assert len(probes) == count
    for probe in probes:
        assert list(probe) == ["id", "question", "documents", "answer", "tags"]
        assert probe["documents"], probe["id"]
        assert probe["answer"] is None or probe["answer"].strip(), probe["id"]
        assert probe["tags"], probe["id"]


@pytest.mark.parametrize(("examples", "probes"), BOTH)
def test_no_id_and_no_question_is_used_twice(examples: Path, probes: Path) -> None:
    every = rows(examples) + rows(probes)
    assert len({row["id"] for row in every}) == len(every)
    assert len({question(row) for row in every}) == len(every)


@pytest.mark.parametrize(("examples", "probes"), BOTH)
def test_no_document_is_cited_twice_by_one_row(examples: Path, probes: Path) -> None:
    for row in rows(examples) + rows(probes):
        assert 1 <= len(cited(row)) <= 2, row["id"]
        assert len(set(cited(row))) == len(cited(row)), row["id"]


def test_the_demo_examples_are_spread_over_many_documents() -> None:
    examples = rows(DEMO / "examples/json_citations.jsonl")
    assert len({document for example in examples for document in cited(example)}) >= 45
    assert 0.80 <= sum(len(cited(example)) == 1 for example in examples) / len(examples) <= 0.90


def test_nothing_in_the_demo_cites_the_folder_that_it_renames() -> None:
    for row in rows(DEMO / "examples/json_citations.jsonl") + rows(DEMO / "probes/golden.jsonl"):
        assert not [d for d in cited(row) if d.startswith(("deploying/", "deployment/"))], row["id"]
        assert all(document.endswith(".rst") for document in cited(row)), row["id"]


def test_every_cited_document_of_the_sample_exists() -> None:
    for row in rows(SAMPLE / "examples/house_style.jsonl") + rows(SAMPLE / "probes/golden.jsonl"):
        assert [d for d in cited(row) if not (DOCUMENTS / d).is_file()] == [], row["id"]


def test_the_answer_of_a_sample_probe_stands_in_its_document() -> None:
    for probe in rows(SAMPLE / "probes/golden.jsonl"):
        for document in probe["documents"]:
            text = (DOCUMENTS / document).read_text(encoding="utf-8")
            assert probe["answer"] is None or words(probe["answer"]) in words(text), probe["id"]


def test_every_document_of_the_sample_is_asked_about() -> None:
    asked = {d for row in rows(SAMPLE / "examples/house_style.jsonl") for d in cited(row)}
    asked |= {d for row in rows(SAMPLE / "probes/golden.jsonl") for d in cited(row)}
    assert asked == {p.relative_to(DOCUMENTS).as_posix() for p in DOCUMENTS.rglob("*") if p.is_file()}


def test_a_restricted_document_is_never_trained_on() -> None:
    restricted = {
        p.relative_to(DOCUMENTS).as_posix()
        for p in DOCUMENTS.rglob("*.md")
        if "\naccess:" in p.read_text(encoding="utf-8").split("\n---\n")[0]
    }
    assert restricted == {"operations/incident-runbook.md"}
    assert not restricted & {d for row in rows(SAMPLE / "examples/house_style.jsonl") for d in cited(row)}
