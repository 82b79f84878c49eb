"""What the guard of instructions looks at: marks of new and edited documents that their live version has not.

The marks of a document are a column of what was measured when it was read. Those of each live version are kept in
memory by the digest of its bytes, also while a hold stands. A version without an entry has no marks.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.instructions.marks import MEANINGS, Mark, marks_of
from pointsman.core.corpus.manifest import EVERYBODY, Manifest
from pointsman.core.glob_patterns import compiled
from pointsman.core.hashing import content_id
from pointsman.core.policy.evidence import GuardInputs
from pointsman.ports.workspace import Memory
from pointsman.steps.observe.documents import Observation

COLUMN = "instructions"
"""Column of a document's facts: its marks as JSON, None without any."""
MARKED = "instructions"
"""Memory key: byte digest → digests of the marked passages of that version."""
SUCH = 3
"""Documents that the guard quotes."""


@dataclass(frozen=True, slots=True)
class Instructed:
    """Documents with new marks."""

    documents: Mapping[str, str] = field(default_factory=dict)
    """Document → digest of its marked passages. An approval names these."""
    such: tuple[tuple[str, str], ...] = ()
    """Up to ``SUCH`` of them, with what the first mark says."""


def instructed(
    observation: Observation, live: Manifest, manifest: Manifest, diff: Diff, *, exempt: Collection[str], memory: Memory
) -> Instructed:
    """Return the documents of ``manifest`` that have marks which their live version has not.

    ``exempt`` are glob patterns of document ids that are not looked at: documentation about language models.
    """
    marks = _marks_of(observation)
    known = _remember(observation, marks, live, memory=memory)
    names = compiled(list(exempt)) if exempt else None
    found: dict[str, str] = {}
    such: list[tuple[str, str]] = []
    for document, before in _changed(live, manifest, diff):
        entry = manifest.entries[document]
        seen = observation.seen.get(document)
        is_this = seen is not None and seen.entry is not None and seen.entry[0] == entry.byte_digest
        if not is_this or document not in marks or (names is not None and names.fullmatch(document)):
            continue
        old = set(known.get(live.entries[before].byte_digest, ())) if before is not None else set()
        new = [mark for mark in marks[document] if mark.key not in old]
        if new:
            found[document] = content_id(sorted(mark.key for mark in marks[document]))
            such.append((document, _said(new[0], open_to_all=entry.readers == EVERYBODY)))
    return Instructed(found, tuple(such[:SUCH]))


def with_instructed(inputs: GuardInputs, found: Instructed) -> GuardInputs:
    """Return the inputs of the guards with the documents that have new marks."""
    return replace(inputs, instructed=len(found.documents), instructed_such=found.such)


def _said(mark: Mark, *, open_to_all: bool) -> str:
    """Return what a mark says; the passage of a restricted document is not quoted."""
    return mark.sentence if open_to_all else f"{MEANINGS[mark.sign]} (restricted: not quoted here)"


def _marks_of(observation: Observation) -> dict[str, tuple[Mark, ...]]:
    found = ((document, marks_of(seen.facts.get(COLUMN))) for document, seen in observation.seen.items())
    return {document: marks for document, marks in found if marks}


def _remember(
    observation: Observation, marks: Mapping[str, tuple[Mark, ...]], live: Manifest, *, memory: Memory
) -> Mapping[str, list[str]]:
    """Return the marked passages of every version that is known, after adding those that were seen now."""
    known: Mapping[str, list[str]] = memory.get(MARKED)
    now = {
        entry[0]: [mark.key for mark in found]
        for document, found in marks.items()
        if (entry := observation.seen[document].entry)
    }
    kept = {entry.byte_digest for entry in live.entries.values()}
    updated = {version: keys for version, keys in known.items() if version in kept} | now
    if updated != known:
        memory.put(MARKED, updated)
    return updated


def _changed(live: Manifest, manifest: Manifest, diff: Diff) -> list[tuple[str, str | None]]:
    """Return (document, its name in the live release) of everything that changed in any way; None for a new one."""
    new: list[tuple[str, str | None]] = [(document, None) for document in diff.added]
    renamed = [(now, before) for before, now in diff.renamed]
    same = [(document, document) for document in (*diff.edited, *diff.cosmetic, *diff.metadata)]
    pairs = [*new, *renamed, *same]
    served = [(now, before) for now, before in pairs if now in manifest.entries]
    return sorted((each for each in served if each[1] is None or each[1] in live.entries), key=itemgetter(0))
