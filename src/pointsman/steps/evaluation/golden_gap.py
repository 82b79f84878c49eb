"""Golden probes of new and of unchanged content: what people ask, searched as served, and never trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

from pointsman.core.evaluation.signal_names import GOLDEN_GAP, GOLDEN_GAP_CONTROL, GOLDEN_GAP_NEW
from pointsman.core.evaluation.statistics import Signal, proportion, share_difference
from pointsman.core.supervision.probes import Probe
from pointsman.core.supervision.retriever_pairs import asked_probes
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params
from pointsman.steps.history.debt import unsettled_documents
from pointsman.steps.observe.state import WorkspaceState


@dataclass(frozen=True, slots=True)
class GoldenGap:
    """Held-out golden probes of new and of unchanged content, and whether the staged revision finds their documents."""

    new: tuple[Probe, ...] = ()
    """Probes all of whose documents are new: added, edited, or not settled since an earlier change."""
    control: tuple[Probe, ...] = ()
    """Probes none of whose documents changed in any way."""
    new_hits: tuple[bool, ...] = ()
    """For each of ``new``, whether a reader of the staged revision finds one of its documents."""
    control_hits: tuple[bool, ...] = ()
    """The same for each of ``control``."""

    def signals(self, confidence: float) -> tuple[Signal, ...]:
        """Return the gap with its two sides; the new side alone where no probe asks for unchanged content."""
        if not self.new:
            return ()
        new = proportion(GOLDEN_GAP_NEW, self.new_hits, confidence, "hit@k, 0..1")
        if not self.control:
            return (new,)
        control = proportion(GOLDEN_GAP_CONTROL, self.control_hits, confidence, "hit@k, 0..1")
        return share_difference(GOLDEN_GAP, self.control_hits, self.new_hits, confidence), control, new


NO_GOLDEN_GAP = GoldenGap()


def golden_gap(
    state: WorkspaceState, probes: Sequence[Probe], hits: Sequence[bool], *, memory: Memory, params: Params
) -> GoldenGap:
    """Return the golden probes of new and of unchanged content, with their hits on the staged revision.

    Probes that a training may have learned are left out, and those of which only some documents are new.
    """
    if state.live is None:
        return NO_GOLDEN_GAP
    served = state.manifest.entries.keys()
    steady = served - state.diff.altered
    carried = unsettled_documents(memory, sorted(steady), asked=True)
    fresh = {*state.diff.added, *state.diff.edited, *carried}
    held_out = set(asked_probes(probes, params.seed))
    rows = [(probe, hit) for probe, hit in zip(probes, hits, strict=True) if probe in held_out]
    of_new = [row for row in rows if fresh >= (answering := served & set(row[0].documents)) and answering]
    of_steady = [row for row in rows if (steady - carried).issuperset(row[0].documents)]
    (new, new_hits), (control, control_hits) = _unzipped(of_new), _unzipped(of_steady)
    return GoldenGap(new, control, new_hits, control_hits)


def _unzipped(rows: Sequence[tuple[Probe, bool]]) -> tuple[tuple[Probe, ...], tuple[bool, ...]]:
    return tuple(probe for probe, _ in rows), tuple(hit for _, hit in rows)
