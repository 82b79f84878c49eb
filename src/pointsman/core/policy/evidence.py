"""What a decision may look at: frozen parts by concept, stored as one flat JSON value.

A decision's id is a hash of that value, so its keys never change: a field with another name keeps its key (``KEY``).
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any

from pointsman.core.corpus.comparison.losses import Loss, Marked, as_lists, losses_from_json
from pointsman.core.evaluation.statistics import Signal
from pointsman.core.policy.approval import Approved
from pointsman.core.policy.debt import Debt

KEY = "key"
"""Metadata of a field: its key in the stored JSON, where that is not its name."""

LEFT_OUT = frozenset({
    "listing_error", "live_bytes", "served_bytes", "near_copies", "grown", "most_grown", "newly_refused", "approval",
    "reranker_changed", "tainted", "learned", "retriever_seconds", "hours_since_retriever", "owed", "tried",
    "since_tried", "contradicting", "crowd", "crowd_like", "contradicting_copies", "contradicts", "exposed",
    "instructed", "instructed_such", "since_release", "lost", "lost_folders", "lost_paths", "alike", "alike_documents",
    "marked", "brought_back", "brought_back_parts", "restricted",
})  # fmt: skip
"""Keys that are not stored while their value is the default. Ids depend on it: never change this set."""

UNUSED: Mapping[str, Any] = {"approved": False}
"""Keys that every stored value has and no rule reads. Ids depend on them."""


def _refuse_negative(part: object, names: tuple[str, ...], **more: float) -> None:
    """Raise ValueError where a count is below 0, with every such count."""
    counts = {name: getattr(part, name) for name in names} | more
    wrong = [f"{name} is {n!r}" for name, n in counts.items() if n < 0]
    if wrong:
        raise ValueError(f"counts that cannot be: {', '.join(wrong)}; a count is at least 0")


@dataclass(frozen=True, slots=True)
class CorpusState:
    """The documents: what is live, what the store lists, and what changed between the two."""

    changes: Mapping[str, int]
    """Documents of each kind of change, live to store."""
    live_documents: int
    """Documents of the live release; 0 without one."""
    listed_documents: int
    """Entries in the store's listing, refused ones included."""
    documents: int = 0
    """Documents to serve: the accepted ones, and the last good version of the refused ones."""
    manifest: str = field(default="", metadata={KEY: "corpus"})
    """Id of the manifest of the documents to serve."""
    live: str | None = None
    """Id of the live release."""
    has_live: bool = False
    rolled_back: str | None = None
    """The release of which this change would bring something back after a person rolled back from it."""
    brought_back: tuple[str, ...] = ()
    """Documents that would have the rolled-back text or metadata again, or be gone again."""
    brought_back_parts: tuple[str, ...] = ()
    """Parts of params.yaml that would be as in the release that was left: embedder, chunking, generator, prompt."""
    listing_error: str | None = None
    """Why the store could not be listed; nothing else is known then."""

    def __post_init__(self) -> None:
        _refuse_negative(self, ("live_documents", "listed_documents", "documents"), **self.changes)


@dataclass(frozen=True, slots=True)
class ConfigurationChanges:
    """What params.yaml asks for and the live release has otherwise, each as ``old → new``; None where equal."""

    embedder_changed: str | None = None
    chunking_changed: str | None = None
    collection_lost: str | None = None
    """Why the live collection cannot be read."""
    generator_changed: str | None = None
    prompt_changed: str | None = None
    reranker_changed: str | None = None
    """Nothing is re-indexed for another reranker; golden probes judge it."""


COUNTED = (
    "live_bytes", "served_bytes", "near_copies", "grown", "newly_refused", "crowd", "contradicting_copies", "exposed",
    "alike", "instructed",
)  # fmt: skip
"""Fields of ``GuardInputs`` that are counts."""


