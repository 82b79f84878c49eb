"""Limits of the decision, as params.yaml sets them: frozen parts by concept, stored as one flat JSON value."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from pointsman.core.errors import UsageError

RULES = 3
"""Version of the rules; stored with the limits, so that other rules give other decision ids."""

SHARES = frozenset({
    "shape_valid", "citation_correct", "declined", "form_told", "retrieval_gap", "removed_share", "min_bytes_share",
    "duplicates_share", "refused_share", "tainted_share", "hysteresis", "retry_share", "min_gain", "edited_share",
    "replaced_share", "most_share", "folder_share", "shortened_share",
})  # fmt: skip
"""Limits from 0 to 1."""

OF_A_PATH = frozenset({
    "removed_count", "removed_share", "edited_count", "edited_share", "replaced_count", "replaced_share",
})  # fmt: skip
"""Limits that a path of ``guard.paths`` may have for itself."""


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """``guard`` of params.yaml: what looks like an accident."""

    removed_count: int
    removed_share: float
    min_documents: int
    min_bytes_share: float
    duplicates_count: int
    duplicates_share: float
    growth_factor: float
    growth_bytes: int
    refused_count: int
    refused_share: float
    crowd_count: int | None = None
    """None: no such hold."""
    contradicting: int | None = None
    """None: no such hold."""
    exposed_count: int | None = None
    """None: no such hold."""
    instructions_count: int | None = None
    """None: no such hold."""
    edited_count: int | None = None
    """None: no such hold, as for each one below."""
    edited_share: float | None = None
    replaced_count: int | None = None
    replaced_share: float | None = None
    most_count: int | None = None
    most_share: float | None = None
    alike_count: int | None = None
    folder_count: int | None = None
    folder_share: float | None = None
    encoding_count: int | None = None
    page_kind_count: int | None = None
    shortened_count: int | None = None
    shortened_share: float | None = None
    letters_count: int | None = None
    language_count: int | None = None
    paths: Mapping[str, Mapping[str, float]] | None = None
    """Glob pattern → its own limits (``OF_A_PATH``); the other limits are those of the store."""

    def __post_init__(self) -> None:
        _refuse_impossible(self)


@dataclass(frozen=True, slots=True)
class BehaviourLimits:
    """``policy`` of params.yaml: what the answers must reach, each a share 0..1; 0 leaves a measure out."""

    min_examples: int
    """New accepted examples below which nothing is trained."""
    shape_valid: float
    citation_correct: float
    declined: float
    """Share of the questions without an answer that must be declined."""
    tainted_share: float
    """Share of the learned examples that may be stale."""
    form_told: float | None = None
    """Share of the new examples whose most similar other one must have their form; None, or 0: not checked."""

    def __post_init__(self) -> None:
        _refuse_impossible(self)


@dataclass(frozen=True, slots=True)
class RetrieverLimits:
    """``policy`` of params.yaml: when new content is found badly enough to train the retriever."""

    min_probes: int
    """Probes on each side below which nothing is known."""
    retrieval_gap: float
    """hit@k on unchanged content minus hit@k on new content, 0..1."""

    def __post_init__(self) -> None:
        _refuse_impossible(self)


@dataclass(frozen=True, slots=True)
class GateLimits:
    """``gate`` of params.yaml: what a gate will ask for, so that no training begins which it could not promote."""

    min_items: int
    """Stored with the others; no rule of the decision reads it."""
    min_answers: int
    """Held-out answers below which no gate can promote, so that no training begins."""
    min_gain: float
    """Gain that a gate asks for, 0..1: a smaller gap is not worth an attempt, however long it lasts."""
    max_memorised: int
    """Answers from a replaced text that are allowed, of a new adapter in the gate and of a tainted live one."""

    def __post_init__(self) -> None:
        _refuse_impossible(self)


@dataclass(frozen=True, slots=True)
class TrainingLimits:
    """``policy`` and ``budget`` of params.yaml: what a training may cost, and when the next may begin."""

    cooldown_hours: float
    train_seconds: float
    price_per_hour: float
    hysteresis: float
    """How far beyond its limit a measure must be before an open debt is closed, 0..1."""
    retry_share: float
    """Share of a failed training's examples that must come or change before the next, 0..1."""
    horizon_days: float
    """Days for which a gain is counted."""
    seconds_per_point_day: float | None = None
    """Seconds of training that a point (0.01) of a measure is worth, for a day; None: any gain is worth any cost."""
    train_money: float | None = None
    """None: no limit."""

    def __post_init__(self) -> None:
        _refuse_impossible(self)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of params.yaml that a decision depends on; units as there."""

    guard: GuardLimits
    behaviour: BehaviourLimits
    retriever: RetrieverLimits
    gate: GateLimits
    training: TrainingLimits

    @classmethod
    def keys(cls) -> frozenset[str]:
        """Return every key that the stored JSON may have."""
        return frozenset({each.name for kind in PARTS.values() for each in fields(kind)} | {"rules"})

    def as_json(self) -> dict[str, Any]:
        """Return the limits as one flat JSON value with the version of the rules; what is None is left out."""
        value = {key: item for name in PARTS for key, item in asdict(getattr(self, name)).items() if item is not None}
        return value | {"rules": RULES}

    def as_record(self) -> dict[str, Any]:
        """Return the limits as a decision's record keeps them: as ``as_json`` does, and null for what is None."""
        return {key: item for name in PARTS for key, item in asdict(getattr(self, name)).items()} | {"rules": RULES}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Limits":
        """Return the limits that ``as_json`` gave; without ``rules``, those of this version.

        Raises:
            UsageError: a key is not known, a value cannot be, or other rules were meant.
            TypeError: a key is missing.
        """
        if unknown := sorted(value.keys() - cls.keys()):
            raise UsageError(f"there is no limit {', '.join(unknown)}; remove it")
        if (rules := value.get("rules", RULES)) != RULES:
            raise UsageError(f"limits of rules {rules}; this Pointsman decides by rules {RULES}: set the limits again")
        parts: dict[str, Any] = {
            name: kind(**{each.name: value[each.name] for each in fields(kind) if each.name in value})
            for name, kind in PARTS.items()
        }
        return cls(**parts)


