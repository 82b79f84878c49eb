"""How access changed: which documents may be read by more readers than before, and which by fewer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pointsman.core.corpus.access import OPEN
from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.manifest import EVERYBODY, Manifest, ManifestEntry

Readers = tuple[str, ...]
"""Groups that may read a document, sorted: ``("*",)`` is everybody, ``()`` nobody."""

Caps = Mapping[str, Readers]
"""Document id → those who may read it at most, whatever a release shows."""


@dataclass(frozen=True, slots=True)
class AccessChange:
    """Documents whose access changed, from what readers get now to what the store says. No changes: false."""

    exposed: tuple[str, ...] = ()
    """Ids of the documents that readers may get who could not before, sorted."""
    narrowed: tuple[str, ...] = ()
    """Ids of the documents that some readers may no longer get, sorted."""

    def __bool__(self) -> bool:
        return bool(self.exposed or self.narrowed)

    @classmethod
    def between(cls, live: Manifest, manifest: Manifest, diff: Diff, caps: Caps) -> "AccessChange":
        """Return the change of access from ``live``, as far as ``caps`` let readers have it, to ``manifest``.

        Exposed is also a new name, a copy or a new page with the text of a served document that fewer could read.
        A new document with another text exposes nothing.
        """
        before = _Before(live, caps)
        now = manifest.entries
        exposed = {d for d in now.keys() & caps.keys() if not within(now[d].readers, caps[d])}
        exposed |= {d for d in (*diff.edited, *diff.metadata) if not within(now[d].readers, before.of(d, now[d]))}
        texts = before.readers_by_text() if before.restricted else {}
        come = (*diff.added, *diff.edited, *(new for _, new in diff.renamed))
        exposed |= {d for d in come if not within(now[d].readers, texts.get(now[d].content_digest, EVERYBODY))}
        kept = [(d, d) for d in (*diff.edited, *diff.metadata)]
        narrowed = {new for old, new in (*kept, *diff.renamed) if loses(live.entries[old], now[new])}
        return cls(tuple(sorted(exposed)), tuple(sorted(narrowed)))


class _Before:
    """What readers get of a live release under caps."""

    def __init__(self, live: Manifest, caps: Caps) -> None:
        self._live, self._caps = live.entries, caps

    @property
    def restricted(self) -> bool:
        """Whether any document is not open to everybody."""
        return any(e.readers != EVERYBODY or d in self._caps for d, e in self._live.items())

    def of(self, document: str, now: ManifestEntry) -> Readers:
        """Return who could read a served document; its entry of ``now`` tells it where the statement is the same."""
        entry = self._live[document]
        served = now.readers if entry.same_statement(now) else entry.readers
        return both(served, self._caps.get(document, EVERYBODY))

    def readers_by_text(self) -> dict[str, Readers]:
        """Return text digest → everyone who could read that text in any document."""
        capped = {d: replace(e, readers=both(e.readers, self._caps.get(d, EVERYBODY))) for d, e in self._live.items()}
        return _readers_by_text(capped)


def within(readers: Iterable[str], cap: Iterable[str]) -> bool:
    """Return whether nobody is among ``readers`` who is not in ``cap``."""
    allowed = set(cap)
    return OPEN in allowed or set(readers) <= allowed


def both(first: Readers, second: Readers) -> Readers:
    """Return the groups that are among both."""
    if OPEN in first:
        return second
    return first if OPEN in second else tuple(sorted(set(first) & set(second)))


def loses(shown: ManifestEntry, now: ManifestEntry) -> bool:
    """Return whether a reader of ``shown`` may no longer read the document, as ``now`` says."""
    return not shown.same_statement(now) and not within(shown.readers, now.readers)


def exposed_since(served: Manifest, manifest: Manifest) -> set[str]:
    """Return the documents that somebody may read in ``manifest`` who could not read them in ``served``."""
    common = served.entries.keys() & manifest.entries.keys()
    return {d for d in common if loses(manifest.entries[d], served.entries[d])}


def narrower_than_shown(stated: Mapping[str, ManifestEntry], shown: Iterable[Manifest]) -> dict[str, Readers]:
    """Return document id → its readers now, for each document of which a manifest of ``shown`` lets others read.

    ``stated`` is what the store has now. Of a document that is gone, its text tells the readers: those who may read it
    under the names that it has now.
    """
    restricted = {d: e for d, e in stated.items() if e.readers != EVERYBODY}
    moved = {text: cap for text, cap in _readers_by_text(stated).items() if cap != EVERYBODY} if restricted else {}
    found: dict[str, Readers] = {}
    for manifest in shown if restricted else ():
        for document, entry in manifest.entries.items():
            if document in restricted:
                if loses(entry, restricted[document]):
                    found[document] = restricted[document].readers
            elif document not in stated and not within(
                entry.readers, cap := moved.get(entry.content_digest, EVERYBODY)
            ):
                found[document] = cap
    return found


def _readers_by_text(entries: Mapping[str, ManifestEntry]) -> dict[str, Readers]:
    """Return text digest → everyone who may read that text in any document."""
    found: dict[str, set[str]] = {}
    for entry in entries.values():
        found.setdefault(entry.content_digest, set()).update(entry.readers)
    return {text: EVERYBODY if OPEN in readers else tuple(sorted(readers)) for text, readers in found.items()}


def too_wide(manifest: Manifest, caps: Caps) -> dict[str, Readers]:
    """Return those of ``caps`` that a manifest exceeds: it lets more readers have the document."""
    entries = manifest.entries
    return {d: cap for d, cap in caps.items() if d in entries and not within(entries[d].readers, cap)}
