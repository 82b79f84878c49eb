"""What was measured on a staged index, and the index gate's ruling on it."""

from dataclasses import dataclass

from pointsman.core.edits.classify import Edit
from pointsman.core.evaluation.error_analysis import ProbeFindings
from pointsman.core.evaluation.signal_names import GOLDEN_STAGED
from pointsman.core.evaluation.statistics import Signal
from pointsman.core.gates.index import judge_index
from pointsman.core.gates.ruling import Ruling
from pointsman.core.supervision.probes import Probe
from pointsman.settings.params import Params
from pointsman.steps.evaluation.behaviour import Behaviour
from pointsman.steps.evaluation.golden_gap import NO_GOLDEN_GAP, GoldenGap


@dataclass(frozen=True)
class Assessment:
    """What was measured on a staged revision."""

    signals: tuple[Signal, ...] = ()
    facts: tuple[ProbeFindings, ...] = ()
    """For each probe and held-out example that was asked: what explains whether it was answered."""
    live_hits: tuple[bool, ...] = ()
    """Golden probes whose documents did not change: whether the live release finds one of their documents."""
    staged_hits: tuple[bool, ...] = ()
    """The same for the staged revision, in the same order."""
    behaviour: Behaviour | None = None
    """The live generator on the held-out examples; None where that was not measured."""
    derived_new: tuple[Probe, ...] = ()
    """Derived probes of new content."""
    derived_control: tuple[Probe, ...] = ()
    """Derived probes of unchanged content."""
    golden_gap: GoldenGap = NO_GOLDEN_GAP
    """Held-out golden probes of new and of unchanged content; empty where nothing was staged."""
    edits: tuple[Edit, ...] = ()
    """What was edited in each document; empty where nothing was staged."""

    def rule_index(self, params: Params, served: int, wanted: int, *, has_live: bool) -> Ruling:
        """Return the index gate's ruling on the staged revision, which serves ``served`` of ``wanted`` points.

        ``has_live`` says whether a live release can be searched.
        """
        asked = next((signal.n for signal in self.signals if signal.name == GOLDEN_STAGED), 0)
        return judge_index(
            served, wanted, self.live_hits, self.staged_hits, has_live=has_live, asked=asked,
            max_loss=params.gate.max_loss, confidence=params.policy.confidence, seed=params.seed,
        )  # fmt: skip
