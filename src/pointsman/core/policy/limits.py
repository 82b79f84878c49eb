"""Limits of the decision, as params.yaml sets them."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from pointsman.core.errors import UsageError

SHARES = frozenset({
    "shape_valid", "citation_correct", "declined", "form_told", "retrieval_gap", "removed_share", "min_bytes_share",
    "duplicates_share", "refused_share", "tainted_share", "hysteresis", "retry_share", "min_gain",
})  # fmt: skip
"""Limits from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of params.yaml that a decision depends on; units as there."""

    min_examples: int
    min_probes: int
    shape_valid: float
    citation_correct: float
    retrieval_gap: float
    cooldown_hours: float
    removed_count: int
    removed_share: float
    train_seconds: float
    train_money: float | None = None
    """None: no limit."""
    price_per_hour: float | None = None
    """None where no limit of money needs it."""
    min_documents: int | None = None
    """None, here and below, in the records of before this guard: it stopped nothing."""
    min_bytes_share: float | None = None
    duplicates_count: int | None = None
    duplicates_share: float | None = None
    crowd_count: int | None = None
    contradicting: int | None = None
    growth_factor: float | None = None
    growth_bytes: int | None = None
    refused_count: int | None = None
    refused_share: float | None = None
    tainted_share: float | None = None
    rules: int | None = None
    """Version of the rules that these limits were written for; None for the first."""
    min_items: int | None = None
    """Held-out answers below which no gate could promote, in records of before ``min_answers``."""
    min_answers: int | None = None
    """Held-out answers below which no gate can promote, so that no training is begun."""
    declined: float | None = None
    """Share of the questions without an answer that must be declined; None in records of before it was measured."""
    min_gain: float | None = None
    """Gain that a gate asks for, 0..1: a smaller gap is not worth an attempt, however long it lasts."""
    max_memorised: int | None = None
    """Answers from a replaced text that are borne, of a new adapter in the gate and of a tainted one that is live."""
    form_told: float | None = None
    """Share of new examples whose conversation must tell their form; None in records of before it was measured."""
    hysteresis: float | None = None
    """What an open debt is measured against lies this much beyond the limit that opened it, 0..1."""
    retry_share: float | None = None
    """Share of the examples of an attempt that failed which must have come or changed before the next, 0..1."""
    horizon_days: float | None = None
    """Days that a gain is counted for."""
    seconds_per_point_day: float | None = None
    """Seconds of training that a point (0.01) of a measure is worth, for a day; None: any gain is worth any cost."""

    def __post_init__(self) -> None:
        wrong = [f"{name} is {value!r}" for name, value in asdict(self).items() if not _possible(name, value)]
        if wrong:
            raise UsageError(
                f"limits that cannot be: {', '.join(wrong)}; a limit is a finite number of at least 0, "
                f"a share at most 1 ({', '.join(sorted(SHARES))})"
            )

    def know(self, rules: int) -> bool:
        """Tell whether they were written for that version of the rules, or for a later one."""
        return self.rules is not None and self.rules >= rules

    def as_json(self) -> dict[str, Any]:
        """Return the limits as a JSON value; those that an older record did not know are left out."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def _possible(name: str, value: Any) -> bool:
    """Tell whether a limit can be: None where it is not known, else finite, not negative, a share at most 1."""
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        return False
    return value <= 1 if name in SHARES else True
