"""Lineage in the ledger: the document digests that examples are true for, recorded on acceptance and confirmation."""

from collections.abc import Callable, Collection, Iterable, Mapping

from pointsman.core.corpus.documents import Refusal
from pointsman.core.errors import IndexDamaged
from pointsman.core.supervision.examples import Example
from pointsman.core.supervision.lineage import ACCEPTED, ASSUMED, Corpus, Lineage, LineageNote, Stale
from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import Memory
from pointsman.steps.ledger.releases import LINEAGE
from pointsman.steps.ledger.tracker_sync import enqueue

STALE, RESTRICTED = "stale", "restricted"
"""Checks that an example fails: its document changed; not everybody may read its document."""


def lineage_of(ledger: Ledger) -> Lineage:
    """Return the recorded lineage. A note that cannot be read counts as lost, and ``doctor`` reports it."""
    return Lineage.of(_notes(ledger))


def _notes(ledger: Ledger) -> Iterable[LineageNote]:
    for id_ in ledger.ids(LINEAGE):
        try:
            value = ledger.get(LINEAGE, id_)
        except IndexDamaged:
            continue  # its examples count as true now; `status` counts them as assumed
        if value is not None:
            yield LineageNote.from_json(value)


def put_note(
    examples: Mapping[str, Mapping[str, str]],
    why: str,
    *,
    by: str = "",
    note: str = "",
    ledger: Ledger,
    memory: Memory,
    now: Callable[[], str],
) -> None:
    """Record digests in the ledger and enqueue a sync of the tracker. Does nothing if ``examples`` is empty."""
    if examples:
        written = LineageNote(examples, why, nth=len(ledger.ids(LINEAGE)), at=now(), by=by, note=note)
        ledger.put(LINEAGE, written.id, written.as_json())
        enqueue(memory, None)


def note_accepted(
    examples: Iterable[Example],
    corpus: Corpus,
    known: Lineage,
    served: Collection[str],
    *,
    ledger: Ledger,
    memory: Memory,
    now: Callable[[], str],
) -> bool:
    """Record the document digests of accepted examples that have none yet. Return whether any was recorded.

    ``served`` are digests of examples in the live release. Their lineage was lost, so it is recorded as assumed.
    """
    new = {e.digest: digests for e in examples if (digests := corpus.unknown(e, known))}
    put_note({e: d for e, d in new.items() if e not in served}, ACCEPTED, ledger=ledger, memory=memory, now=now)
    put_note({e: d for e, d in new.items() if e in served}, ASSUMED, ledger=ledger, memory=memory, now=now)
    return bool(new)


def split_stale(
    parsed: Mapping[str, Example], corpus: Corpus, lineage: Lineage
) -> tuple[dict[str, Example], dict[str, tuple[Stale, ...]]]:
    """Return (examples to judge, documents for which each other example is set aside), both by origin."""
    found = {origin: corpus.set_aside(example, lineage) for origin, example in parsed.items()}
    stale = {origin: changed for origin, changed in found.items() if changed}
    return {origin: example for origin, example in parsed.items() if origin not in stale}, stale


def refusals(stale: Mapping[str, Iterable[Stale]]) -> list[Refusal]:
    """Return the quarantine rows of examples that were set aside: one row for each document, with the way out."""
    return [_refusal(origin, each) for origin, found in stale.items() for each in found]


def _refusal(origin: str, stale: Stale) -> Refusal:
    check = RESTRICTED if stale.restricted else STALE
    return Refusal(origin, check, f"{check}: {stale.describe()}")
