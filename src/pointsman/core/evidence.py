"""What a decision may look at, and the limits that it is held against."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pointsman.core.approval import Approved
from pointsman.core.signals import Signal

LATER: Mapping[str, Any] = {
    "listing_error": None, "live_bytes": 0, "served_bytes": 0, "near_copies": 0, "grown": 0, "most_grown": None,
    "newly_refused": 0, "approval": None, "reranker_changed": None, "tainted": 0, "learned": 0,
}  # fmt: skip
"""Evidence that older records do not have, and what stands for it: left out, so that their ids stay as they were."""


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
    growth_factor: float | None = None
    growth_bytes: int | None = None
    refused_count: int | None = None
    refused_share: float | None = None
    tainted_share: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the limits as a JSON value; those that an older record did not know are left out."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a decision may look at."""

    changes: Mapping[str, int]
    """Documents of each kind of change, live to store."""
    live_documents: int
    """Documents of the live release; 0 without one."""
    listed_documents: int
    """Entries in the store's listing, refused ones included."""
    documents: int = 0
    """Documents to be served: the good ones, and the last good version of the refused ones."""
    corpus: str = ""
    """Id of their manifest."""
    live: str | None = None
    """Id of the live release."""
    examples: str = ""
    """Id of the set of accepted examples."""
    has_live: bool = False
    embedder_changed: str | None = None
    """``old → new`` when params.yaml names another embedder than the live one."""
    chunking_changed: str | None = None
    collection_lost: str | None = None
    """Why the live collection cannot be read."""
    generator_changed: str | None = None
    prompt_changed: str | None = None
    new_examples: int = 0
    """Accepted examples that the live generator has not been trained on."""
    known_examples: int = 0
    """Accepted examples in all."""
    refused_before: bool = False
    """Whether training on exactly these examples was tried and not promoted."""
    train_seconds: float = 0.0
    """Predicted seconds of a generator training."""
    hours_since_training: float | None = None
    rolled_back: str | None = None
    """The release that this change would make again after a person rolled it back."""
    approved: bool = False
    """A person has released every hold; of records of before approvals had ceilings."""
    measured: bool = False
    """Whether the residual was measured (after staging), or is still to be."""
    signals: tuple[Signal, ...] = ()
    listing_error: str | None = None
    """Why the store could not be listed; nothing else is known then."""
    live_bytes: int = 0
    """Bytes of the live release's documents."""
    served_bytes: int = 0
    """Bytes of the documents to be served."""
    near_copies: int = 0
    """New or edited documents that are near copies of one another or of served ones."""
    grown: int = 0
    """Documents that grew beyond ``guard.growth_factor`` and ``guard.growth_bytes``."""
    most_grown: tuple[str, int, int] | None = None
    """The one that grew by the largest factor: id, bytes before, bytes now."""
    newly_refused: int = 0
    """Served documents whose new version failed validation since the live release was made."""
    reranker_changed: str | None = None
    """``old → new``; nothing is re-indexed for it, golden probes gate it."""
    approval: Approved | None = None
    """What a person has approved on top of the live release."""
    tainted: int = 0
    """Examples that the live generator was trained on and that are stale."""
    learned: int = 0
    """Examples that the live generator was trained on; counted when some are stale."""

    def signal(self, name: str) -> Signal | None:
        """Return the signal of that name, if it was measured."""
        return next((s for s in self.signals if s.name == name), None)

    def as_json(self) -> dict[str, Any]:
        """Return the evidence as a JSON value, signals ordered by name: their order means nothing."""
        value = {name: item for name, item in asdict(self).items() if not (name in LATER and item == LATER[name])}
        value["signals"] = [asdict(s) for s in sorted(self.signals, key=lambda s: s.name)]
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Evidence":
        """Return the evidence that ``as_json`` gave."""
        grown, approval = value.get("most_grown"), value.get("approval")
        return cls(**{
            **value,
            "signals": tuple(Signal(**s) for s in value["signals"]),
            "most_grown": (grown[0], grown[1], grown[2]) if grown else None,
            "approval": Approved(**approval) if approval else None,
        })  # fmt: skip
