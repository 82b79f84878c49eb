"""Observe the store: list it once, open the changed documents, and judge them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from pointsman.core.corpus.access import ACCESS
from pointsman.core.corpus.documents import NORMALISER_VERSION, Document, Listed, Refusal
from pointsman.core.corpus.manifest import CLOSED, Manifest, ManifestEntry
from pointsman.core.errors import StoreMoved
from pointsman.core.hashing import content_id, digest
from pointsman.ports.ledger import Ledger
from pointsman.ports.progress import Progress
from pointsman.ports.stores import DocumentReader, DocumentStore
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Guard, Params
from pointsman.steps.ledger.access_record import ACCESS_RECORD
from pointsman.steps.ledger.tombstones import forgotten, refuse_forgotten_texts, without_forgotten_ids
from pointsman.steps.observe.isolate import PROVISIONAL, read_listed, signed
from pointsman.steps.observe.losses.samples import SAMPLE_MEASURE
from pointsman.steps.observe.losses.window import window_texts
from pointsman.steps.observe.sweep import NOTHING_DUE, record_sweep, sweep_due
from pointsman.steps.observe.texts.memory import TextCollector, TextMeasure
from pointsman.steps.observe.texts.read_so_far import ReadSoFar
from pointsman.steps.observe.texts.sketches import needs_sketches, sketch_measure
from pointsman.steps.observe.texts.traits import TRAIT_MEASURE
from pointsman.steps.observe.verdict_cache import (
    CachedDocument,
    FailedChecks,
    Version,
    as_row,
    from_row,
    judge,
    verdict_key,
)
from pointsman.steps.resources import Intake, Serving

OBSERVED = "observed"
"""Memory key: version tag, digests and verdict of every document, so that an unchanged one is not opened again."""

VERDICT_LIMITS = ("max_bytes", "max_seconds", "min_words", "max_link_share", "max_copies", "personal_data")
"""Keys of ``guard`` that the verdict on a document depends on. The other keys limit changes of the corpus."""


@dataclass(frozen=True)
class Listing:
    """One listing of the store, and what the ledger held before it."""

    entries: tuple[Listed, ...]
    records: tuple[str, ...] = ()
    """Ids of the access records that were written before the store was listed."""

    @classmethod
    def of(cls, store: DocumentStore, ledger: Ledger) -> "Listing":
        """List the store. The access records are read first: what is written meanwhile counts as written later.

        Raises:
            ListingFailed: the store could not be listed.
        """
        records = tuple(ledger.ids(ACCESS_RECORD))
        return cls(tuple(store.listing()), records)


@dataclass(frozen=True)
class Observation:
    """The store at one moment."""

    seen: Mapping[str, CachedDocument]
    """Every listed document, by id."""
    opened: int = 0
    """Number of documents that were read."""
    refused: tuple[Refusal, ...] = ()
    """One row for each check that a document failed."""
    source_version: str | None = None
    """The store's own name of this state (a commit); None if it has none."""
    listing: tuple[Listed, ...] = ()
    """What the store listed. Later steps of the same run use this listing."""
    records: tuple[str, ...] = ()
    """Ids of the access records that were in the ledger before the store was listed. It may end only these."""
    fresh: frozenset[str] = frozenset()
    """Ids of the documents that were read now, because they are new or changed."""
    before: Mapping[str, ManifestEntry] = field(default_factory=dict)
    """What these documents were at the observation before, as far as it is known."""

    @cached_property
    def good(self) -> Manifest:
        """The manifest of the accepted documents."""
        return Manifest({d: e for d, s in self.seen.items() if (e := s.manifest_entry) and not s.refusals})

    @cached_property
    def stated(self) -> Mapping[str, ManifestEntry]:
        """Every document whose readers are known now, refused ones too: nobody, where the statement cannot be read."""
        found = {d: e for d, s in self.seen.items() if (e := s.manifest_entry)}
        return {**found, **{d: found.get(d, _NOBODY).close() for d in self.unreadable_access}}

    @property
    def unreadable_access(self) -> frozenset[str]:
        """Ids of the documents that are refused because their access statement cannot be read."""
        return frozenset(r.item for r in self.refused if r.check == ACCESS)

    def accepted(self, live: Manifest) -> tuple[Manifest, frozenset[str]]:
        """Return (manifest to serve, ids of refused documents in it).

        A refused document keeps the version that is live, unless that version is what is refused for a secret or a
        personal number: an allowance has ended, or a newer rule found it. If its access statement cannot be read,
        nobody may read the live version until the statement is correct.
        """
        good, closed = self.good.entries, self.unreadable_access
        refused = {r.item for r in self.refused} | self._unlisted(live)
        kept = {d: e for d, e in live.entries.items() if d in refused - self._leaking(live) and d not in good}
        carried = {d: e.close() if d in closed else e for d, e in kept.items()}
        return Manifest({**good, **carried}), frozenset(carried)

    @property
    def awaited(self) -> bool:
        """Whether a document must be opened again at the next listing, whatever that says."""
        return any(seen.tag.endswith(PROVISIONAL) for seen in self.seen.values())

    def _unlisted(self, live: Manifest) -> set[str]:
        """Return the ids of live documents below a folder that could not be listed."""
        folders = tuple(document for document in self.seen if document.endswith("/"))
        return {d for d in live.entries if d not in self.seen and d.startswith(folders)} if folders else set()

    def _leaking(self, live: Manifest) -> set[str]:
        """Return the ids of refused documents whose live version is what is refused."""
        found = (r for r in self.refused if r.check in LEAKS and r.item in live.entries)
        return {r.item for r in found if live.entries[r.item].byte_digest == r.byte_digest}


