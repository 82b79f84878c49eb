"""The decision: a pure function of evidence and limits. Same input, same bytes.

``index`` comes from what changed, exactly; ``train`` only from what is measured to remain after re-indexing; ``hold``
from the guards. Facts alone never train: no count of changed documents appears in a training rule. The method, its
formulas and its known weaknesses: ``docs/decision.md``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from pointsman.core import generator_track, index_track, retriever_track
from pointsman.core.decision import (
    ASKED,
    CITATION,
    DECLINED,
    GAP,
    GENERATOR,
    RECITED,
    RETRIEVER,
    SHAPE,
    TAINT,
    TOLD,
    Decision,
    Draft,
    Expected,
    Reason,
    Track,
)
from pointsman.core.errors import PointsmanError
from pointsman.core.evidence import Evidence, Limits
from pointsman.core.generator_track import unlearns
from pointsman.core.guard import stops
from pointsman.core.identity import canonical, content_id

__all__ = [
    "ASKED", "CITATION", "DECLINED", "GAP", "GENERATOR", "RECITED", "RETRIEVER", "RULES", "SHAPE", "TAINT", "TOLD",
    "Decision", "Expected", "Reason", "Replay", "Track", "decide", "replay", "unlearns",
]  # fmt: skip

RULES = 3
"""Version of the rules. What a record's limits do not know (None, or an earlier version) switches off the rules that
came later, so that an older record replays to itself: ``tests/unit/decisions`` holds records of each version to that.

2: gain against cost, and margins. 3: a flip is said only where supplying it would change the decision, and an
arm without training ends an argument only when it does by itself all that lacks."""


UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, PointsmanError)
"""What spoiled values of a stored record come to."""


def decide(evidence: Evidence, limits: Limits) -> Decision:
    """Return the decision for ``evidence`` under ``limits``; its id is the hash of the two."""
    draft = Draft(margins=limits.rules is not None)
    _guard(draft, evidence, limits)
    if not draft.hold:
        index_track.route(draft, evidence)
        retriever_track.argue(draft, evidence, limits)
        generator_track.argue(draft, evidence, limits)
    if not draft.reasons:
        draft.because("changes", 0, 0, "nothing changed since the live release")
    return draft.decided(content_id({"evidence": evidence.as_json(), "limits": limits.as_json()}))


def _guard(draft: Draft, evidence: Evidence, limits: Limits) -> None:
    """Hold what looks like an accident, unless a person has approved it."""
    if not evidence.has_live and evidence.listed_documents == 0 and evidence.listing_error is None:
        draft.because("guard.listing", 0, 1, "the store lists no document and nothing is live")
    for stop in stops(evidence, limits):
        draft.hold |= not stop.passed
        draft.because(stop.signal, stop.value, stop.limit, stop.because)
        draft.flips += stop.flips


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of deciding once more on the stored evidence."""

    same: bool | None
    """Whether the decision is the stored one, to the byte; None where these rules cannot tell."""
    because: str


def replay(id_: str, evidence: Mapping[str, Any], limits: Mapping[str, Any], decision: Mapping[str, Any]) -> Replay:
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
        return Replay(None, f"the stored evidence cannot be read: {type(error).__name__}: {error}")


def _replay(id_: str, evidence: Mapping[str, Any], limits: Mapping[str, Any], decision: Mapping[str, Any]) -> Replay:
    unknown = sorted({*evidence} - _names(Evidence)) + sorted({*limits} - _names(Limits))
    version = limits.get("rules") or 1
    if unknown or version > RULES:
        found = f"rules {version}" + (f" and {', '.join(unknown)}" if unknown else "")
        return Replay(
            None, f"decided by a newer Pointsman ({found}; this one knows rules {RULES}): replay it with that"
        )
    again = decide(Evidence.from_json(evidence), Limits(**limits))
    parts = again.as_json().items()
    other = [name for name, value in parts if canonical(value) != canonical(_stored(decision, name))]
    other = ["id", *other] if again.id != id_ else other
    if other:
        return Replay(False, f"rules {version} decide otherwise now: {', '.join(other)}")
    return Replay(True, f"the same decision, to the byte, under rules {version}")


def _stored(decision: Mapping[str, Any], name: str) -> Any:
    """Return a part of a stored decision; the first rules gave no margins and expected nothing."""
    if name == "reasons":
        return [{"margin": None, **reason} for reason in decision.get("reasons", ())]
    return decision.get(name, ())


def _names(kind: type[Evidence] | type[Limits]) -> set[str]:
    return {each.name for each in fields(kind)}
