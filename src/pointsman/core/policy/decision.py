"""A decision: the tracks, the reasons with their margins, and what each proposed training would bring and cost."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Track(StrEnum):
    """What is done on the index track."""

    KEEP = "keep"
    PATCH = "patch"
    UPDATE = "update"
    REBUILD = "rebuild"


RETRIEVER, GENERATOR = "retriever", "generator"


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence, the limit that it was compared with, and what follows."""

    signal: str
    value: Any
    limit: Any
    because: str
    margin: float | None = None
    """How far the deciding number lies beyond the limit, in the limit's unit: above 0 it speaks for work, at or below
    0 against it; None where nothing numeric decided."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a proposed training would bring, and cost."""

    role: str
    points: float | None
    """Lower bound of the gain, in points (0.01 of the measure); None before it is measured."""
    point_days: float
    """The accumulated shortfall: points times the days since the last training on which they were missing."""
    worth: float | None
    """Seconds of training that this justifies; None before it is measured, or without a price for a point."""
    seconds: float
    """Predicted for the training and for embedding again what it makes necessary."""
    money: float
    """Price of those seconds."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, why, and what would have changed it."""

    id: str
    index: Track
    train: tuple[str, ...] = ()
    hold: bool = False
    reasons: tuple[Reason, ...] = ()
    flips: tuple[str, ...] = ()
    """What would have changed the decision, a sentence each."""
    debt: tuple[str, ...] = ()
    """What was put off, and until when, a sentence each."""
    pending: tuple[str, ...] = ()
    """What is not measured yet and could still change the decision, a sentence each."""
    expected: tuple[Expected, ...] = ()
    """Gain and cost of each proposed training, whether it is done or put off."""

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return self.index is Track.KEEP and not self.train and not self.hold

    def as_json(self) -> dict[str, Any]:
        """Return the decision as in the contract of ``plan --json``."""
        value = asdict(self)
        del value["id"]
        return value

    @classmethod
    def from_json(cls, id_: str, value: Mapping[str, Any]) -> "Decision":
        """Return the decision that ``as_json`` gave."""
        lists = {name: tuple(value[name]) for name in ("train", "flips", "debt", "pending")}
        reasons = tuple(Reason(**reason) for reason in value["reasons"])
        expected = tuple(Expected(**each) for each in value["expected"])
        return cls(id_, Track(value["index"]), hold=value["hold"], reasons=reasons, expected=expected, **lists)


@dataclass(slots=True)
class Draft:
    """A decision in the making: each rule adds its part."""

    index: Track = Track.KEEP
    train: list[str] = field(default_factory=list)
    hold: bool = False
    reasons: list[Reason] = field(default_factory=list)
    flips: list[str] = field(default_factory=list)
    debt: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)

    def because(self, signal: str, value: object, limit: object, sentence: str, *, margin: float | None = None) -> None:
        """Add a reason."""
        self.reasons.append(Reason(signal, value, limit, sentence, margin=margin))

    def decided(self, id_: str) -> Decision:
        """Return the decision with this id."""
        return Decision(
            id_,
            index=self.index,
            train=tuple(sorted(self.train)),
            hold=self.hold,
            reasons=tuple(self.reasons),
            flips=tuple(dict.fromkeys(self.flips)),
            debt=tuple(self.debt),
            pending=tuple(self.pending),
            expected=tuple(self.expected),
        )