LEAKS = frozenset({"secrets", "personal"})
"""Checks whose refusal also ends the serving of the very same bytes."""

_NOBODY = ManifestEntry("", "", metadata_digest=CLOSED, size=0, readers=())
"""Stands for a document that could not be parsed and whose access statement cannot be read."""


def rules_fingerprint(*, params: Params, readers: str) -> str:
    """Return the id of the rules for reading and judging documents. A verdict under other rules is not reused."""
    guard = asdict(params.guard)
    return content_id({
        "guard": {name: guard[name] for name in VERDICT_LIMITS}, "normaliser": NORMALISER_VERSION, "readers": readers,
        "version": 6,
    })  # fmt: skip


def observe(
    intake: Intake,
    listing: Listing | None = None,
    *,
    serving: Serving,
    run_memory: Memory,
    clock: Callable[[], float],
    progress: Progress,
) -> Observation:
    """Return the store as it is now. It is listed unless ``listing`` is given.

    Only changed documents are opened, and those that ``store.verify_days`` makes due.

    Raises:
        ListingFailed: the store could not be listed.
    """
    rules = rules_fingerprint(params=serving.params, readers=intake.readers)
    known = _known_documents(run_memory, rules, intake.allowed)
    tombs = forgotten(serving.ledger)
    listing = listing or Listing.of(intake.store, serving.ledger)
    (entries, hidden), now = without_forgotten_ids(list(listing.entries), tombs), clock()
    due = sweep_due(run_memory, intake.store, days=serving.params.store.verify_days, now=now) if known else NOTHING_DUE
    to_open = [each for each in entries if each.document in due or not _is_unchanged(known.get(each.document), each)]
    texts = TextCollector(run_memory, _measures(intake, to_open, known, guard=serving.params.guard))
    so_far = ReadSoFar(run_memory, f"{rules} {intake.allowed}", texts, clock=clock)
    opened = _read(intake, to_open, known, so_far=so_far, serving=serving, progress=progress)
    seen = {each.document: opened.get(each.document) or known[each.document] for each in entries}
    record_sweep(run_memory, due, anew=not known, now=now)
    seen, judged = judge(intake.validator, seen, opened, _settled(known))
    if judged or known.keys() - seen.keys():
        run_memory.put(OBSERVED, {"rules": rules, "allowed": intake.allowed, "documents": _as_rows(seen)})
        texts.keep(_texts_of(seen) | window_texts(serving.ledger, run_memory))
    so_far.end()
    seen = refuse_forgotten_texts(seen, tombs) if tombs else seen
    refused = _quarantined(intake, (*hidden, *refusals_of(seen)))
    before = {d: e for d in opened if d in known and (e := known[d].manifest_entry)}
    return Observation(
        seen, len(opened), refused, source_version=intake.store.version(), listing=listing.entries,
        records=listing.records, fresh=frozenset(opened), before=before,
    )  # fmt: skip