@dataclass(frozen=True, slots=True)
class GuardInputs:
    """What the guards look at besides counts of documents."""

    live_bytes: int = 0
    """Bytes of the live release's documents."""
    served_bytes: int = 0
    """Bytes of the documents to serve."""
    near_copies: int = 0
    """New or edited documents that are near copies of one another or of served ones."""
    grown: int = 0
    """Documents that grew beyond ``guard.growth_factor`` and ``guard.growth_bytes``."""
    most_grown: tuple[str, int, int] | None = None
    """The one that grew by the largest factor: id, bytes before, bytes now."""
    newly_refused: int = 0
    """Served documents whose new version failed validation since the live release was made."""
    crowd: int = 0
    """Texts of the largest group of new documents that open alike and are near copies; equal texts count once."""
    crowd_like: str | None = None
    """One document of that group."""
    contradicting_copies: int = 0
    """New or edited documents that nearly copy a served one and contradict it."""
    contradicts: tuple[str, str] | None = None
    """One of them, and the served document."""
    exposed: int = 0
    """Documents that readers would get who may not get them now."""
    instructed: int = 0
    """New or edited documents with marks of orders to a language model that their live version has not."""
    instructed_such: tuple[tuple[str, str], ...] = ()
    """Up to three of them, each with what its first new mark says."""
    since_release: str | None = None
    """Id of the release from which on ``lost``, ``alike`` and ``marked`` are counted; None: the live one."""
    lost: Loss | None = None
    """What the store lost, documents of ``guard.paths`` left out; None where no text changed."""
    lost_folders: tuple[Loss, ...] = ()
    """The same of each folder that lost more than ``guard.folder_count`` documents."""
    lost_paths: tuple[Loss, ...] = ()
    """The same of each pattern of ``guard.paths`` that lost something."""
    alike: int = 0
    """Different texts that were lost because edited documents became nearly equal."""
    alike_documents: tuple[str, ...] = ()
    """Up to three of these documents."""
    marked: tuple[Marked, ...] = ()
    """How the texts of new and edited documents changed, one for each way."""

    def __post_init__(self) -> None:
        _refuse_negative(self, COUNTED)


@dataclass(frozen=True, slots=True)
class SupervisionState:
    """The accepted examples, and what the live generator learned from them."""

    examples: str = ""
    """Id of the set of accepted examples."""
    new_examples: int = 0
    """Accepted examples that the live generator was not trained on."""
    known_examples: int = 0
    """Accepted examples in all."""
    contradicting: int = 0
    """Examples in quarantine because another one answers the same question differently."""
    tainted: int = 0
    """Examples that the live generator was trained on and that are stale."""
    learned: int = 0
    """Examples that the live generator was trained on; counted when some are stale."""
    restricted: int = 0
    """Those of ``tainted`` that cite a document which not everybody may read."""

    def __post_init__(self) -> None:
        _refuse_negative(self, ("new_examples", "known_examples", "contradicting", "tainted", "learned", "restricted"))
        if self.tainted > self.learned:
            raise ValueError(
                f"{self.tainted} of {self.learned} learned examples are stale; at most all of them can be: count both "
                "in the live release"
            )


@dataclass(frozen=True, slots=True)
class TrainingHistory:
    """The cost of a training, and the outcome of earlier ones."""

    refused_before: bool = False
    """Whether a training on exactly these examples was tried and not promoted."""
    train_seconds: float = 0.0
    """Predicted seconds of a generator training."""
    hours_since_training: float | None = None
    """Hours since the last generator training; below 0 where a clock was put back."""
    retriever_seconds: float = 0.0
    """Predicted seconds of a retriever training, and of embedding with it what is served."""
    hours_since_retriever: float | None = None
    """Hours since the last retriever training."""
    debts: tuple[Debt, ...] = field(default=(), metadata={KEY: "owed"})
    """The accumulated shortfall of each model that has one."""
    tried: int = 0
    """Examples of the most similar training that was not promoted, or was rolled back."""
    since_tried: int | None = None
    """Examples that came, went or changed since then; None without such a training."""

    def __post_init__(self) -> None:
        amounts = ("train_seconds", "retriever_seconds", "hours_since_training", "hours_since_retriever")
        wrong = [f"{n} is {x!r}" for n in amounts if (x := getattr(self, n)) is not None and not math.isfinite(x)]
        if wrong:
            raise ValueError(f"evidence must be finite: {', '.join(wrong)}; leave out what is not known")
        _refuse_negative(self, ("train_seconds", "retriever_seconds", "tried"))

    def debt_of(self, role: str) -> Debt:
        """Return the debt of a model; an empty one where nothing was put off."""
        return next((each for each in self.debts if each.role == role), Debt(role))


