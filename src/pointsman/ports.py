"""The protocols behind which a vendor stands; each has a fake in ``tests/fakes`` held to the same contract tests."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pointsman.core.documents import Listed
from pointsman.core.index import Filter, Held, Hit, Stored, Wanted

Vectors = NDArray[np.float32]
"""Shape (n, dimension), float32, each row of length 1."""

Message = Mapping[str, str]
"""``{"role": "system|user|assistant", "content": str}``."""

Rows = Sequence[Mapping[str, Any]]
"""Plain rows to be judged: each has an ``item`` (its id) and one column for each fact."""


class DocumentStore(Protocol):
    """Where the user's documents lie."""

    def listing(self) -> Iterator[Listed]:
        """Yield every included entry, ordered by id.

        Raises:
            ListingFailed: the store cannot be reached or listed.
        """

    def read(self, document: str) -> bytes:
        """Return the bytes of a listed document.

        Raises:
            StoreMoved: it is gone, or cannot be read any more.
        """

    def version(self) -> str | None:
        """Return the store's own name for what the last listing saw (a commit); None where it has none."""


class Embedder(Protocol):
    """Turns text into vectors."""

    @property
    def fingerprint(self) -> str:
        """Id of base weights and adapter; vectors of different fingerprints are never compared."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each text, shape (len(texts), dimension); (0, dimension) for none."""

    def count_tokens(self, text: str) -> int:
        """Return the number of the embedder's tokens in ``text``, without special tokens; loads no weights."""