def _measures(
    intake: Intake, to_open: Sequence[Listed], known: Mapping[str, CachedDocument], *, guard: Guard
) -> list[TextMeasure]:
    """Return what is measured of each text that is read: sketches only where a guard may ask for them."""
    new = sum(listed.document not in known for listed in to_open)
    sketched = needs_sketches(guard, opening=len(to_open), new=new, known=len(known))
    return [TRAIT_MEASURE, SAMPLE_MEASURE, *([sketch_measure(intake.sketch)] if sketched else [])]


def _quarantined(intake: Intake, refused: tuple[Refusal, ...]) -> tuple[Refusal, ...]:
    """Return the refused rows, after writing them where they are others than before."""
    if refused != tuple(intake.quarantine.rows("documents")):
        intake.quarantine.replace("documents", refused)
    return refused


def _as_rows(seen: Mapping[str, CachedDocument]) -> dict[str, list[Any]]:
    return {document: as_row(each) for document, each in seen.items()}


def _settled(known: Mapping[str, CachedDocument]) -> dict[Version, FailedChecks]:
    """Return the verdicts that other documents with the same bytes share; the allow-list names documents, not bytes."""
    shared = {d: s for d, s in known.items() if not s.facts.get("sensitive")}
    return {verdict_key(d, s.entry, s.copies): s.refusals for d, s in shared.items() if s.entry}


def _texts_of(seen: Mapping[str, CachedDocument]) -> set[str]:
    """Return the text digests of the documents that were read."""
    return {s.entry[1] for s in seen.values() if s.entry}


def _known_documents(memory: Memory, rules: str, allowed: str) -> dict[str, CachedDocument]:
    """Return the documents of the last run; none if they were judged by other rules.

    Under another allow-list, a document that holds secrets or personal numbers is opened and judged again.
    """
    stored = memory.get(OBSERVED)
    if stored.get("rules") != rules:
        return {}
    known = {document: from_row(row) for document, row in stored.get("documents", {}).items()}
    if stored.get("allowed", "") == allowed:
        return known
    return {document: seen for document, seen in known.items() if not seen.facts.get("sensitive")}


def _read(
    intake: Intake,
    to_open: Sequence[Listed],
    known: Mapping[str, CachedDocument],
    *,
    so_far: ReadSoFar,
    serving: Serving,
    progress: Progress,
) -> dict[str, CachedDocument]:
    """Return the documents to open. Those that a killed run has read since they changed are not read again."""
    opened: dict[str, CachedDocument] = {}
    for listed in to_open:
        found = None if _is_unchanged(known.get(listed.document), listed) else so_far.of(listed)
        if found is None:
            found, _ = read_listed(
                intake.store, intake.parse_and_measure, listed, serving.params.guard.max_bytes, also=so_far.texts.add
            )
            so_far.add(listed.document, found)
        opened[listed.document] = found
        progress("read documents", len(opened), len(to_open))
    so_far.keep_many()
    return opened


def _is_unchanged(before: CachedDocument | None, listed: Listed) -> bool:
    """Return whether a document has the version tag that was seen before, so that it need not be opened."""
    return before is not None and before.tag == listed.tag and before.problem == listed.problem


def read_accepted(document: str, entry: ManifestEntry, *, read: DocumentReader, store: DocumentStore) -> Document:
    """Read a document of the manifest.

    Raises:
        StoreMoved: its bytes changed since they were observed.
    """
    raw = store.read(document)
    if digest(raw) != entry.byte_digest:
        raise StoreMoved(
            f"{document!r} was {entry.byte_digest} when listed and is {digest(raw)} now; run the command again"
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
    """Return the document with the bytes ``raw``, and its digests."""
    return signed(read(document, raw), document, raw)
