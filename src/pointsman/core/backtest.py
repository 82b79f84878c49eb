"""The results of a backtest: work and cost of every decision in a history, beside those of simpler rules."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from pointsman.core.evaluation.signal_names import DERIVED_GAP
from pointsman.core.evaluation.statistics import Signal
from pointsman.core.policy.cost import Throughput, money
from pointsman.core.policy.decision import Track

SECONDS_PER_DAY = 86_400
HOLD = "hold"
"""The outcome of a held step, beside the tracks."""
OUTCOMES = (*(str(track) for track in Track), HOLD)
"""The outcomes of a step, in the order in which they are shown."""
QUARANTINED = "quarantined"
STANDING = ("unchanged", QUARANTINED)
"""Counts of a state, not of a change: they do not add up over steps."""
APPROVED, WAITED = "approved", "waited"
"""What happened to a held step: a person approved it at once, or nobody did."""


@dataclass(frozen=True, slots=True)
class StoppedBy:
    """A guard that stopped a step."""

    signal: str
    value: Any
    limit: Any
    because: str


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One moment of the history, as a refresh right after it would have decided."""

    commit: str
    at: int
    """Seconds since the epoch."""
    subject: str
    commits: int
    """Commits that it stands for."""
    changes: Mapping[str, int]
    """Documents of each kind of change, live to store, and those in quarantine."""
    index: str
    """The index track; of a held step that a person approved, the track that then ran."""
    train: tuple[str, ...] = ()
    held: str | None = None
    """None, or what happened to a step that a guard stopped: ``approved`` or ``waited``."""
    alarms: tuple[StoppedBy, ...] = ()
    """The guards that stopped it."""
    because: tuple[str, ...] = ()
    """The decision's reasons, a sentence each."""
    debt: tuple[str, ...] = ()
    """What the decision deferred, and until when."""
    embedded: int = 0
    """Chunks to embed: their text has no vector yet."""
    reused: int = 0
    """Chunks written with a vector that was there."""
    retired: int = 0
    """Chunks that readers no longer get."""
    touched: int = 0
    """Chunks of all documents whose bytes or names changed: what re-embedding changed files would embed."""
    served: int = 0
    """Chunks that readers get afterwards."""
    documents: int = 0
    """Documents that readers get afterwards."""
    owed: int = 0
    """Documents whose readers get something else than the store has, because a hold waits."""
    seconds: float = 0.0
    """Predicted seconds of the refresh; 0 where nothing is to be done."""
    signals: tuple[Signal, ...] = ()
    """What was measured after staging, where the backtest measures."""

    @property
    def outcome(self) -> str:
        """The track, or that it was held."""
        return HOLD if self.held else self.index

    def as_json(self) -> dict[str, Any]:
        """Return the step as a JSON value."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Rates:
    """Predicted rates of work."""

    patch: Throughput = field(default_factory=Throughput)
    update: Throughput = field(default_factory=Throughput)
    rebuild: Throughput = field(default_factory=Throughput)
    price_per_hour: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the rates as a JSON value."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Rule:
    """The cost of one way of deciding over the whole history, the first index included."""

    name: str
    runs: int
    """Times that something was done."""
    embedded: int
    """Chunks."""
    seconds: float
    """Predicted."""
    money: float

    def as_json(self) -> dict[str, Any]:
        """Return the rule as a JSON value."""
        return asdict(self) | {"seconds": round(self.seconds, 1)}


OURS, FILES, NIGHTLY = "pointsman", "changed files", "nightly rebuild"
"""The ways compared: this policy; embedding each changed file whole, at once; embedding everything, each night."""


def rules(steps: Sequence[HistoryStep], rates: Rates) -> tuple[Rule, ...]:
    """Return the cost of the policy, of re-embedding changed files, and of a nightly rebuild, at the same rates."""
    ours = [s for s in steps if s.seconds]
    files = [s for s in steps if s.touched and not _waits(s)]
    nights = list(nightly(steps))
    return (
        _rule(
            OURS, len(ours), embedded=sum(s.embedded for s in ours), seconds=sum(s.seconds for s in ours), rates=rates
        ),
        _rule(
            FILES,
            len(files),
            embedded=sum(s.touched for s in files),
            seconds=sum(_files(s, rates) for s in files),
            rates=rates,
        ),
        _rule(
            NIGHTLY,
            len(nights),
            embedded=sum(n for _, n in nights),
            seconds=sum(_night(n, rates) for _, n in nights),
            rates=rates,
        ),
    )


def nightly(steps: Sequence[HistoryStep]) -> Iterator[tuple[int, int]]:
    """Yield (midnight in seconds since the epoch, chunks served then), for each night from the first step to the last.

    The night after the last step is the last one. A night before which nothing is served rebuilds nothing.
    """
    if not steps:
        return
    nth, served = 0, 0
    for day in range(steps[0].at // SECONDS_PER_DAY, steps[-1].at // SECONDS_PER_DAY + 1):
        midnight = (day + 1) * SECONDS_PER_DAY
        while nth < len(steps) and steps[nth].at < midnight:
            served = steps[nth].served
            nth += 1
        if served:
            yield midnight, served


def cumulated(steps: Sequence[HistoryStep], rates: Rates) -> dict[str, list[tuple[int, float]]]:
    """Return rule → (seconds since the epoch, predicted seconds spent until then), for a curve of each."""
    done = [step for step in steps if not _waits(step)]
    return {
        OURS: _running((step.at, step.seconds) for step in steps),
        FILES: _running((step.at, _files(step, rates)) for step in done if step.touched),
        NIGHTLY: _running((midnight, _night(chunks, rates)) for midnight, chunks in nightly(steps)),
    }


def summary(steps: Sequence[HistoryStep], rates: Rates) -> dict[str, Any]:
    """Return the summary as a JSON value: steps by outcome, holds by guard, changes, work, cost and debt."""
    holds = [step for step in steps if step.held]
    guards = Counter(alarm.signal for step in holds for alarm in step.alarms)
    changes = Counter[str]()
    for step in steps[1:]:
        changes.update(step.changes)
    outcomes = Counter(step.outcome for step in steps)
    return {
        "steps": len(steps),
        "commits": sum(step.commits for step in steps),
        "outcomes": {name: outcomes.get(name, 0) for name in OUTCOMES},
        "holds": {"steps": len(holds), "times": _times(steps), "by_guard": dict(sorted(guards.items()))},
        "changes": {kind: n for kind, n in sorted(changes.items()) if kind not in STANDING},
        "quarantined": {
            "last": steps[-1].changes.get(QUARANTINED, 0) if steps else 0,
            "most": max((step.changes.get(QUARANTINED, 0) for step in steps), default=0),
        },
        "work": {
            "first_index": steps[0].embedded if steps else 0,
            "embedded": sum(step.embedded for step in steps[1:]),
            "reused": sum(step.reused for step in steps[1:]),
            "retired": sum(step.retired for step in steps[1:]),
            "served": steps[-1].served if steps else 0,
            "documents": steps[-1].documents if steps else 0,
        },
        "rules": [rule.as_json() for rule in rules(steps, rates)],
        "debt": _debt(steps),
        "measured": _measured(steps),
    }


def new_share(steps: Sequence[HistoryStep]) -> list[tuple[int, float]]:
    """Return (seconds since the epoch, chunks embedded since the first index over chunks served): unmeasured content.

    No model is asked here: a refresh would measure how well the new content is found before it proposes a training.
    """
    embedded, found = 0, []
    for nth, step in enumerate(steps):
        embedded = 0 if step.index == Track.REBUILD else embedded + (step.embedded if nth else 0)
        found.append((step.at, embedded / step.served if step.served else 0.0))
    return found


def differences(variants: Mapping[str, Sequence[HistoryStep]]) -> list[dict[str, Any]]:
    """Return the steps at which the variants have different outcomes, with the outcome of each."""
    found = []
    for same in zip(*variants.values(), strict=False):
        outcomes = dict(zip(variants, (step.outcome for step in same), strict=True))
        if len(set(outcomes.values())) > 1:
            found.append({"commit": same[0].commit, "at": same[0].at, "subject": same[0].subject, "outcomes": outcomes})
    return found


def _measured(steps: Sequence[HistoryStep]) -> dict[str, Any]:
    """Return how often something was measured, what would have been trained, and the widest gap of retrieval."""
    measured = [step for step in steps if step.signals]
    if not measured:
        return {}
    gaps = [(signal.value, signal.n) for step in measured for signal in step.signals if signal.name == DERIVED_GAP]
    trained = Counter(role for step in measured for role in step.train)
    widest, probes = max(gaps, default=(None, 0), key=lambda gap: gap[0] or 0.0)
    return {
        "steps": len(measured), "gaps": len(gaps), "widest_gap": widest and round(widest, 4), "of_probes": probes,
        "would_have_trained": dict(sorted(trained.items())),
    }  # fmt: skip


def _debt(steps: Sequence[HistoryStep]) -> dict[str, Any]:
    """Return which documents readers did not get, and for how long, in document-days."""
    days = 0.0
    for step, after in pairwise(steps):
        days += step.owed * (after.at - step.at) / SECONDS_PER_DAY
    shares = [share for _, share in new_share(steps)]
    return {
        "owed_documents": steps[-1].owed if steps else 0,
        "most_owed_documents": max((step.owed for step in steps), default=0),
        "owed_document_days": round(days, 2),
        "new_share": round(shares[-1], 4) if shares else 0.0,
        "deferred": list(dict.fromkeys(line for step in steps[-1:] for line in step.debt)),
    }


def _times(steps: Sequence[HistoryStep]) -> int:
    """Count how often a person would have been called: steps in a row that one hold stops are one call."""
    waited = [step.held == WAITED for step in steps]
    begun = sum(now and not before for now, before in zip(waited, [False, *waited], strict=False))
    return begun + sum(step.held == APPROVED for step in steps)


def _waits(step: HistoryStep) -> bool:
    """Tell whether a hold left a step undone."""
    return step.held == WAITED


def _running(spent: Iterable[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return when, and how much was spent until then."""
    total, found = 0.0, []
    for at, seconds in spent:
        total += seconds
        found.append((at, total))
    return found


def _files(step: HistoryStep, rates: Rates) -> float:
    return rates.update.seconds(chunks=step.touched, tokens=0)


def _night(chunks: int, rates: Rates) -> float:
    return rates.rebuild.seconds(chunks=chunks, tokens=0)


def _rule(name: str, runs: int, embedded: int, seconds: float, rates: Rates) -> Rule:
    return Rule(name, runs, embedded=embedded, seconds=seconds, money=money(seconds, rates.price_per_hour))
