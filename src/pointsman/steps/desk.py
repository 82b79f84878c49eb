"""Everything a step may use, named by role. ``flows.wiring`` fills it with adapters, tests with fakes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from pointsman.core.documents import Document, Refusal
from pointsman.core.forgetting import Trace
from pointsman.core.release import Model, Reranking
from pointsman.core.schema import AnswerSchema
from pointsman.ports import (
    Builder,
    DocumentStore,
    Embedder,
    Generator,
    Ledger,
    Progress,
    Reranker,
    Source,
    Tracker,
    Validator,
    VectorIndex,
    Vectors,
)
from pointsman.settings import Params

Role = Literal["retriever", "generator"]


class CountingEmbedder(Embedder, Protocol):
    """An embedder that knows what it computed and what it had already."""

    def recompute(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each text, computed now, whatever is remembered."""

    @property
    def embedded(self) -> int:
        """Texts that went through the model."""

    @property
    def reused(self) -> int:
        """Texts whose vectors were held already."""


class Models(Protocol):
    """The models that params.yaml names, and the adapters that were trained on them."""

    def base(self, role: Role) -> Model:
        """Return the base model of params.yaml, fingerprinted, without loading it."""

    def embedder(self, model: Model) -> CountingEmbedder:
        """Return the embedder of a release; weights are loaded when first used."""

    def engine(self, model: Model) -> str:
        """Return which engine embeds with ``model`` and why, in words, and make what that engine needs."""

    def generator(self, model: Model) -> Generator:
        """Return the generator of a release; weights are loaded when first used."""

    def reranking(self) -> Reranking | None:
        """Return the reranking of params.yaml, fingerprinted, without loading it; None when it is off."""

    def reranker(self, reranking: Reranking) -> Reranker:
        """Return the cross-encoder of a release; weights are loaded when first used."""

    def adopt(self, role: Role) -> str:
        """Keep the adapter that was just built, under its fingerprint, and return the fingerprint."""


class Lines(Protocol):
    """A folder of JSON-lines files that a person writes."""

    def stamp(self) -> str:
        """Return a cheap fingerprint (names, sizes, times) that changes when a file does."""

    def texts(self) -> list[tuple[str, str]]:
        """Return (file name, text) of every file, ordered by name."""


class Memory(Protocol):
    """Small facts kept between runs to save work. Losing them costs time, never correctness."""

    def get(self, name: str) -> dict[str, Any]:
        """Return what was put under ``name``; empty when nothing or nothing readable was."""

    def put(self, name: str, value: Mapping[str, Any]) -> None:
        """Keep ``value`` under ``name``, atomically."""


class QuarantineShelf(Protocol):
    """Where refused rows wait with their reason."""

    def replace(self, suite: str, refusals: Sequence[Refusal]) -> None:
        """Make ``refusals`` the rows of ``suite``."""

    def rows(self, suite: str) -> list[Refusal]:
        """Return the rows of ``suite``."""

    def counts(self) -> dict[str, int]:
        """Return the number of rows of every suite."""


class Residue(Protocol):
    """The files that runs leave in a workspace, beside what the other ports keep."""

    def sweep(self, trace: Trace, instead: str) -> dict[str, int]:
        """Take a document out of caches, builds and memories; return how much went, by place.

        What can be made again is removed; of what cannot, only the document is taken out and ``instead`` put there.
        """

    def scan(self, trace: Trace) -> tuple[dict[str, int], list[dict[str, Any]]]:
        """Read every file, packed ones too; return ({"files", "bytes"}, {"place", "named", "shingles"} by finding)."""

    def keep(self, name: str, certificate: Mapping[str, Any], note: str) -> None:
        """Write a certificate, and the same for people, to files that stay."""


@dataclass(frozen=True)
class Desk:
    """The ports of one workspace."""

    params: Params
    store: DocumentStore
    read: Source
    examine: Callable[[str, bytes], tuple[Document | None, dict[str, Any]]]
    """A document's blocks, or None where its bytes are no text, and the columns that it is judged by."""
    sketch: Callable[[str], str]
    """A text's MinHash sketch, ``core.near_copies.SIZE`` bytes in base64."""
    examples: Lines
    probes: Lines
    models: Models
    index: VectorIndex
    ledger: Ledger
    validator: Validator
    quarantine: QuarantineShelf
    builder: Builder
    tracker: Tracker
    memory: Memory
    residue: Residue
    progress: Progress
    now: Callable[[], str]
    """The time as ISO 8601 in UTC."""
    clock: Callable[[], float]
    """Seconds since the epoch."""
    scratch: Path
    """Folder for files that are handed to the tracker."""
    schema: AnswerSchema | None = None
    """What params.yaml says that answers must look like; None where it says nothing."""
    readers: str = ""
    """Which optional parsers are there; another set reads and judges every document anew."""
