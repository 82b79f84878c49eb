"""Evidence and limits: parts by concept that validate themselves, stored flat."""

from dataclasses import fields
from typing import Any

import pytest

from pointsman.core.errors import UsageError
from pointsman.core.policy import evidence as evidence_parts
from pointsman.core.policy import limits as limits_parts
from pointsman.core.policy.evidence import (
    CorpusState,
    Evidence,
    GuardInputs,
    Measurements,
    SupervisionState,
    TrainingHistory,
)
from pointsman.core.policy.limits import RULES, Limits
from tests.core.policy.evidence import LIMITS, signal
from tests.core.policy.samples import evidence_of, replace


@pytest.mark.parametrize("parts", [evidence_parts.PARTS, limits_parts.PARTS])
def test_no_key_stands_in_two_parts(parts: Any) -> None:
    keys = [each.metadata.get("key", each.name) for kind in parts.values() for each in fields(kind)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("part", "wrong", "words"),
    [
        (CorpusState, {"changes": {"removed": -1}, "live_documents": 0, "listed_documents": 0}, "removed is -1"),
        (CorpusState, {"changes": {}, "live_documents": -2, "listed_documents": 0}, "live_documents is -2"),
        (GuardInputs, {"crowd": -1, "near_copies": -3}, "near_copies is -3, crowd is -1"),
        (SupervisionState, {"new_examples": -4}, "new_examples is -4; a count is at least 0"),
        (SupervisionState, {"tainted": 3, "learned": 2}, "3 of 2 learned examples are stale"),
        (TrainingHistory, {"train_seconds": float("inf")}, "train_seconds is inf"),
        (TrainingHistory, {"retriever_seconds": -1.0}, "retriever_seconds is -1.0"),
        (Measurements, {"signals": (signal("x"), signal("x"))}, "measured more than once: x"),
    ],
)
def test_a_part_that_cannot_be_says_value_and_limit(part: Any, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        part(**wrong)


def test_what_just_can_be_is_taken() -> None:
    assert CorpusState({"removed": 0}, 0, 0).documents == 0
    assert SupervisionState(tainted=2, learned=2).tainted == 2
    assert TrainingHistory(hours_since_training=-1.0).hours_since_training == -1.0, "a clock may have been put back"


def test_evidence_with_a_key_that_is_not_known_is_refused() -> None:
    known = evidence_of({}, 1, 1).as_json()
    assert Evidence.from_json(known).as_json() == known
    with pytest.raises(ValueError, match="does not know: weather"):
        Evidence.from_json(known | {"weather": "rain"})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"mood": 0.5}, "there is no limit mood"), ({"rules": RULES - 1}, f"rules {RULES - 1}; this Pointsman"),
        ({"min_documents": None}, "min_documents is None"), ({"retry_share": 1.01}, "retry_share is 1.01"),
    ],
)  # fmt: skip
def test_limits_that_cannot_be_are_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Limits.from_json(LIMITS.as_json() | changed)


def test_limits_without_a_version_are_those_of_now_and_survive_json() -> None:
    value = LIMITS.as_json()
    assert value["rules"] == RULES
    assert Limits.from_json({key: item for key, item in value.items() if key != "rules"}) == LIMITS
    assert Limits.from_json(value) == LIMITS
    assert replace(LIMITS, retry_share=1.0) != LIMITS


def test_a_record_names_every_limit_and_null_where_there_is_none() -> None:
    limits = replace(LIMITS, train_money=None)
    assert limits.as_record()["train_money"] is None
    assert "train_money" not in limits.as_json(), "an id is a hash of it"
    assert limits.as_record().keys() == Limits.keys()
    assert Limits.from_json(limits.as_record()) == limits
