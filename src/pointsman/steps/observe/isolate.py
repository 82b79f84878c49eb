"""Read one listed document. Whatever goes wrong with it is said of it alone, and the next one is read.

This is the one place where that is decided: ``plan``, ``refresh``, ``watch``, ``backtest`` and the stage ``snapshot``
all read documents through ``read_listed``. Only an error of the store itself (``ListingFailed``) ends a run.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pointsman.core.corpus.documents import Document, Listed
from pointsman.core.corpus.failures import HALF_CHARACTER, failure_of, is_whole_document
from pointsman.core.corpus.manifest import ManifestEntry
from pointsman.core.errors import ListingFailed, PointsmanError, Unreadable
from pointsman.core.hashing import digest
from pointsman.ports.stores import DocumentStore
from pointsman.steps.observe.verdict_cache import CachedDocument

ParseAndMeasure = Callable[[str, bytes], tuple[Document | None, dict[str, Any]]]
"""From a document's id and bytes: its blocks (None if the bytes are not text), and the columns for the validator."""

PROVISIONAL = "~"
"""Added to a version tag that cannot be trusted: the document is opened again at the next listing."""

UNREAD: Mapping[str, Any] = {
    "is_binary": False, "utf8_ok": True, "words": 10**9, "link_share": 0.0, "secrets": None, "personal": None,
    "unreadable": None,
}  # fmt: skip
"""Columns of a document that was not opened. Only the columns of the listing can refuse it."""


def ignore(_text_digest: str, _parsed: Document) -> None:
    """Measure nothing more of a document."""


def read_listed(
    store: DocumentStore,
    parse_and_measure: ParseAndMeasure,
    listed: Listed,
    max_bytes: int,
    *,
    also: Callable[[str, Document], None] = ignore,
) -> tuple[CachedDocument, Document | None]:
    """Open a listed document, unless the listing already refuses it. Return (its state, the parsed document).

    ``also`` gets the text digest and the document, for what is kept about texts.

    Raises:
        ListingFailed: the store itself is away, or no reader can be started: nothing can be said of any document.
    """
    tag = listed.tag if listed.settled else f"{listed.tag}{PROVISIONAL}"
    if listed.problem or listed.size > max_bytes:
        return CachedDocument(tag, listed.size, problem=listed.problem, entry=None, facts=UNREAD), None
    try:
        raw = store.read(listed.document)
    except ListingFailed:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said of this document alone
        return _unopened(listed, error), None
    try:
        return _read(listed, raw, tag, parse_and_measure=parse_and_measure, also=also)
    except ListingFailed:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        again = isinstance(error, MemoryError)  # there may be more memory at the next run
        why = str(error) if isinstance(error, Unreadable) else f"cannot be read: {failure_of(error)}"
        return _unparsed(raw, f"{listed.tag}{PROVISIONAL}" if again else tag, why), None


def _read(
    listed: Listed,
    raw: bytes,
    tag: str,
    *,
    parse_and_measure: ParseAndMeasure,
    also: Callable[[str, Document], None],
) -> tuple[CachedDocument, Document | None]:
    blocks, facts = parse_and_measure(listed.document, raw)
    if blocks is None:
        return CachedDocument(tag, listed.size, problem=None, entry=None, facts=facts), None
    if not is_whole_document(blocks):
        return _unparsed(raw, tag, f"cannot be read: {HALF_CHARACTER}"), None
    parsed = signed(blocks, listed.document, raw)
    entry = ManifestEntry.of(parsed)
    also(entry.text_digest, parsed)
    digests = (entry.byte_digest, entry.text_digest, entry.metadata_digest, entry.size)
    seen = CachedDocument(tag, listed.size, problem=None, entry=digests, facts=facts, readers=entry.readers)
    return seen, parsed


def _unopened(listed: Listed, error: Exception) -> CachedDocument:
    """Return the state of a document whose bytes could not be had; the next listing opens it again."""
    why = str(error).removesuffix("; list again") if isinstance(error, PointsmanError) else failure_of(error)
    return CachedDocument(
        f"{listed.tag}{PROVISIONAL}", listed.size, problem=None, entry=None, facts={**UNREAD, "problem": why}
    )


def _unparsed(raw: bytes, tag: str, why: str) -> CachedDocument:
    """Return the state of a document whose bytes no reader could read."""
    facts = {**UNREAD, "words": None, "link_share": None, "unreadable": why}
    return CachedDocument(tag, len(raw), problem=None, entry=None, facts=facts)


def signed(blocks: Document, document: str, raw: bytes) -> Document:
    """Return a parsed document with its id, and the digest and size of the bytes that it was parsed from."""
    return Document(document, blocks.blocks, metadata=blocks.metadata, byte_digest=digest(raw), size=len(raw))
