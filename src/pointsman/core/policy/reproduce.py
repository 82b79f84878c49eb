"""Decide a stored record again: the same input gives the same decision."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from pointsman.core.errors import PointsmanError
from pointsman.core.hashing import canonical
from pointsman.core.policy.decide import RULES, decide
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits

UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, PointsmanError)
"""What spoiled values of a stored record come to."""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What came of deciding once more on the stored evidence."""

    same: bool | None
    """Whether the decision is the stored one, to the byte; None where these rules cannot tell."""
    because: str


def reproduce(id_: str, evidence: Mapping[str, Any], limits: Mapping[str, Any], decision: Mapping[str, Any]) -> Reproduction:
    """Decide once more on stored evidence and limits, and compare the outcome with the stored one.

    Args:
        id_: of the stored decision.
        evidence: as ``Evidence.as_json`` gave it, of any version.
        limits: as a record keeps them.
        decision: as ``Decision.as_json`` gave it.
    """
    try:
        return _replay(id_, evidence, limits, decision)
    except UNREADABLE as error:
        return Reproduction(None, f"the stored evidence cannot be read: {type(error).__name__}: {error}")


def _replay(id_: str, evidence: Mapping[str, Any], limits: Mapping[str, Any], decision: Mapping[str, Any]) -> Reproduction:
    unknown = sorted({*evidence} - _names(Evidence)) + sorted({*limits} - _names(Limits))
    version = limits.get("rules") or 1
    if unknown or version > RULES:
        found = f"rules {version}" + (f" and {', '.join(unknown)}" if unknown else "")
        return Reproduction(
            None, f"decided by a newer Pointsman ({found}; this one knows rules {RULES}): replay it with that"
        )
    again = decide(Evidence.from_json(evidence), Limits(**limits))
    parts = again.as_json().items()
    other = [name for name, value in parts if canonical(value) != canonical(_stored(decision, name))]
    other = ["id", *other] if again.id != id_ else other
    if other:
        return Reproduction(False, f"rules {version} decide otherwise now: {', '.join(other)}")
    return Reproduction(True, f"the same decision, to the byte, under rules {version}")


def _stored(decision: Mapping[str, Any], name: str) -> Any:
    """Return a part of a stored decision; the first rules gave no margins and expected nothing."""
    if name == "reasons":
        return [{"margin": None, **reason} for reason in decision.get("reasons", ())]
    return decision.get(name, ())


def _names(kind: type[Evidence] | type[Limits]) -> set[str]:
    return {each.name for each in fields(kind)}
