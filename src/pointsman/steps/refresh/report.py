"""The outcome of ``plan`` and ``refresh``, its JSON contract, and the decision record."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.restricted import without_texts
from pointsman.core.credentials import without_credentials
from pointsman.core.edits.classify import Edit
from pointsman.core.evaluation.error_analysis import ProbeFindings, attributions, failures_by_cause
from pointsman.core.evaluation.statistics import Signal
from pointsman.core.gates.ruling import Ruling
from pointsman.core.policy.cost import money
from pointsman.core.policy.decision import Decision
from pointsman.core.release import Release
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params
from pointsman.steps.evaluation.drift import drift_alarms
from pointsman.steps.evaluation.edits import edits_shown
from pointsman.steps.history.throughput import TRAIN, throughput
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.refresh.access_news import access_news

HELD_EXIT = 3
"""Exit code if a guard held the refresh or the gate refused it."""


@dataclass(frozen=True)
class Work:
    """The work of a refresh, or of a plan."""

    chunks_embedded: int = 0
    """Chunks that went through the embedder."""
    chunks_reused: int = 0
    """Chunks that took a stored vector."""
    points_added: int = 0
    """Points written to the collection."""
    points_retired: int = 0
    """Points that the new revision no longer shows."""
    tokens_trained: int = 0
    """Tokens that trainings used, in all epochs together."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a refresh, or of a plan."""

    state: WorkspaceState
    """The state that was acted on."""
    decision: Decision
    """The last decision."""
    work: Work = field(default_factory=Work)
    """What was done, or would be done."""
    estimate_seconds: float = 0.0
    """Predicted seconds."""
    seconds: float = 0.0
    """Seconds that the run took."""
    gate: str | None = None
    """The worst verdict of all gates; None if no gate ran."""
    gates: Mapping[str, Ruling] = field(default_factory=dict)
    """Name of a gate → its ruling."""
    release: Release | None = None
    """The release that is live afterwards."""
    candidate: Release | None = None
    """A release for which the gate was inconclusive; a person may approve it."""
    signals: Sequence[Signal] = ()
    """All measurements."""
    facts: Sequence[ProbeFindings] = ()
    """Findings for each probe that was searched."""
    edits: Sequence[Edit] = ()
    """The edits of each changed document, classified."""
    evaluation: Mapping[str, Any] | None = None
    """The answers of the live and the new generator, scored; None if no generator was trained."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """Report of each training, by role."""
    migration: Mapping[str, Any] | None = None
    """For a plan of a rebuild: the predicted duration and size."""
    repeated: bool = False
    """Whether an earlier run had the same state and this outcome, so that nothing was done again."""

    @property
    def exit_code(self) -> int:
        """0: done. 3: held or refused."""
        return HELD_EXIT if self.decision.hold or self.gate == "refuse" else 0


def as_report(params: Params, outcome: Outcome, *, planned: bool = False) -> dict[str, Any]:
    """Return the JSON object of ``plan --json`` and ``refresh --json``, without words of restricted documents.

    Other programs use its keys. ``planned`` says that nothing was done yet.
    """
    price, state = params.budget.price_per_hour, outcome.state
    raised = drift_alarms(outcome.signals, params.policy.confidence)
    restricted = len(state.supervision.restricted_examples)
    report = {
        "decision_id": outcome.decision.id,
        "release": outcome.release.id if outcome.release else None,
        "corpus": outcome.state.manifest.id,
        "changes": outcome.state.changes,
        "stale_examples": len(state.supervision.stale_examples) - restricted,
        **({"restricted_examples": restricted} if restricted else {}),
        "decision": outcome.decision.as_json(),
        "work": asdict(outcome.work),
        "cost": {
            "seconds": round(outcome.seconds, 3),
            "estimate_seconds": round(outcome.estimate_seconds, 3),
            "money": money(outcome.seconds, price),
            "estimate_money": money(outcome.estimate_seconds, price),
        },
        "source_version": outcome.state.observation.source_version,
        "gate": outcome.gate,
        "gates": {name: ruling.as_json() for name, ruling in outcome.gates.items()},
        "seconds": round(outcome.seconds, 3),
        **({"migration": dict(outcome.migration)} if outcome.migration else {}),
        **({"alarms": raised} if raised else {}),
        **({"edits": edits_shown(outcome.edits)} if outcome.edits else {}),
        **({"access": access_news(state.access, outcome.decision, planned=planned)} if state.access else {}),
    }
    return without_texts(report, state.restricted)


def as_record(outcome: Outcome, trigger: str, *, now: Callable[[], str], params: Params) -> dict[str, Any]:
    """Return the decision record, which explains and reproduces the decision, without words of restricted documents."""
    state = outcome.state
    live, public = state.live, _public(asdict(params))
    record = {
        "decision_id": outcome.decision.id,
        "at": now(),
        "trigger": trigger,
        "report": as_report(params, outcome),
        "evidence": state.evidence.as_json() | {
            "signals": [s.as_json() for s in sorted(outcome.signals, key=lambda s: s.name)],
            "measured": not outcome.decision.hold,
        },
        "signals": [s.as_json() for s in outcome.signals],
        "limits": state.limits.as_record(),
        "params": public,
        "attribution": dict(failures_by_cause(outcome.facts)),
        "attributions": attributions(outcome.facts),
        "exam": outcome.evaluation,
        "gates": {name: _gate_row(ruling) for name, ruling in outcome.gates.items()},
        "training": dict(outcome.training),
        "release": outcome.release.id if outcome.release else None,
        "candidate": outcome.candidate.id if outcome.candidate else None,
        "live_before": live.id if live else None,
        "datasets": {
            "documents": {"id": state.manifest.id, "n": len(state.manifest), "source": public["store"]["url"]},
            "examples": {
                "id": state.supervision.set_id,
                "n": len(state.supervision.examples),
                "source": params.examples.path,
            },
        },
        "source_version": state.observation.source_version,
        "changed": {kind: _names(state, kind) for kind in Diff.KINDS},
        "carried": sorted(state.carried),
        "quarantine": [asdict(r) for r in state.observation.refused][:100],
    }  # fmt: skip
    whole: dict[str, Any] = finite(without_texts(record, state.restricted))
    return whole


def _public(value: Any) -> Any:
    """Return a JSON value with all credentials removed from its URLs."""
    if isinstance(value, Mapping):
        return {key: _public(item) for key, item in value.items()}
    return without_credentials(value) if isinstance(value, str) else value


def finite(value: Any) -> Any:
    """Return a JSON value in which NaN and infinity are None, because JSON has no such numbers."""
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def estimate(memory: Memory, decision: Decision, work: Work) -> float:
    """Return the predicted seconds of a refresh with this ``work``; 0 for a hold or if nothing is to do."""
    if decision.idle or decision.hold:
        return 0.0
    kind = TRAIN if decision.train else str(decision.index)
    return throughput(memory, kind).seconds(chunks=work.chunks_embedded, tokens=work.tokens_trained)


def _gate_row(ruling: Ruling) -> dict[str, Any]:
    signal = ruling.signal
    numbers = {"gain": signal.value, "low": signal.low, "high": signal.high, "n": signal.n} if signal else {}
    return {"verdict": str(ruling.verdict), "because": ruling.because, **numbers}


def _names(state: WorkspaceState, kind: str) -> list[Any]:
    """Return the first 50 document ids of one kind of change."""
    return [list(name) if isinstance(name, tuple) else name for name in getattr(state.diff, kind)[:50]]
