"""What was measured on a staged index, and how the index gate rules on it."""

from dataclasses import dataclass

from pointsman.core.edits.classify import Edit
from pointsman.core.evaluation.error_analysis import ProbeFindings
from pointsman.core.evaluation.statistics import Signal
from pointsman.core.gates.index import judge_index
from pointsman.core.gates.ruling import Ruling
from pointsman.core.supervision.probes import Probe
from pointsman.settings.params import Params
from pointsman.steps.evaluation.answers import Behaviour
from pointsman.steps.evaluation.golden_gap import NOTHING_ASKED, GoldenGap


@dataclass(frozen=True)
class Assessment:
    """What was measured on a staged revision."""

    signals: tuple[Signal, ...] = ()
    facts: tuple[ProbeFindings, ...] = ()
    """What is known of each probe and held-out example that was asked, by which the failed ones are attributed."""
    live_hits: tuple[bool, ...] = ()
    """Golden probes whose documents did not change: hit on the live release."""
    staged_hits: tuple[bool, ...] = ()
    """The same probes on the staged revision."""
    behaviour: Behaviour | None = None
    derived_new: tuple[Probe, ...] = ()
    derived_control: tuple[Probe, ...] = ()
    asked: GoldenGap = NOTHING_ASKED
    """Held-out golden probes of new and of unchanged content, where something was staged."""
    edits: tuple[Edit, ...] = ()
    """What was edited in each document, where something was staged."""

    def rule_index(self, params: Params, served: int, wanted: int) -> Ruling:
        """Rule over the staged revision."""
        return judge_index(
            served, wanted, self.live_hits, self.staged_hits,
            max_loss=params.gate.max_loss, confidence=params.policy.confidence, seed=params.seed,
        )  # fmt: skip
