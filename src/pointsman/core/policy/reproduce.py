"""Decide a stored record again: the same input gives the same decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pointsman.core.errors import PointsmanError
from pointsman.core.hashing import canonical
from pointsman.core.policy.decide import decide
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import RULES, Limits

UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, PointsmanError)
"""What spoiled values of a stored record raise."""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """The outcome of deciding once more on the stored evidence."""

    same: bool | None
    """Whether the decision is the stored one, to the byte; None where these rules cannot tell."""
    because: str


def reproduce(
    id_: str, *, evidence: Mapping[str, Any], limits: Mapping[str, Any], decision: Mapping[str, Any]
) -> Reproduction:
    """Decide once more on stored evidence and limits, and compare the outcome with the stored one.

    Args:
        id_: of the stored decision.
        evidence: as ``Evidence.as_json`` gave it.
        limits: as ``Limits.as_json`` gave it; keys that are null count as left out.
        decision: as ``Decision.as_json`` gave it.
    """
    try:
        unknown = sorted(evidence.keys() - Evidence.keys()) + sorted(limits.keys() - Limits.keys())
        rules = limits.get("rules")
        if unknown or (isinstance(rules, int | None) and rules != RULES):
            found = f"rules {rules}" + (f" and {', '.join(unknown)}" if unknown else "")
            return Reproduction(
                None,
                f"decided by another Pointsman ({found}; this one knows rules {RULES}): reproduce it with that version",
            )
        again = decide(Evidence.from_json(evidence), Limits.from_json(limits))
        parts = again.as_json().items()
        other = [name for name, value in parts if canonical(value) != canonical(decision.get(name, ()))]
    except UNREADABLE as error:
        return Reproduction(None, f"the stored evidence cannot be read: {type(error).__name__}: {error}")
    other = ["id", *other] if again.id != id_ else other
    if other:
        return Reproduction(False, f"rules {RULES} decide differently now: {', '.join(other)}")
    return Reproduction(True, f"the same decision, to the byte, under rules {RULES}")
