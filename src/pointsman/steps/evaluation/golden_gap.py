"""Asking: what people ask of new and of unchanged content, as served, in questions that nothing has learned."""

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
    """Held-out golden probes on both sides, with whether a reader of the staged revision finds what answers them."""

    new: tuple[Probe, ...] = ()
    """All documents that answer one are new: added, edited, or not settled since an earlier change."""
    control: tuple[Probe, ...] = ()
    """No document that answers one is new, or altered in any way."""
    new_hits: tuple[bool, ...] = ()
    control_hits: tuple[bool, ...] = ()

    def signals(self, confidence: float) -> tuple[Signal, ...]:
        """Return the gap with its two sides; without unchanged content to compare with, the side of new content."""
        if not self.new:
            return ()
        new = proportion(GOLDEN_GAP_NEW, self.new_hits, confidence, "hit@k, 0..1")
        if not self.control:
            return (new,)
        control = proportion(GOLDEN_GAP_CONTROL, self.control_hits, confidence, "hit@k, 0..1")
        return share_difference(GOLDEN_GAP, self.control_hits, self.new_hits, confidence), control, new


NOTHING_ASKED = GoldenGap()


def golden_gap(
    state: WorkspaceState, probes: Sequence[Probe], hits: Sequence[bool], *, memory: Memory, params: Params
) -> GoldenGap:
    """Part golden probes, with their hits on the staged revision, by whether they ask of new or of unchanged content.

    Left out are probes that a training may have learned, and those of which only some documents are new.
    """
    if state.live is None:
        return NOTHING_ASKED
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
