"""What a decision may look at, and the limits that it is held against."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pointsman.core.evaluation.statistics import Signal
from pointsman.core.policy.approval import Approved
from pointsman.core.policy.debt import Debt

LATER: Mapping[str, Any] = {
    "listing_error": None, "live_bytes": 0, "served_bytes": 0, "near_copies": 0, "grown": 0, "most_grown": None,
    "newly_refused": 0, "approval": None, "reranker_changed": None, "tainted": 0, "learned": 0,
    "retriever_seconds": 0.0, "hours_since_retriever": None, "owed": (), "tried": 0, "since_tried": None,
    "contradicting": 0, "crowd": 0, "crowd_like": None, "contradicting_copies": 0, "contradicts": None,
}  # fmt: skip
"""Evidence that older records do not have, and what stands for it: left out, so that their ids stay as they were."""

COUNTS = (
    "live_documents", "listed_documents", "documents", "new_examples", "known_examples", "train_seconds", "live_bytes",
    "served_bytes", "near_copies", "grown", "newly_refused", "tainted", "learned", "retriever_seconds", "tried",
    "contradicting", "crowd", "contradicting_copies",
)  # fmt: skip
"""What is never below 0. Hours since a training are: a clock may have been put back."""


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
    retriever_seconds: float = 0.0
    """Predicted seconds of a retriever training, and of embedding what is served with it."""
    hours_since_retriever: float | None = None
    owed: tuple[Debt, ...] = ()
    """What has been put off so far, for each model that something is owed to."""
    tried: int = 0
    """Examples of the training nearest to these that was not promoted, or was rolled back."""
    since_tried: int | None = None
    """Examples that came, went or changed since then; None without such a training."""
    contradicting: int = 0
    """Examples in quarantine because another one answers the same question otherwise."""
    crowd: int = 0
    """Texts of the largest group of new documents that open alike and are near copies; equal texts are one."""
    crowd_like: str | None = None
    """One of that group."""
    contradicting_copies: int = 0
    """New documents that nearly copy a served one and say other numbers, dates or negations."""
    contradicts: tuple[str, str] | None = None
    """One of them, and the served one."""

    def __post_init__(self) -> None:
        amounts = {
            "train_seconds": self.train_seconds, "retriever_seconds": self.retriever_seconds,
            "hours_since_training": self.hours_since_training, "hours_since_retriever": self.hours_since_retriever,
        }  # fmt: skip
        wrong = [f"{name} is {x!r}" for name, x in amounts.items() if x is not None and not math.isfinite(x)]
        if wrong:
            raise ValueError(f"evidence must be finite: {', '.join(wrong)}; leave out what is not known")
        self._refuse_what_cannot_be()

    def _refuse_what_cannot_be(self) -> None:
        """Refuse counts below 0, more stale examples than were learned, and a signal that was measured twice."""
        counts = {name: getattr(self, name) for name in COUNTS} | dict(self.changes)
        wrong = [f"{name} is {n!r}" for name, n in counts.items() if n < 0]
        if wrong:
            raise ValueError(f"counts that cannot be: {', '.join(wrong)}; a count is at least 0")
        if self.tainted > self.learned:
            raise ValueError(
                f"{self.tainted} learned examples are stale, of {self.learned}; count both in the live release"
            )
        twice = sorted(name for name, n in Counter(s.name for s in self.signals).items() if n > 1)
        if twice:
            raise ValueError(f"measured twice: {', '.join(twice)}; which one decides would depend on their order")

    def owing(self, role: str) -> Debt:
        """Return what is owed to a model; nothing, where nothing is."""
        return next((each for each in self.owed if each.role == role), Debt(role))

    def signal(self, name: str) -> Signal | None:
        """Return the signal of that name, if it was measured."""
        return next((s for s in self.signals if s.name == name), None)

    def as_json(self) -> dict[str, Any]:
        """Return the evidence as a JSON value, signals ordered by name: their order means nothing."""
        value = {name: item for name, item in asdict(self).items() if not (name in LATER and item == LATER[name])}
        value["signals"] = [asdict(s) for s in sorted(self.signals, key=lambda s: s.name)]
        if self.owed:
            value["owed"] = [asdict(each) for each in sorted(self.owed, key=lambda each: each.role)]
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Evidence":
        """Return the evidence that ``as_json`` gave."""
        grown, approval, against = value.get("most_grown"), value.get("approval"), value.get("contradicts")
        return cls(**{
            **value,
            "signals": tuple(Signal(**s) for s in value["signals"]),
            "owed": tuple(Debt(**each) for each in value.get("owed", ())),
            "most_grown": (grown[0], grown[1], grown[2]) if grown else None,
            "approval": Approved(**approval) if approval else None,
            "contradicts": (against[0], against[1]) if against else None,
        })  # fmt: skip
