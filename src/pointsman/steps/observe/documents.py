"""Observe and screen: list the store once, open what changed, refuse what is bad, keep what was good."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from pointsman.core.corpus.documents import NORMALISER_VERSION, Document, Listed, Refusal
from pointsman.core.corpus.manifest import Manifest, ManifestEntry
from pointsman.core.errors import StoreMoved
from pointsman.core.hashing import content_id, digest
from pointsman.ports.progress import Progress
from pointsman.ports.stores import DocumentReader, DocumentStore
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params
from pointsman.steps.ledger.tombstones import forgotten, without_forgotten_ids, refuse_forgotten_texts
from pointsman.steps.observe.sketches import SketchCollector
from pointsman.steps.observe.verdict_cache import CachedDocument, verdict_key, as_row, judge, from_row
from pointsman.steps.resources import Intake, Serving

ParseAndMeasure = Callable[[str, bytes], tuple[Document | None, dict[str, Any]]]
"""A document's blocks (None where its bytes are no text) and the columns for the validator, from its id and bytes."""

OBSERVED = "observed"
"""Memory: version tag, digests and verdict of every document, so that an unchanged one is not opened again."""

VERDICT_LIMITS = ("max_bytes", "min_words", "max_link_share", "max_copies", "personal_data")
"""Limits of ``guard`` that a document's verdict depends on; the others stop changes, not documents."""

PROVISIONAL = "~"
"""After a tag that is not to be trusted: the document is opened again at the next listing."""

UNREAD: Mapping[str, Any] = {
    "is_binary": False, "utf8_ok": True, "words": 10**9, "link_share": 0.0, "secrets": None, "personal": None,
    "unreadable": None,
}  # fmt: skip
"""Facts of a document that was not opened, chosen so that only the listing's own columns can refuse it."""


@dataclass(frozen=True)
class Observation:
    """The store at one moment."""

    seen: Mapping[str, CachedDocument]
    opened: int = 0
    """Documents that were read."""
    refused: tuple[Refusal, ...] = field(default=())
    source_version: str | None = None
    """The store's own name for this state (a commit), where it has one."""
    listing: tuple[Listed, ...] = ()
    """What the store listed; whoever needs a listing later in the same run takes this one."""

    @cached_property
    def good(self) -> Manifest:
        """The manifest of the documents that passed."""
        return Manifest({d: ManifestEntry(*s.entry) for d, s in self.seen.items() if s.entry and not s.refusals})

    def accepted(self, live: Manifest) -> tuple[Manifest, frozenset[str]]:
        """Return (manifest to serve, documents carried over): a refused document keeps its last good version."""
        good = self.good.entries
        refused = {r.item for r in self.refused}
        carried = {d: e for d, e in live.entries.items() if d in refused and d not in good}
        return Manifest({**good, **carried}), frozenset(carried)


def rules_fingerprint(*, params: Params, readers: str) -> str:
    """Return the id of the rules that documents are read and judged by; a verdict under other rules is not reused."""
    guard = asdict(params.guard)
    return content_id({
        "guard": {name: guard[name] for name in VERDICT_LIMITS}, "normaliser": NORMALISER_VERSION, "readers": readers,
        "version": 4,
    })  # fmt: skip


