"""The JSON contract of ``plan`` and ``refresh``, and the record that the tracker keeps."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pointsman.core.corpus.diff import Diff
from pointsman.core.credentials import without_credentials
from pointsman.core.edits.classify import Edit
from pointsman.core.evaluation.error_analysis import ProbeFindings, attributions, counts
from pointsman.core.evaluation.statistics import Signal
from pointsman.core.gates.ruling import Ruling
from pointsman.core.policy.cost import money
from pointsman.core.policy.decision import Decision
from pointsman.core.release import Release
from pointsman.ports.workspace import Memory
from pointsman.settings.params import Params
from pointsman.steps.evaluation.drift import alarms
from pointsman.steps.evaluation.edits import edits_shown
from pointsman.steps.history.throughput import TRAIN, throughput
from pointsman.steps.observe.state import WorkspaceState

HELD_EXIT = 3
"""Exit code of a refresh that a guard held or the gate refused."""


@dataclass(frozen=True)
class Work:
    """What was, or would be, done."""

    chunks_embedded: int = 0
    chunks_reused: int = 0
    points_added: int = 0
    points_retired: int = 0
    tokens_trained: int = 0


@dataclass(frozen=True)
class Outcome:
    """How a refresh, or a plan, came out."""

    state: WorkspaceState
    decision: Decision
    work: Work = field(default_factory=Work)
    estimate_seconds: float = 0.0
    seconds: float = 0.0
    gate: str | None = None
    gates: Mapping[str, Ruling] = field(default_factory=dict)
    release: Release | None = None
    """The release that is live afterwards."""
    candidate: Release | None = None
    """A release that the gate could not tell from the live one; a person may choose it."""
    signals: Sequence[Signal] = ()
    facts: Sequence[ProbeFindings] = ()
    """What is known of each probe that was asked."""
    edits: Sequence[Edit] = ()
    """What was edited in each document."""
    exam: Mapping[str, Any] | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    migration: Mapping[str, Any] | None = None
    """For a plan of a rebuild: what it will take."""
    repeated: bool = False
    """Whether the same situation had this outcome before, so that nothing was done again."""

    @property
    def exit_code(self) -> int:
        """0 done, 3 held or refused."""
        return HELD_EXIT if self.decision.hold or self.gate == "refuse" else 0


def as_report(params: Params, outcome: Outcome) -> dict[str, Any]:
    """Return the contract's object; other programs rely on its keys."""
    price = params.budget.price_per_hour
    raised = alarms(outcome.signals, params.policy.confidence)
    return {
        "decision_id": outcome.decision.id,
        "release": outcome.release.id if outcome.release else None,
        "corpus": outcome.state.manifest.id,
        "changes": outcome.state.changes,
        "stale_examples": len(outcome.state.supervision.stale_examples),
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
    }


def as_record(outcome: Outcome, trigger: str, *, now: Callable[[], str], params: Params) -> dict[str, Any]:
    """Return the decision record: all that is needed to explain the decision, and to replay it."""
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
        "limits": state.limits.as_json(),
        "params": public,
        "attribution": dict(counts(outcome.facts)),
        "attributions": attributions(outcome.facts),
        "exam": outcome.exam,
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
    whole: dict[str, Any] = finite(record)
    return whole


def _public(value: Any) -> Any:
    """Return a JSON value without the credentials that a URL in it carries."""
    if isinstance(value, Mapping):
        return {key: _public(item) for key, item in value.items()}
    return without_credentials(value) if isinstance(value, str) else value


def finite(value: Any) -> Any:
    """Return a JSON value with None in the place of what JSON has no number for (NaN, infinity)."""
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def estimate(memory: Memory, decision: Decision, work: Work) -> float:
    """Return the predicted seconds of a refresh that does ``work``; 0 when there is nothing to do."""
    if decision.idle or decision.hold:
        return 0.0
    kind = TRAIN if decision.train else str(decision.index)
    return throughput(memory, kind).seconds(chunks=work.chunks_embedded, tokens=work.tokens_trained)


def _gate_row(ruling: Ruling) -> dict[str, Any]:
    signal = ruling.signal
    numbers = {"gain": signal.value, "low": signal.low, "high": signal.high, "n": signal.n} if signal else {}
    return {"verdict": str(ruling.verdict), "because": ruling.because, **numbers}


def _names(state: WorkspaceState, kind: str) -> list[Any]:
    """Return up to 50 names of one kind of change: enough to recognise it, small enough to keep."""
    return [list(name) if isinstance(name, tuple) else name for name in getattr(state.diff, kind)[:50]]
