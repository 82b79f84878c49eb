"""What a decision is: the tracks, the reasons with their margins, what a training is expected to bring and to cost."""

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
    """One piece of evidence, the limit it was held against, and what follows."""

    signal: str
    value: Any
    limit: Any
    because: str
    margin: float | None = None
    """How far the number that decided lies beyond the limit, in the limit's unit: above 0 it argues for work, at or
    below 0 against; None where nothing numeric decided."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a training that is argued for would bring, and cost."""

    role: str
    points: float | None
    """Lower bound of the gain, in points (0.01 of the measure that lacks); None before it is measured."""
    point_days: float
    """Points that were lacking times the days they lacked, since the last training."""
    worth: float | None
    """Seconds of training that this is worth; None before it is measured, or without a price for a point."""
    seconds: float
    """Predicted for the training, what must be embedded anew included."""
    money: float
    """Of those seconds."""


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
    """What was deferred, and until when."""
    pending: tuple[str, ...] = ()
    """What is not measured yet and could still change the decision."""
    expected: tuple[Expected, ...] = ()
    """Gain and cost of each training that was argued for, whether it is done or deferred."""

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
        """Return the decision that ``as_json`` gave; older ones expect nothing and have no margins."""
        lists = {name: tuple(value[name]) for name in ("train", "flips", "debt", "pending")}
        reasons = tuple(Reason(**reason) for reason in value["reasons"])
        expected = tuple(Expected(**each) for each in value.get("expected", ()))
        return cls(id_, Track(value["index"]), hold=value["hold"], reasons=reasons, expected=expected, **lists)


@dataclass(slots=True)
class Draft:
    """A decision being argued."""

    margins: bool = True
    """Whether reasons carry their margin; those of the first rules did not."""
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
        self.reasons.append(Reason(signal, value, limit, sentence, margin if self.margins else None))

    def decided(self, id_: str) -> Decision:
        """Return the decision that was argued."""
        return Decision(
            id_, self.index, tuple(sorted(self.train)), self.hold, tuple(self.reasons),
            tuple(dict.fromkeys(self.flips)), tuple(self.debt), tuple(self.pending), tuple(self.expected),
        )  # fmt: skip
