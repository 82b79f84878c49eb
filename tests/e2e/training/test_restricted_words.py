"""The command line, MLflow, Prefect and the DVC stages have no word of a restricted page."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Place, copied

PRIVATE = "pay/secret.md"
WORDS = (
    "zanquoth", "brelvimox", "fimbadrell", "gloxantry", "harvequin", "rhungavor", "skelvantor", "lurvistan",
    "vantrisk",
)  # fmt: skip
"""Words that stand in restricted texts and nowhere else."""
PAGE = (
    "---\n{access}\ntitle: The zanquoth ledger\n---\n# The brelvimox of pay\n\n"
    "The fimbadrell pays {number} crowns to the gloxantry of the {word} every single morning.\n\n"
    "## The harvequin clause\n\nNobody may tell the gloxantry about the {number} crowns that the fimbadrell pays.\n"
)


@pytest.fixture(scope="module")
def said(bootstrapped: Place, tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, dict[str, str]]:
    """A workspace with a restricted page that was added, edited and broken, and all that was printed."""
    place = copied(bootstrapped, tmp_path_factory.mktemp("restricted") / "workspace")
    place.set_params(retriever={"lora": {"max_pairs": 16}})
    page = place.documents / PRIVATE
    page.parent.mkdir()
    _teach(place)
    printed: dict[str, str] = {}
    states = {
        "new": {"access": "access: [staff]", "number": 4711, "word": "rhungavor"},
        "edited": {"access": "access: [staff]", "number": 4712, "word": "skelvantor"},
        "broken": {"access": "acess: [staff]", "number": 4713, "word": "skelvantor"},
    }
    for state, values in states.items():
        page.write_text(PAGE.format(**values))
        for words in (("plan", "--json"), ("refresh", "--debug"), ("quarantine", "--why"), ("check",), ("status",)):
            done = place.run(*words, expect=None)
            printed[f"{words} {state}"] = done.stdout + done.stderr
        assert "Traceback" not in printed[f"('refresh', '--debug') {state}"], printed[f"('refresh', '--debug') {state}"]
        if state == "new":
            _build(place, printed)
    for words in (
        ("explain", "--tables"), ("explain", "--json"), ("history", "--json"), ("show", PRIVATE), ("status", "--json"),
        ("search", "Who pays the crowns every morning?", "--json"), ("quarantine", "--json"), ("plan",),
    ):  # fmt: skip
        done = place.run(*words, expect=None)
        printed[str(words)] = done.stdout + done.stderr
    return place, printed


def _teach(place: Place) -> None:
    answer = json.dumps({"answer": "The lurvistan gets 4711.", "citations": [PRIVATE]})
    turns = [{"role": "user", "content": "What does the lurvistan get?"}, {"role": "assistant", "content": answer}]
    rows = [{"messages": turns, "cites": [PRIVATE]}, {"messages": [{"role": "user", "content": ["vantrisk"]}]}]
    (place.root / "examples" / "pay.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    probe = {"question": "Which vantrisk pays the gloxantry?", "documents": [PRIVATE], "answer": "vantrisk"}
    (place.root / "probes" / "pay.jsonl").write_text(json.dumps(probe) + "\n")


def _build(place: Place, printed: dict[str, str]) -> None:
    """Build the training data through DVC alone."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "repro", "pairs", "examples"],
        cwd=place.root, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path},
    )  # fmt: skip
    printed["dvc repro"] = done.stdout + done.stderr
    assert done.returncode == 0, printed["dvc repro"]


def planted(text: str) -> set[str]:
    return {word for word in WORDS if word in text.lower()}


def test_no_command_prints_a_word_of_it(said: tuple[Place, dict[str, str]]) -> None:
    _, printed = said
    assert {name: planted(text) for name, text in printed.items() if planted(text)} == {}
    assert "not everybody may read pay/secret.md" in printed["('quarantine', '--why') new"]


def test_mlflow_and_prefect_keep_no_word_of_it(said: tuple[Place, dict[str, str]]) -> None:
    place, _ = said
    state = place.root / ".pointsman"
    folders = (state / "mlartifacts", state / "prefect")
    files = [state / "mlflow.db", *(path for folder in folders for path in folder.rglob("*") if path.is_file())]
    assert any(path.name == "decision.json" for path in files)
    found = {str(path): planted(path.read_bytes().decode("utf-8", "replace")) for path in files}
    assert {name: words for name, words in found.items() if words} == {}


def test_the_data_of_a_training_has_no_word_of_it(said: tuple[Place, dict[str, str]]) -> None:
    place, _ = said
    pairs = (place.root / "build" / "pairs.jsonl").read_text()
    assert pairs
    assert planted(pairs) == set()
    examples = json.loads((place.root / "build" / "examples.json").read_text())
    assert planted(json.dumps(examples)) == set()
    assert "restricted" in {row["check"] for row in examples["refused"]}


def test_its_own_readers_find_it(said: tuple[Place, dict[str, str]]) -> None:
    place, _ = said
    (place.documents / PRIVATE).write_text(PAGE.format(access="access: [staff]", number=4711, word="rhungavor"))
    place.run("refresh")
    question = ("search", "Who pays the crowns every morning?")
    assert planted(json.dumps(place.json(*question, "--as", "staff")))
    assert PRIVATE not in json.dumps(place.json(*question))