PARTS: Mapping[str, type[Any]] = {
    "guard": GuardLimits,
    "behaviour": BehaviourLimits,
    "retriever": RetrieverLimits,
    "gate": GateLimits,
    "training": TrainingLimits,
}
"""Field of ``Limits`` → the part that it holds."""

OPTIONAL = frozenset({
    "crowd_count", "contradicting", "exposed_count", "instructions_count",
    "form_told", "seconds_per_point_day", "train_money",
    "edited_count", "edited_share", "replaced_count", "replaced_share", "most_count", "most_share", "alike_count",
    "folder_count", "folder_share", "encoding_count", "page_kind_count", "shortened_count", "shortened_share",
    "letters_count", "language_count", "paths",
})  # fmt: skip
"""Limits that may be None."""


def _refuse_impossible(part: Any) -> None:
    """Raise UsageError with every limit of a part that cannot be."""
    wrong = [f"{name} is {value!r}" for name, value in asdict(part).items() if not _possible(name, value)]
    if wrong:
        raise UsageError(
            f"limits that cannot be: {', '.join(wrong)}; a limit is a finite number of at least 0, "
            f"a share at most 1 ({', '.join(sorted(SHARES))})"
        )


def _possible(name: str, value: Any) -> bool:
    """Tell whether a limit can be: finite, not negative, a share at most 1; None only where it means no limit."""
    if value is None:
        return name in OPTIONAL
    if name == "paths":
        own = [item for limits in value.values() for item in limits.items()]
        return all(key in OF_A_PATH and _possible(key, each) for key, each in own)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        return False
    return value <= 1 if name in SHARES else True
