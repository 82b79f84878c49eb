"""Documents whose contents changed although the listing shows no change: no refresh would read them."""

from collections.abc import Collection

from pointsman.core.errors import ListingFailed, StoreMoved
from pointsman.core.hashing import digest
from pointsman.ports.stores import DocumentStore
from pointsman.ports.workspace import Memory
from pointsman.steps.history.last_run import IDLE
from pointsman.steps.observe.documents import OBSERVED
from pointsman.steps.observe.verdict_cache import from_row


def unnoticed(store: DocumentStore, suspects: Collection[str], *, served: Collection[str], memory: Memory) -> list[str]:
    """Return the documents whose bytes are others than when they were last read, at the same version tag.

    Looked at are ``suspects``, and documents that were read and are not among ``served``. None while the store is away.
    """
    rows = memory.get(OBSERVED).get("documents", {})
    asked = {*suspects, *(rows.keys() - set(served))}
    try:
        return [
            listed.document
            for listed in store.listing()
            if listed.document in asked
            and listed.problem is None
            and listed.document in rows
            and _differs(store, listed.document, listed.tag, row=rows[listed.document])
        ]
    except ListingFailed:
        return []


def _differs(store: DocumentStore, document: str, tag: str, *, row: list[object]) -> bool:
    seen = from_row(row)
    if seen.tag != tag or seen.entry is None:
        return False
    try:
        return digest(store.read(document)) != seen.entry[0]
    except StoreMoved:
        return False  # it is gone, so the next listing shows that


def let_next_run_read(documents: Collection[str], *, memory: Memory) -> None:
    """Forget the version tags of documents, so that the next ``plan`` or ``refresh`` reads them."""
    known = memory.get(OBSERVED)
    rows = known.get("documents", {})
    if not rows.keys() & set(documents):
        return
    forgotten = {document: ["", *row[1:]] if document in documents else row for document, row in rows.items()}
    memory.put(OBSERVED, {**known, "documents": forgotten})
    memory.put(IDLE, {})
