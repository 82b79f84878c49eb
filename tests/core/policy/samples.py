"""Evidence and limits by the flat names of their stored form, for tests that change one thing at a time."""

import dataclasses
from typing import Any, TypeVar

from pointsman.core.policy import evidence as evidence_parts
from pointsman.core.policy import limits as limits_parts
from pointsman.core.policy.approval import Approved, Ceiling, approval_of
from pointsman.core.policy.evidence import KEY, Evidence
from pointsman.core.policy.guards.judge import alarms
from pointsman.core.policy.limits import Limits

Value = TypeVar("Value")

DEFAULTS: dict[str, Any] = {
    "min_examples": 24, "min_probes": 20, "shape_valid": 0.9, "citation_correct": 0.5, "declined": 0.0,
    "retrieval_gap": 0.15, "cooldown_hours": 6.0, "removed_count": 10, "removed_share": 0.10, "train_seconds": 1800.0,
    "min_documents": 10, "min_bytes_share": 0.5, "duplicates_count": 10, "duplicates_share": 0.10,
    "growth_factor": 100.0, "growth_bytes": 100_000, "refused_count": 10, "refused_share": 0.10, "tainted_share": 0.1,
    "min_items": 12, "min_answers": 1, "min_gain": 0.05, "max_memorised": 0, "price_per_hour": 0.0, "hysteresis": 0.0,
    "retry_share": 0.0, "horizon_days": 7.0,
}  # fmt: skip
"""Limits of a test that names none."""


def homes(parts: Any) -> dict[str, tuple[str, str]]:
    """Return stored key → (part, field)."""
    return {
        each.metadata.get(KEY, each.name): (part, each.name)
        for part, kind in parts.items()
        for each in dataclasses.fields(kind)
    }


EVIDENCE, LIMITS = homes(evidence_parts.PARTS), homes(limits_parts.PARTS)


def evidence_of(changes: Any = None, live_documents: int = 0, listed_documents: int = 0, **changed: Any) -> Evidence:
    """Return evidence with these values, by their stored keys, and defaults for the rest."""
    corpus = evidence_parts.CorpusState(changes or {}, live_documents, listed_documents)
    return replace(Evidence(corpus), **changed)


def limits_of(**changed: Any) -> Limits:
    """Return limits with these values, by their stored keys, and ``DEFAULTS`` for the rest."""
    return Limits.from_json(DEFAULTS | changed)


def replace(value: Value, **changed: Any) -> Value:
    """Return evidence or limits with other values, by their stored keys; any other dataclass by its fields."""
    if not isinstance(value, Evidence | Limits):
        return dataclasses.replace(value, **changed)  # type: ignore[type-var]
    places = EVIDENCE if isinstance(value, Evidence) else LIMITS
    parts: dict[str, dict[str, Any]] = {}
    for key in [key for key in changed if key in places]:
        part, name = places[key]
        parts.setdefault(part, {})[name] = changed.pop(key)
    made = {part: dataclasses.replace(getattr(value, part), **fields) for part, fields in parts.items()}
    return dataclasses.replace(value, **made, **changed)


def read(value: Evidence | Limits, key: str) -> Any:
    """Return the value of a stored key."""
    part, name = (EVIDENCE if isinstance(value, Evidence) else LIMITS)[key]
    return getattr(getattr(value, part), name)


def approved(evidence: Evidence, limits: Limits) -> Evidence:
    """Return the evidence with an approval of exactly what its guards stop."""
    ceilings = {alarm.signal: Ceiling(alarm.value) for alarm in alarms(evidence, limits) if alarm.approvable}
    granted: Approved = approval_of("d0", "ann", ceilings, {})
    return dataclasses.replace(evidence, approval=granted)
