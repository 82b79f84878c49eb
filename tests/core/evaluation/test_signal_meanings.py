"""Every signal that a person may read has a direction."""

import ast
import re
from pathlib import Path

import pytest

import pointsman
from pointsman.core.evaluation import signal_names
from pointsman.core.evaluation.error_analysis import Cause
from pointsman.core.evaluation.signal_meanings import HIGHER, LOWER, MEANINGS, NEITHER, better
from pointsman.core.policy.holds import HOLDS
from pointsman.core.policy.signal_wording import direction


def test_every_named_signal_has_a_meaning() -> None:
    names = {value for name, value in vars(signal_names).items() if name.isupper()}
    assert names <= MEANINGS.keys()
    assert {meaning.better for meaning in MEANINGS.values()} <= {HIGHER, LOWER, NEITHER}


NAME = re.compile(
    r"(?:residual|probes|drift|edits|examples|migration|changes|index|budget|guard|control)"
    r"\.(?P<last>(?:\w+\.)*\w+)"
)
NO_SIGNALS = {"path", "json", "schema"}
"""Last parts of other names: keys of params.yaml and files of the build."""


def _names_in_the_code() -> set[str]:
    """Return every text of the decision's and the evaluation's code that is the name of a signal."""
    root = Path(pointsman.__file__).parent
    folders = ("core/policy", "core/evaluation", "steps/evaluation", "steps/indexing", "steps/history")
    files = [file for folder in folders for file in (root / folder).rglob("*.py")]
    texts = {
        node.value
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in texts if (found := NAME.fullmatch(text)) and found["last"] not in NO_SIGNALS}


def test_every_signal_that_the_code_makes_has_a_meaning_and_a_direction() -> None:
    names = _names_in_the_code() | {"generator.base", "generator.prompt", "retriever.rerank"}
    assert {"edits.factual", "migration.ann_recall", "migration.overlap", "index.first", "guard.removed"} <= names
    assert {name for name in names if not better(name)} == set()
    assert {name for name in names if name not in MEANINGS and name not in HOLDS} == set()


@pytest.mark.parametrize("name", ["edits.factual", "migration.ann_recall", "residual.retrieval.gap"])
def test_explain_shows_the_direction_of_a_signal(name: str) -> None:
    assert direction(name) == f" ({better(name)})"


def test_a_signal_of_another_version_has_no_direction() -> None:
    assert direction("weather") == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("residual.retrieval.gap", LOWER), ("residual.behaviour.shape_valid", HIGHER),
        ("control.behaviour.shape_valid", HIGHER), ("shape.few_shot", HIGHER), ("base.declined.constrained", HIGHER),
        ("residual.behaviour.nll", LOWER), ("control.behaviour.nll", LOWER), ("guard.removed", NEITHER),
        ("weather", ""),
    ],
)  # fmt: skip
def test_a_control_group_and_a_baseline_have_the_direction_of_their_measure(name: str, expected: str) -> None:
    assert better(name) == expected


def test_fewer_failed_probes_are_better_whatever_the_cause() -> None:
    assert {better(f"probes.failed.{cause.name.lower()}") for cause in Cause} == {LOWER}