def observe(
    intake: Intake, listing: Sequence[Listed] | None = None, *, serving: Serving, run_memory: Memory, progress: Progress
) -> Observation:
    """List the store (unless that was just done), open the documents whose version tag is new, judge those.

    Raises:
        ListingFailed: the store could not be listed; nothing is concluded from it.
    """
    rules = rules_fingerprint(params=serving.params, readers=intake.readers)
    memory = run_memory.get(OBSERVED)
    known = {d: from_row(row) for d, row in memory.get("documents", {}).items()} if memory.get("rules") == rules else {}
    seen: dict[str, CachedDocument] = {}
    fresh: set[str] = set()
    tombs = forgotten(serving.ledger)
    listing = tuple(intake.store.listing() if listing is None else listing)
    entries, hidden = without_forgotten_ids(list(listing), tombs)
    opening = sum(not _is_unchanged(known.get(listed.document), listed) for listed in entries)
    new = sum(listed.document not in known for listed in entries)
    sketches = SketchCollector(
        opening=opening, new=new, known=len(known), memory=run_memory, params=serving.params, sketch=intake.sketch
    )
    for number, listed in enumerate(entries):
        before = known.get(listed.document)
        if before is not None and _is_unchanged(before, listed):
            seen[listed.document] = before
        else:
            found, parsed = read_listed(intake.store, intake.parse_and_measure, listed, serving.params.guard.max_bytes)
            seen[listed.document] = found
            if parsed is not None and found.entry:
                sketches.see(found.entry[1], parsed)
            fresh.add(listed.document)
            progress("read documents", number + 1, len(entries))
    settled = {verdict_key(d, s.entry, s.copies): s.refusals for d, s in known.items() if s.entry}
    seen, judged = judge(intake.validator, seen, fresh, settled)
    if judged or known.keys() - seen.keys():
        run_memory.put(OBSERVED, {"rules": rules, "documents": {d: as_row(s) for d, s in seen.items()}})
    seen = refuse_forgotten_texts(seen, tombs) if tombs else seen
    refused = (*hidden, *refusals_of(seen))
    if refused != tuple(intake.quarantine.rows("documents")):
        intake.quarantine.replace("documents", refused)
    sketches.keep({s.entry[1] for s in seen.values() if s.entry})
    return Observation(seen, len(fresh), refused, source_version=intake.store.version(), listing=listing)


def _is_unchanged(before: CachedDocument | None, listed: Listed) -> bool:
    """Tell whether a document need not be opened: its version tag is the one that was seen."""
    return before is not None and before.tag == listed.tag and before.problem == listed.problem


def read_accepted(document: str, entry: ManifestEntry, *, read: DocumentReader, store: DocumentStore) -> Document:
    """Return a document as the manifest knows it.

    Raises:
        StoreMoved: its bytes are no longer those that were observed.
    """
    raw = store.read(document)
    if digest(raw) != entry.byte_digest:
        raise StoreMoved(
            f"{document!r} was {entry.byte_digest} when listed and is {digest(raw)} now; run again to list anew"
        )
    return parse(read, document, raw)


def refusals_of(seen: Mapping[str, CachedDocument]) -> tuple[Refusal, ...]:
    """Return one quarantine row for each check that a document failed."""
    return tuple(
        Refusal(document, check, why, s.entry[0] if s.entry else s.tag)
        for document, s in seen.items()
        for check, why in s.refusals
    )


def parse(read: DocumentReader, document: str, raw: bytes) -> Document:
    """Return ``raw`` as a document with its digests."""
    return _signed(read(document, raw), document, raw)


def read_listed(
    store: DocumentStore, parse_and_measure: ParseAndMeasure, listed: Listed, max_bytes: int
) -> tuple[CachedDocument, Document | None]:
    """Open one listed document, unless the listing alone refuses it; return what is known of it, and its blocks."""
    tag = listed.tag if listed.settled else f"{listed.tag}{PROVISIONAL}"
    if listed.problem or listed.size > max_bytes:
        return CachedDocument(tag, listed.size, problem=listed.problem, entry=None, facts=UNREAD), None
    raw = store.read(listed.document)
    blocks, facts = parse_and_measure(listed.document, raw)
    if blocks is None:
        return CachedDocument(tag, listed.size, problem=None, entry=None, facts=facts), None
    parsed = _signed(blocks, listed.document, raw)
    entry = ManifestEntry.of(parsed)
    digests = (entry.byte_digest, entry.text_digest, entry.metadata_digest, entry.size)
    return CachedDocument(tag, listed.size, problem=None, entry=digests, facts=facts), parsed


def _signed(blocks: Document, document: str, raw: bytes) -> Document:
    return Document(document, blocks.blocks, metadata=blocks.metadata, byte_digest=digest(raw), size=len(raw))
