"""One document: its chunks, its releases, who may read it, its refusals, and when it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

from pointsman.core.corpus.access import readers_of
from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.manifest import ManifestEntry
from pointsman.core.errors import UsageError
from pointsman.core.index.filters import Filter
from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import QuarantineStore
from pointsman.steps.ledger.access_record import readers_now
from pointsman.steps.ledger.releases import all_releases, live_release, manifest_of, moves
from pointsman.steps.resources import Serving
from pointsman.steps.review.quarantine import of_document
from pointsman.steps.serving.answer import OPEN_ONLY

SIMILAR = 3
"""Number of similar document ids that an error suggests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that lies in the store, served or not."""

    size: int
    """Bytes."""
    taken: bool
    """Whether the patterns of ``store.include`` and ``store.exclude`` take it."""
    excluded: bool = False
    """Whether a pattern of ``store.exclude`` matches it."""


def document_report(
    serving: Serving,
    document: str,
    *,
    quarantine: QuarantineStore,
    stored: StoredFile | None = None,
    allow: Filter = OPEN_ONLY,
) -> dict[str, Any]:
    """Return the JSON object of ``pointsman show``. The store is not listed and no model is loaded.

    ``stored`` is the file in the store, where that is known without a listing; its size stands for a document that
    is not served. Title and chunks are left out (``hidden``) where ``allow`` does not let the reader see them.

    Raises:
        UsageError: no release has the document, and the quarantine has no row of it.
    """
    live = live_release(serving.ledger)
    entries = manifest_of(serving.ledger, live).entries if live else {}
    entry = entries.get(document)
    chunks = _chunks(serving, document) if entry else []
    refused, versions = of_document(quarantine, document), _versions(serving.ledger, document)
    changed = _changes(serving.ledger, versions)
    if entry is None and not (refused or changed):
        raise UsageError(_not_served(document, stored) if stored else _unknown(document, entries))
    access = _readers(serving.ledger, document, chunks)
    hidden = bool(chunks) and set(access).isdisjoint(allow.readers)
    return {
        "document": document,
        "title": chunks[0].title if chunks and not hidden else "",
        "served": entry is not None,
        "access": access,
        "hidden": hidden,
        "size": entry.size if entry else stored.size if stored else 0,
        "byte_digest": entry.byte_digest if entry else None,
        "text_digest": entry.text_digest if entry else None,
        "quarantine": refused,
        "releases": sorted(release for release, version in versions.items() if version is not None),
        "changed": changed,
        "chunks": [] if hidden else [asdict(chunk) for chunk in chunks],
    }


def _readers(ledger: Ledger, document: str, chunks: Sequence[Chunk]) -> list[str]:
    """Return who may read a served document now; nobody, where it is not served."""
    return readers_now(document, readers_of(chunks[0].metadata), ledger=ledger) if chunks else []


def _not_served(document: str, stored: StoredFile) -> str:
    """Return why a file of the store is in no release."""
    if stored.taken:
        return f"no release has {document!r} yet: it is in the store; `pointsman refresh` reads it"
    if stored.excluded:
        return f"{document!r} is in the store but a pattern of store.exclude leaves it out; edit that one to read it"
    return f"{document!r} is not read: it is in the store but no pattern of store.include takes it; add one"


def _unknown(document: str, entries: Mapping[str, ManifestEntry]) -> str:
    similar = get_close_matches(document, entries, n=SIMILAR)
    offered = f"did you mean {' or '.join(map(repr, similar))}? Else " if similar else ""
    return f"no release has a document {document!r}; {offered}give the path of one below store.url"


def _chunks(serving: Serving, document: str) -> list[Chunk]:
    """Return the chunks of the live release, in reading order."""
    live = live_release(serving.ledger)
    if live is None or live.index.collection not in serving.index.collections():
        return []
    found = serving.index.chunks(live.index.collection, revision=live.index.revision, documents=[document])
    return sorted(found, key=lambda chunk: (-1 if chunk.start is None else chunk.start, chunk.chunk))


def _versions(ledger: Ledger, document: str) -> dict[str, ManifestEntry | None]:
    """Return release id → version of a document, None if it is not in that release. Each manifest is read once."""
    by_corpus: dict[str, ManifestEntry | None] = {}
    found = {}
    for release in all_releases(ledger):
        if release.corpus not in by_corpus:
            by_corpus[release.corpus] = manifest_of(ledger, release).entries.get(document)
        found[release.id] = by_corpus[release.corpus]
    return found


def _changes(ledger: Ledger, versions: Mapping[str, ManifestEntry | None]) -> list[dict[str, Any]]:
    """Return one row for each move of the pointer that changed the live version of a document, newest first."""
    before: ManifestEntry | None = None
    found = []
    for move in moves(ledger):
        now = versions.get(move["release"], before)
        if now != before:
            found.append({"at": move["at"], "release": move["release"], "what": _what(before, now), "why": move["why"]})
        before = now
    return found[::-1]


def _what(before: ManifestEntry | None, now: ManifestEntry | None) -> str:
    """Return in a few words how two versions of a document differ."""
    if before is None or now is None:
        return "added" if before is None else "removed"
    if before.content_digest != now.content_digest:
        return "text changed"
    if not before.same_statement(now) and before.readers != now.readers:
        return "access changed"
    return "metadata changed" if before.metadata_digest != now.metadata_digest else "white space or markup changed"
