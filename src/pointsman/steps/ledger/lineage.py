"""Lineage kept in the ledger: what examples were true for, written down when accepted and when a person confirms."""

from collections.abc import Callable, Collection, Iterable, Mapping

from pointsman.core.corpus.documents import Refusal
from pointsman.core.errors import IndexDamaged
from pointsman.core.supervision.examples import Example
from pointsman.core.supervision.lineage import ACCEPTED, ASSUMED, Corpus, Lineage, Note, Stale
from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import Memory
from pointsman.steps.ledger.releases import LINEAGE
from pointsman.steps.ledger.tracker_sync import enqueue

STALE = "stale"
"""The check that sets an example aside."""


def lineage_of(ledger: Ledger) -> Lineage:
    """Return everything that is written down. A note that cannot be read counts as lost: ``doctor`` tells of it."""
    return Lineage.of(_notes(ledger))


def _notes(ledger: Ledger) -> Iterable[Note]:
    for id_ in ledger.ids(LINEAGE):
        try:
            value = ledger.get(LINEAGE, id_)
        except IndexDamaged:
            continue  # its examples are taken to be true now, and `status` counts them as assumed
        if value is not None:
            yield Note.from_json(value)


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
    """Write digests down, and owe them to the record; nothing happens when there are none."""
    if examples:
        written = Note(examples, why, nth=len(ledger.ids(LINEAGE)), at=now(), by=by, note=note)
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
    """Write down what accepted examples are true for, where nobody has yet; tell whether anything was.

    ``served`` are digests of examples that the live release knew: of those the lineage was lost, and is assumed.
    """
    new = {e.digest: digests for e in examples if (digests := corpus.unknown(e, known))}
    put_note({e: d for e, d in new.items() if e not in served}, ACCEPTED, ledger=ledger, memory=memory, now=now)
    put_note({e: d for e, d in new.items() if e in served}, ASSUMED, ledger=ledger, memory=memory, now=now)
    return bool(new)


def split_stale(
    parsed: Mapping[str, Example], corpus: Corpus, lineage: Lineage
) -> tuple[dict[str, Example], dict[str, tuple[Stale, ...]]]:
    """Return (the examples whose documents still say what they are true for, what changed for each other one)."""
    found = {origin: corpus.stale(example, lineage) for origin, example in parsed.items()}
    stale = {origin: changed for origin, changed in found.items() if changed}
    return {origin: example for origin, example in parsed.items() if origin not in stale}, stale


def refusals(stale: Mapping[str, Iterable[Stale]]) -> list[Refusal]:
    """Return the quarantine's rows of stale examples: a row for each document, with both digests."""
    return [Refusal(origin, STALE, f"stale: {each.describe()}") for origin, found in stale.items() for each in found]
