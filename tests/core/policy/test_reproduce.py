"""A stored decision is decided again to the byte, and its id never changes."""

import json
from pathlib import Path
from typing import Any

import pytest

from pointsman.core.evaluation.signal_names import GOLDEN_GAP
from pointsman.core.hashing import content_id
from pointsman.core.policy.evidence import LEFT_OUT, Evidence
from pointsman.core.policy.limits import RULES, Limits
from pointsman.core.policy.reproduce import Reproduction, reproduce
from tests.core.policy.samples import evidence_of

STORED = Path(__file__).parent / "decisions" / f"rules-{RULES}.jsonl"
ROWS: list[dict[str, Any]] = [json.loads(line) for line in STORED.read_text(encoding="utf-8").splitlines()]

FIRST = ["dc7cf030fd0b0229", "83b74591981414d3", "bd15106658b72503"]


def again(row: dict[str, Any], **changed: Any) -> Reproduction:
    row = row | changed
    return reproduce(row["decision_id"], evidence=row["evidence"], limits=row["limits"], decision=row["decision"])


def test_the_current_rules_alone_have_stored_decisions() -> None:
    assert sorted(path.name for path in STORED.parent.glob("*.jsonl")) == [STORED.name]


def test_stored_decisions_are_decided_again_to_the_byte() -> None:
    assert len(ROWS) >= 100
    assert {(r["decision"]["index"], bool(r["decision"]["train"])) for r in ROWS} >= {
        ("keep", False), ("patch", False), ("update", True), ("rebuild", True),
    }  # fmt: skip
    assert [r["decision_id"] for r in ROWS if again(r).same is not True] == []


def test_the_stored_form_of_evidence_and_limits_and_so_every_id_stays_as_it_was() -> None:
    """Parts are a matter of the code: what is stored is flat, with the same keys, and the id is a hash of it."""
    for row in ROWS:
        evidence, limits = Evidence.from_json(row["evidence"]), Limits.from_json(row["limits"])
        assert json.loads(json.dumps(evidence.as_json())) == row["evidence"]
        assert limits.as_json() == row["limits"]
        assert content_id({"evidence": row["evidence"], "limits": row["limits"]}) == row["decision_id"]


def test_ids_of_the_first_stored_decisions_are_these() -> None:
    """Written down here, so that no change of code and file together goes unseen."""
    assert [row["decision_id"] for row in ROWS[:3]] == FIRST
    assert ROWS[0]["evidence"]["approved"] is False, "a key that no rule reads any more, and that ids depend on"


def test_what_is_not_known_is_not_stored() -> None:
    assert not LEFT_OUT & evidence_of({"added": 1}, 1, 1).as_json().keys()
    known = evidence_of({"added": 1}, 1, 1, crowd=3, tried=1, since_tried=0, listing_error="no route").as_json()
    assert LEFT_OUT & known.keys() == {"crowd", "tried", "since_tried", "listing_error"}


def test_stored_decisions_hold_some_that_golden_probes_proposed() -> None:
    made = [r["decision"] for r in ROWS]
    golden = [(d, r) for d in made for r in d["reasons"] if r["signal"] == GOLDEN_GAP]
    assert len(golden) >= 20
    assert {("retriever" in d["train"], r["margin"] > 0) for d, r in golden} >= {(True, True), (False, False)}
    assert any("more held-out golden probes" in debt for d in made for debt in d["debt"])


def test_another_outcome_or_other_evidence_is_named() -> None:
    row = ROWS[0]
    other = again(row, decision={**row["decision"], "flips": ["nothing would have changed it"]})
    assert (other.same, "flips" in other.because) == (False, True)
    moved = again(row, evidence={**row["evidence"], "corpus": "m2"})
    assert (moved.same, "id" in moved.because) == (False, True)


@pytest.mark.parametrize(
    "changed",
    [
        {"limits": {"rules": RULES + 1}},
        {"limits": {"rules": RULES - 1}},
        {"limits": {"mood": 0.5}},
        {"evidence": {"weather": "rain"}},
    ],
)
def test_a_record_of_other_rules_or_with_unknown_keys_is_not_decided_on(changed: dict[str, Any]) -> None:
    row = ROWS[0]
    found = again(row, **{part: {**row[part], **values} for part, values in changed.items()})
    assert found.same is None
    assert "decided by another Pointsman" in found.because
    assert f"this one knows rules {RULES}" in found.because


@pytest.mark.parametrize(
    "spoil",
    [
        {"evidence": {"signals": [{"name": "x", "value": None, "unit": "", "n": 1, "low": 0.0, "high": 1.0}]}},
        {"evidence": {"train_seconds": float("nan")}},
        {"evidence": {"owed": [{"role": "generator", "points": -1.0, "point_days": 0.0}]}},
        {"evidence": {"approved": True}},
        {"limits": {"shape_valid": 1.5}},
        {"limits": {"min_documents": None}},
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
        {"decision": {"reasons": {1}}},
    ],
)
def test_stored_evidence_that_was_spoiled_is_named_and_never_decided_on(spoil: dict[str, Any]) -> None:
    row = ROWS[0]
    changed = {part: {**row[part], **values} for part, values in spoil.items()}
    found = again(row, **changed)
    assert found.same is None
    assert "cannot be read" in found.because
