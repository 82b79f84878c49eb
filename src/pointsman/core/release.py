"""A release: index, models and prompt that answer together, under one id."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pointsman.core.errors import ModelMismatch
from pointsman.core.hashing import content_id

COLLECTION = "c-"
"""Prefix of the name of every collection. Other collections on the same server do not belong to Pointsman."""

MISSING = "missing"
"""Fingerprint of a generator that is not there: the index can be built and searched without it."""


@dataclass(frozen=True, slots=True)
class Model:
    """A base model and the adapter on it."""

    model: str
    """Its name in params.yaml."""
    base: str
    """Fingerprint of the base weights."""
    adapter: str | None = None
    """Fingerprint of the adapter; None: the base model alone."""

    @property
    def fingerprint(self) -> str:
        """Id of the base model and its adapter."""
        return self.base if self.adapter is None else content_id([self.base, self.adapter])


@dataclass(frozen=True, slots=True)
class Index:
    """One revision of a collection, and what it was built with."""

    collection: str
    revision: int
    embedder: str
    """Fingerprint of the embedder that made its vectors."""
    chunking: str
    """Fingerprint of the way in which its documents were cut into chunks."""
    points: int = 0
    """Points that a reader of the revision sees."""

    @staticmethod
    def name(embedder: str, chunking: str) -> str:
        """Return the collection's name: the same embedder and chunking always share one."""
        return f"{COLLECTION}{content_id([embedder, chunking])}"


@dataclass(frozen=True, slots=True)
class Reranking:
    """A cross-encoder and how much it reads."""

    model: str
    """As params.yaml names it."""
    base: str
    """Fingerprint of its weights."""
    candidates: int
    """Passages that it orders again for each question."""

    def __str__(self) -> str:
        return f"{self.base} over {self.candidates}"


@dataclass(frozen=True, slots=True)
class Release:
    """Everything that makes an answer, under the id of its content.

    Raises:
        ModelMismatch: the index was embedded by another embedder.
    """

    corpus: str
    """Manifest id."""
    documents: int
    """Number of documents in the manifest."""
    max_tokens: int
    """Most tokens of the embedder in a chunk."""
    index: Index
    embedder: Model
    generator: Model
    prompt: str
    """Fingerprint of the prompt template."""
    decision: str
    """Id of the decision that led to it."""
    examples: str | None = None
    """Id of the accepted examples at that moment; None: there were none."""
    trained_on: str | None = None
    """Id of the examples that the generator's adapter was trained on; None: it has no adapter."""
    dvc_lock: str | None = None
    """Id of the dvc.lock of its builds; None: nothing was built."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """Measures of this release, by name."""
    reranking: Reranking | None = None
    """The cross-encoder that orders the best passages again; None: none does."""

    def __post_init__(self) -> None:
        if self.index.embedder != self.embedder.fingerprint:
            raise ModelMismatch(
                f"index was embedded by {self.index.embedder!r} but the release names {self.embedder.fingerprint!r}; "
                "rebuild the index or release the older embedder"
            )

    @property
    def id(self) -> str:
        """The content id: 16 hex characters."""
        return content_id(self._content())

    def _content(self) -> dict[str, Any]:
        content = asdict(self)
        if self.reranking is None:
            del content["reranking"]  # releases from before there were rerankers keep their ids
        return content

    def as_json(self) -> dict[str, Any]:
        """Return the release as a JSON value with its id."""
        return {"id": self.id} | self._content()

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Release":
        """Return the release that ``as_json`` wrote.

        Raises:
            ModelMismatch: its content does not belong to its id, or the index was embedded by another embedder.
        """
        fields = {k: v for k, v in value.items() if k != "id"}
        fields["index"] = Index(**fields["index"])
        fields["embedder"], fields["generator"] = Model(**fields["embedder"]), Model(**fields["generator"])
        if "reranking" in fields:
            fields["reranking"] = Reranking(**fields["reranking"])
        release = cls(**fields)
        if value.get("id", release.id) != release.id:
            raise ModelMismatch(f"release {value['id']!r} has the content of {release.id!r}; run pointsman doctor")
        return release
