"""One bad line of examples or probes is a row of the quarantine; the others are accepted, and the refresh goes on."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from pointsman.core.supervision.examples import Example, parse_lines
from pointsman.core.supervision.lineage import Corpus
from pointsman.core.supervision.probes import Probe
from pointsman.steps.supervision.accept import accepted_probes, judge_examples
from tests.fakes.resources import FakeResources, begun, page, run, served

Opened = Callable[..., FakeResources]
HALF = "\\ud83d"
"""Half of a character, as JSON escapes it."""


def example(nth: int, text: str = "Yes.") -> str:
    turns = [{"role": "user", "content": f"Question {nth}?"}, {"role": "assistant", "content": text}]
    return json.dumps({"id": f"e{nth}", "messages": turns, "cites": [f"doc{nth:02d}.md"]})


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (example(1, "half HALF").replace("HALF", HALF), "half of a character"),
        (example(1, "half HALF").replace("HALF", "\\udc00x"), "half of a character"),
        (example(1, "byte \udcf6"), "half of a character"),
        ("[" * 100_000, "nested too deeply"),
        ('{"id":' * 100_000 + "1" + "}" * 100_000, "nested too deeply"),
        ("9" * 10_000, "not JSON"),
        ("", ""),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_and_the_next_one_is_read(line: str, says: str) -> None:
    rows, problems = parse_lines(f"{line}\n{example(2)}", "a.jsonl")
    assert [row["id"] for row in rows] == ["e2"]
    assert [origin for origin, _ in problems] == (["a.jsonl:1"] if says else [])
    assert all(says in why for _, why in problems)


def test_a_whole_character_in_two_escapes_is_read() -> None:
    rows, problems = parse_lines(example(1, "smile \U0001f600"), "a.jsonl")
    assert (rows[0]["messages"][1]["content"], problems) == ("smile \U0001f600", [])


def test_ids_of_documents_are_compared_in_form_nfc() -> None:
    turns = [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A."}]
    parted, composed = "re\u0301sume\u0301.md", "r\xe9sum\xe9.md"
    assert Example.from_json({"messages": turns, "cites": [parted]}).cites == (composed,)
    named = [{"document": parted, "digest": "0" * 32}]
    assert Example.from_json({"messages": turns, "cites": named}).cites == (composed,)
    assert Probe.from_json({"question": "Q?", "documents": [parted]}).documents == (composed,)


def test_a_bad_probe_does_not_stop_a_refresh(opened: Opened) -> None:
    resources = begun(opened(6))
    bad = '{"id": "p1", "question": "When does it open HALF?", "documents": ["doc00.md"]}'.replace("HALF", HALF)
    resources.probes.files["golden.jsonl"] = f'{bad}\n{{"question": "Who opens it?", "documents": ["doc01.md"]}}\n'
    resources.store.write("doc01.md", page(20))
    assert run(resources).exit_code == 0
    assert [row.item for row in resources.quarantine.rows("probes")] == ["golden.jsonl:1"]
    assert any("number 20" in text for _, _, text in served(resources))


def test_a_line_at_which_a_check_fails_is_refused_alone(opened: Opened) -> None:
    resources = opened(6)
    resources.examples.files["a.jsonl"] = "\n".join(example(nth) for nth in range(3))
    resources.probes.files["p.jsonl"] = '{"id": "p", "question": "Question 1?", "documents": ["doc01.md"]}'

    def failing(texts: Mapping[str, str]) -> Mapping[str, str | None]:
        if any("Question 1" in text for text in texts.values()):
            raise KeyError("Question 1 is quoted")
        return {}

    resources = replace(resources, screen=failing)
    corpus = Corpus({f"doc{nth:02d}.md": None for nth in range(6)}, frozenset())  # type: ignore[dict-item] - only the names count
    judged = judge_examples(resources.examples, resources.validator, corpus, screen=failing)
    assert [e.id for e in judged.accepted] == ["e0", "e2"]
    [row] = judged.refused
    assert (row.item, row.check) == ("a.jsonl:2", "parses")
    assert "Question" not in row.reason
    good, bad = accepted_probes(resources.probes, resources.validator, {"doc01.md"}, screen=failing)
    assert (good, [r.item for r in bad]) == ([], ["p.jsonl:1"])
