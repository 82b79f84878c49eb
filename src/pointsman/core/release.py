"""A release: everything that answers, named together, by content."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pointsman.core.errors import ModelMismatch
from pointsman.core.hashing import content_id

COLLECTION = "c-"
"""Beginning of every index's collection; others on the same server are somebody else's."""


@dataclass(frozen=True, slots=True)
class Model:
    """A base model and the adapter on it."""

    model: str
    """As params.yaml names it."""
    base: str
    """Fingerprint of the base weights."""
    adapter: str | None = None
    """Fingerprint of the adapter, or None."""

    @property
    def fingerprint(self) -> str:
        """Id of base and adapter together."""
        return self.base if self.adapter is None else content_id([self.base, self.adapter])


@dataclass(frozen=True, slots=True)
class Index:
    """A collection as of one revision, and what it was made with."""

    collection: str
    revision: int
    embedder: str
    """Fingerprint of the embedder whose vectors it holds."""
    chunking: str
    """Fingerprint of the way its documents were cut."""
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
    """Passages that it orders anew for each question."""

    def __str__(self) -> str:
        return f"{self.base} over {self.candidates}"


@dataclass(frozen=True, slots=True)
class Release:
    """What answers, content-addressed. It cannot be built with an index of another embedder."""

    corpus: str
    """Manifest id."""
    documents: int
    """Number of documents in the manifest."""
    max_tokens: int
    """Chunk bound, in the embedder's tokens."""
    index: Index
    embedder: Model
    generator: Model
    prompt: str
    """Fingerprint of the prompt's form."""
    decision: str
    """Id of the decision that made it."""
    examples: str | None = None
    """Id of the example set that was known."""
    trained_on: str | None = None
    """Id of the example set that the generator's adapter has learned."""
    dvc_lock: str | None = None
    """Id of the dvc.lock it came from."""
    scores: Mapping[str, float] = field(default_factory=dict)
    reranking: Reranking | None = None
    """How the best passages are ordered anew, if they are."""

    def __post_init__(self) -> None:
        if self.index.embedder != self.embedder.fingerprint:
            raise ModelMismatch(
                f"index was embedded by {self.index.embedder!r} but the release names {self.embedder.fingerprint!r}; "
                "rebuild the index or release the older embedder"
            )

    @property
    def id(self) -> str:
        """The content id."""
        return content_id(self._content())

    def _content(self) -> dict[str, Any]:
        content = asdict(self)
        if self.reranking is None:
            del content["reranking"]  # releases made before there were rerankers keep their ids
        return content

    def as_json(self) -> dict[str, Any]:
        """Return the release as a JSON value, its id included."""
        return {"id": self.id} | self._content()

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Release":
        """Return the release that ``as_json`` gave.

        Raises:
            ModelMismatch: its content is not what its id says, or the index is another embedder's.
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