@dataclass(frozen=True, slots=True)
class Measurements:
    """What was measured on the staged revision."""

    measured: bool = False
    """Whether measuring is done (after staging), or is still to come."""
    signals: tuple[Signal, ...] = ()

    def __post_init__(self) -> None:
        twice = sorted(name for name, n in Counter(s.name for s in self.signals).items() if n > 1)
        if twice:
            raise ValueError(
                f"measured more than once: {', '.join(twice)}; a signal counts once, or their order would decide"
            )

    def signal(self, name: str) -> Signal | None:
        """Return the signal of that name, None where it was not measured."""
        return next((s for s in self.signals if s.name == name), None)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a decision may look at."""

    corpus: CorpusState
    configuration: ConfigurationChanges = ConfigurationChanges()
    guards: GuardInputs = GuardInputs()
    supervision: SupervisionState = SupervisionState()
    training: TrainingHistory = TrainingHistory()
    measurements: Measurements = Measurements()
    approval: Approved | None = None
    """What a person has approved on top of the live release."""

    def signal(self, name: str) -> Signal | None:
        """Return the signal of that name, None where it was not measured."""
        return self.measurements.signal(name)

    @classmethod
    def keys(cls) -> frozenset[str]:
        """Return every key that the stored JSON may have."""
        return frozenset({_key(each) for kind in PARTS.values() for each in fields(kind)} | {"approval", *UNUSED})

    def as_json(self) -> dict[str, Any]:
        """Return the evidence as one flat JSON value, signals and debts ordered by name: their order means nothing."""
        value = dict(UNUSED)
        for name in PARTS:
            part = getattr(self, name)
            stored = asdict(part)
            for each in fields(part):
                if not (_key(each) in LEFT_OUT and getattr(part, each.name) == each.default):
                    value[_key(each)] = as_lists(stored[each.name])
        value["signals"] = sorted(value["signals"], key=lambda s: str(s["name"]))
        if "owed" in value:
            value["owed"] = sorted(value["owed"], key=lambda each: str(each["role"]))
        return value if self.approval is None else value | {"approval": asdict(self.approval)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Evidence":
        """Return the evidence that ``as_json`` gave.

        Raises:
            ValueError: a key is not known, or a value cannot be.
            TypeError: a key is missing.
        """
        if unknown := sorted(value.keys() - cls.keys()):
            raise ValueError(f"evidence has keys that this version does not know: {', '.join(unknown)}; remove them")
        if value.get("approved"):
            raise ValueError("evidence is approved without ceilings; approve the decision again with this version")
        grown, approval, against = value.get("most_grown"), value.get("approval"), value.get("contradicts")
        read = dict(value) | {
            "signals": tuple(Signal(**s) for s in value["signals"]),
            "owed": tuple(Debt(**each) for each in value.get("owed", ())),
            "most_grown": (grown[0], grown[1], grown[2]) if grown else None,
            "contradicts": (against[0], against[1]) if against else None,
            "instructed_such": tuple((d, said) for d, said in value.get("instructed_such", ())),
            **losses_from_json(value),
            **{key: tuple(value.get(key, ())) for key in ("brought_back", "brought_back_parts")},
        }
        parts: dict[str, Any] = {
            name: kind(**{each.name: read[_key(each)] for each in fields(kind) if _key(each) in read})
            for name, kind in PARTS.items()
        }
        return cls(**parts, approval=Approved(**approval) if approval else None)


PARTS: Mapping[str, type[Any]] = {
    "corpus": CorpusState,
    "configuration": ConfigurationChanges,
    "guards": GuardInputs,
    "supervision": SupervisionState,
    "training": TrainingHistory,
    "measurements": Measurements,
}
"""Field of ``Evidence`` → the part that it holds."""


def _key(each: Field[Any]) -> str:
    """Return the key that a field has in the stored JSON."""
    return str(each.metadata.get(KEY, each.name))
