"""A stored decision replays to itself, under the rules that it was made by."""

import json
from pathlib import Path
from typing import Any

import pytest

from pointsman.core.evaluation.signal_names import GOLDEN_GAP
from pointsman.core.policy.decide import RULES
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits
from pointsman.core.policy.reproduce import reproduce

STORED = sorted((Path(__file__).parent / "decisions").glob("rules-*.jsonl"))


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def again(row: dict[str, Any], **changed: Any) -> Any:
    row = row | changed
    return reproduce(row["decision_id"], row["evidence"], row["limits"], row["decision"])


def test_every_version_of_the_rules_has_stored_decisions() -> None:
    assert [path.stem for path in STORED] == [f"rules-{version}" for version in range(1, RULES + 1)]


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_decisions_of_every_version_replay_to_the_byte(path: Path) -> None:
    found = rows(path)
    assert len(found) >= 50
    assert {(r["decision"]["index"], bool(r["decision"]["train"])) for r in found} >= {
        ("keep", False), ("patch", False), ("update", True), ("rebuild", True),
    }  # fmt: skip
    assert [r["decision_id"] for r in found if again(r).same is not True] == []


def test_stored_decisions_hold_some_that_golden_probes_argued_for() -> None:
    made = [r["decision"] for r in rows(STORED[-1])]
    told = [(d, r) for d in made for r in d["reasons"] if r["signal"] == GOLDEN_GAP]
    assert len(told) >= 20
    assert {("retriever" in d["train"], r["margin"] > 0) for d, r in told} >= {(True, True), (False, False)}
    assert any("more held-out golden probes" in debt for d in made for debt in d["debt"])


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_another_outcome_or_other_evidence_is_told(path: Path) -> None:
    row = rows(path)[0]
    other = again(row, decision={**row["decision"], "flips": ["nothing would have changed it"]})
    assert (other.same, "flips" in other.because) == (False, True)
    moved = again(row, evidence={**row["evidence"], "corpus": "m2"})
    assert (moved.same, "id" in moved.because) == (False, True)


def test_what_a_newer_version_stored_is_refused_with_a_clear_word() -> None:
    row = rows(STORED[-1])[0]
    for changed in (
        {"limits": {**row["limits"], "rules": RULES + 1}},
        {"limits": {**row["limits"], "mood": 0.5}},
        {"evidence": {**row["evidence"], "weather": "rain"}},
    ):
        found = again(row, **changed)
        assert found.same is None
        assert "newer Pointsman" in found.because
        assert f"this one knows rules {RULES}" in found.because


@pytest.mark.parametrize(
    "spoil",
    [
        {"evidence": {"signals": [{"name": "x", "value": None, "unit": "", "n": 1, "low": 0.0, "high": 1.0}]}},
        {"evidence": {"train_seconds": float("nan")}},
        {"evidence": {"owed": [{"role": "generator", "points": -1.0, "point_days": 0.0}]}},
        {"limits": {"shape_valid": 1.5}},
        {"limits": {"rules": "two"}},
        {"evidence": {"changes": None}},
        {"evidence": {"tainted": 3, "learned": 0}},
        {"evidence": {"tainted": "many"}},
        {"evidence": {"new_examples": -4}},
        {
            "evidence": {
                "signals": [{"name": "x", "value": v, "unit": "", "n": 1, "low": 0.0, "high": 1.0} for v in (0, 1)]
            }
        },
        {"decision": {"reasons": [1]}},
    ],
)
def test_stored_evidence_that_was_spoiled_is_said_and_never_decided_on(spoil: dict[str, Any]) -> None:
    row = rows(STORED[0])[0]
    changed = {part: {**row[part], **values} for part, values in spoil.items()}
    found = again(row, **changed)
    assert found.same is None
    assert "cannot be read" in found.because


def test_the_names_of_evidence_and_limits_are_those_of_the_stored_ones_and_more() -> None:
    first = rows(STORED[0])[0]
    assert set(first["evidence"]) <= set(Evidence.__slots__)
    assert set(first["limits"]) <= set(Limits.__slots__)
