"""Taint: which examples a generator learned, and which of them are no longer true."""

from pointsman.core.policy.decision import GENERATOR
from pointsman.core.release import Release
from pointsman.core.supervision.examples import split
from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import JsonLinesFiles, Memory
from pointsman.settings.params import Params
from pointsman.steps.ledger.lineage import STALE
from pointsman.steps.ledger.releases import EXAMPLES, LEARNED, live_release
from pointsman.steps.ledger.tombstones import TAINT
from pointsman.steps.ledger.tracker_sync import enqueue
from pointsman.steps.supervision.accept import Supervision, examples_of


def note_learned(
    supervision: Supervision,
    adapter: str,
    *,
    live: Release | None = None,
    continues: str | None = None,
    example_files: JsonLinesFiles,
    ledger: Ledger,
    params: Params,
) -> None:
    """Write to the ledger which examples an adapter learned: those it was trained on, not the held-out ones.

    Where it continues the live adapter, all that one learned is included, even if it is no longer in the files.
    """
    training, _ = split(examples_of(example_files, supervision), params.seed)
    before = learned_by(ledger, live) if continues else frozenset()
    lora = params.generator.lora
    note = {
        "adapter": adapter, "examples": sorted({example.digest for example in training} | before),
        "continues": continues, "rank": lora.rank, "alpha": lora.alpha,
    }  # fmt: skip
    ledger.put(LEARNED, adapter, note)


def learned_by(ledger: Ledger, release: Release | None) -> frozenset[str]:
    """Return the digests of the examples that a release's generator was trained on; none without an adapter.

    Where the adapter has no such note, the held-out examples of its training are included.
    """
    if release is None or release.generator.adapter is None:
        return frozenset()
    noted = ledger.get(LEARNED, release.generator.adapter)
    if noted is not None:
        return frozenset(noted["examples"])
    known = ledger.get(EXAMPLES, release.trained_on) if release.trained_on else None
    return frozenset(known["digests"]) if known else frozenset()


def record_taint(live: Release | None, supervision: Supervision, *, ledger: Ledger, memory: Memory) -> None:
    """Mark the live generator as tainted by stale examples that it learned, or lift the mark; the tracker is queued."""
    if live is None or live.generator.adapter is None:
        return
    stale = sorted(learned_by(ledger, live) & supervision.stale_examples)
    id_ = f"{live.generator.adapter}-{STALE}"
    known = ledger.get(TAINT, id_)
    if stale != (known["examples"] if known else []):
        note = {
            "adapter": live.generator.adapter, "part": GENERATOR, "request": STALE, "examples": stale,
            "base": live.generator.base,
        }  # fmt: skip
        ledger.replace(TAINT, id_, note)
        enqueue(memory, None)


def tainted(ledger: Ledger) -> list[str]:
    """Return the adapters that learned from an erased document, and the live one if it learned stale examples."""
    notes = [note for id_ in ledger.ids(TAINT) if (note := ledger.get(TAINT, id_))]
    live = live_release(ledger)
    adapter = live.generator.adapter if live else None
    return sorted({n["adapter"] for n in notes if n["request"] != STALE or (n["examples"] and n["adapter"] == adapter)})


def tainted_by(ledger: Ledger) -> int:
    """Return how many of the examples that the live generator learned are stale."""
    live = live_release(ledger)
    note = ledger.get(TAINT, f"{live.generator.adapter}-{STALE}") if live and live.generator.adapter else None
    return len(note["examples"]) if note else 0