class Reranker(Protocol):
    """Reads a question and a passage together."""

    @property
    def fingerprint(self) -> str:
        """Id of its weights."""

    def score(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Return how well each passage answers, shape (len(passages),); higher is better, comparable in one call."""


class VectorIndex(Protocol):
    """Collections of points with revisions (a reader at r sees born <= r < died). Every write is idempotent."""

    def collections(self) -> list[str]:
        """Return the names of the collections there are, ordered."""

    def create(self, collection: str, dimension: int) -> None:
        """Make an empty collection; nothing happens when it is there with that dimension.

        Raises:
            ModelMismatch: it is there with another dimension.
        """

    def drop(self, collection: str) -> None:
        """Remove a collection and its points; nothing happens when it is not there."""

    def held(self, collection: str, *, documents: Collection[str] | None = None) -> Iterator[Held]:
        """Yield the points of ``documents`` (of all when None), dead ones too, in no particular order."""

    def stored(self, collection: str, *, revision: int) -> Iterator[Stored]:
        """Yield the points that a reader at ``revision`` sees with everything they carry, in no particular order."""

    def touched(self, collection: str, revision: int) -> Iterator[Held]:
        """Yield the points of an unfinished stage: ``born >= revision``, or ``died >= revision`` and not FOREVER."""

    def vectors(self, collection: str, digests: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """Return the vector of every one of ``digests`` that some point of the collection (dead or alive) has."""

    def upsert(self, collection: str, wanted: Sequence[Wanted], vectors: Vectors, *, born: int) -> None:
        """Write points ``wanted[i].point_id(born)`` with ``vectors[i]``, born at ``born``, died FOREVER."""

    def retire(self, collection: str, ids: Sequence[str], *, at: int) -> None:
        """Set ``died = at`` on points; ``at=FOREVER`` revives them. Unknown ids are passed over."""

    def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Remove points for good. Unknown ids are passed over."""

    def erase(self, collection: str, documents: Collection[str]) -> int:
        """Remove every point of ``documents`` and what the engine itself keeps of removed points; return their number.

        Readers see the collection before or after, never between. An engine on a server tidies up by itself, later.
        """

    def search(
        self,
        collection: str,
        *,
        revision: int,
        vector: NDArray[np.float32] | None,
        text: str | None,
        top_k: int,
        exact: bool = False,
        allow: Filter | None = None,
    ) -> list[Hit]:
        """Return the best passages that a reader at ``revision`` sees, best first.

        Both ``vector`` (dense) and ``text`` (BM25) given: reciprocal-rank fusion of the two. One given: that one alone.
        ``exact`` compares the vector with every one, past any search graph: slow, and nothing is missed. Only points
        that ``allow`` lets through are found, ranked and counted (for BM25 too); all of them when None, which is for
        measurement and repair, never for readers.
        """

    def wanted(self, collection: str, *, revision: int, documents: Collection[str]) -> list[Wanted]:
        """Return what is served of ``documents`` at ``revision``, texts included, ordered by chunk id."""

    def count(self, collection: str, *, revision: int | None = None) -> int:
        """Return the number of points a reader at ``revision`` sees; of all points when None."""

    def size(self, collection: str) -> int | None:
        """Return the bytes that a collection takes on disk, or None where the engine does not tell."""

    def optimize(self, collection: str, *, ef: int | None = None) -> None:
        """Let the engine build its search structures now, if it does so only when asked.

        With ``ef`` (candidates looked at for each point and each search) the graph is built anew, so fine; it stays so.
        """

    def close(self) -> None:
        """Make everything durable and let go of it."""


class Ledger(Protocol):
    """Content-addressed JSON objects, one pointer moved by compare-and-swap, and the claim of whoever may write."""

    def put(self, kind: str, id_: str, value: Mapping[str, Any]) -> None:
        """Store an object; storing the same id again changes nothing."""

    def get(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return an object, or None."""

    def ids(self, kind: str) -> list[str]:
        """Return the ids of all objects of a kind, ordered."""

    def kinds(self) -> list[str]:
        """Return the kinds that there are objects of, ordered."""

    def replace(self, kind: str, id_: str, value: Mapping[str, Any]) -> None:
        """Store an object in the place of whatever has that id, or of nothing; readers get the one or the other."""

    def remove(self, kind: str, id_: str) -> None:
        """Remove an object; nothing happens when it is not there."""

    def pointer(self) -> dict[str, Any] | None:
        """Return the value of the pointer, or None before its first move."""

    def swap(
        self, expected: Mapping[str, Any] | None, new: Mapping[str, Any], *, claim: Mapping[str, Any] | None = None
    ) -> None:
        """Move the pointer from ``expected`` to ``new`` in one durable write.

        Raises:
            LedgerConflict: the pointer is not at ``expected``, or ``claim`` is given and is not the claim held; the
                pointer was left where it is.
        """

    def mend(self, new: Mapping[str, Any]) -> None:
        """Write the pointer where there is none, or none that can be read.

        Raises:
            LedgerConflict: there is one that can be read; it was left where it is.
        """

    def claim(self) -> dict[str, Any] | None:
        """Return the claim of whoever may write, or None; one that cannot be read is nobody's."""

    def hold(self, expected: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        """Change the claim from ``expected`` to ``new`` (None: nobody's) in one durable write.

        Raises:
            LedgerConflict: the claim is not ``expected``; it was left as it is.
        """


class Generator(Protocol):
    """Writes answers."""

    @property
    def fingerprint(self) -> str:
        """Id of base weights and adapter."""

    def generate(
        self, prompts: Sequence[Sequence[Message]], *, max_new_tokens: int, schema: Mapping[str, Any] | None = None
    ) -> list[str]:
        """Return the greedy completion of each chat prompt, special tokens removed, in the order given.

        With a JSON Schema every token stays within it: an answer that ends before ``max_new_tokens`` is valid.

        Raises:
            UsageError: answers cannot be held to this schema, or not at all.
        """

    def completion_nll(self, prompts: Sequence[Sequence[Message]], completions: Sequence[str]) -> NDArray[np.float64]:
        """Return the mean negative log-likelihood (nats per token) of each completion given its prompt, shape (n,)."""


class Validator(Protocol):
    """Judges rows by named checks."""

    def refuse(self, suite: str, rows: Rows) -> list[tuple[str, str, str]]:
        """Return (item, check, reason) for every row that fails a check of ``suite``.

        Suites are documents, chunks, examples, probes and pairs.

        A row that fails several checks appears once for each. Rows are judged in bulk; none is altered.
        """


class Tracker(Protocol):
    """The record and the review desk. It mirrors the ledger and is never asked what is live."""

    def record(self, decision: Mapping[str, Any], *, files: Mapping[str, Path]) -> str | None:
        """Write one decision record as one run, with ``files`` as artefacts; return the run id.

        Recording the same decision id again updates the same run.
        """

    def mirror(self, release: Mapping[str, Any], *, live: str | None, previous: str | None) -> None:
        """Register the release and its parts, and set the aliases live, previous and candidate."""

    def rewrite(self, change: Callable[[str], str]) -> int:
        """Offer every text ever recorded (artefacts, tags, descriptions) to ``change``, and keep what it returns.

        Return how many came back otherwise.
        """

    def taint(self, part: str, content: str, by: str | None) -> bool:
        """Mark the registered version of ``part`` with this content as tainted, or not (None); tell if there is one."""

    def certify(self, certificate: Mapping[str, Any], note: str) -> str:
        """Write a certificate, and the same for people, as one run called ``forget``; return the run id."""

    def reachable(self) -> str | None:
        """Return None when the tracker can be written to, else why not."""

    def preserve(self, objects: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        """Keep objects of the ledger (kind, id, value) as artefacts, from which a lost ledger is rebuilt."""

    def preserved(self) -> set[tuple[str, str]]:
        """Return kind and id of every object that is kept."""

    def recall(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return an object as it was kept, or None when it is not there or cannot be read."""

    def let_go(self, objects: Collection[tuple[str, str]]) -> None:
        """Keep these objects (kind, id) no longer; unknown ones are passed over."""

    def recorded(self) -> set[str]:
        """Return the ids of the decisions that have a run."""

    def versions(self, part: str) -> list[str]:
        """Return the content ids registered for ``part`` (index, retriever, generator or release), oldest first."""

    def aliases(self, part: str) -> dict[str, str]:
        """Return the content id behind each alias of ``part``."""


class Builder(Protocol):
    """Runs the reproducible heavy builds."""

    def build(self, stage: str) -> Mapping[str, Any]:
        """Bring a stage of dvc.yaml up to date and return its report (the JSON file the stage writes).

        Raises:
            BuildFailed: the stage failed; the message carries the end of its output.
        """

    def lock(self) -> Mapping[str, Any] | None:
        """Return the dvc.lock of the workspace as a mapping, or None where there is none."""


class Progress(Protocol):
    """Shows how far long work has come."""

    def __call__(self, label: str, done: int, total: int, /) -> None:
        """Tell that ``done`` of ``total`` steps of ``label`` are done."""


class Source(Protocol):
    """Reads a document's bytes into blocks."""

    def __call__(self, document: str, raw: bytes, /) -> Any:
        """Return a ``Document``; raise ``UnicodeDecodeError`` when the bytes are not text."""
