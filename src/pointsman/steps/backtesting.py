"""Replay: what a refresh right after each moment of a history would have decided, on a desk where nothing is kept.

The same survey, guards, policy and plan run as in a refresh; what needs a model (measuring, training) does not.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pointsman.core.backtest import APPROVED, WAITED, Alarmed, Rates, Step
from pointsman.core.guard import alarms
from pointsman.core.policy import Decision, Track
from pointsman.steps.acting import Acted
from pointsman.steps.assessing import Assessment
from pointsman.steps.desk import Desk
from pointsman.steps.migrating import target_of
from pointsman.steps.pacing import throughput
from pointsman.steps.preparing import Prepared, prepare
from pointsman.steps.promoting import compose, promote
from pointsman.steps.refreshing import taken
from pointsman.steps.releases import DECISION
from pointsman.steps.reporting import Work, estimate
from pointsman.steps.situation import Situation, surveyed
from pointsman.steps.staging import Staged

NO_VECTORS = np.empty((0, 0), np.float32)
"""What is written in the place of vectors, on a desk whose index keeps none."""

BY = "backtest"
"""Who approves a held step."""


@dataclass(frozen=True, slots=True)
class At:
    """The moment that the store stands at."""

    commit: str
    at: int
    """Seconds since the epoch."""
    subject: str = ""
    commits: int = 1


Settle = Callable[[str, str, str], None]
"""Lets go of everything but the live release, its manifest and its decision."""


def rehearse(desk: Desk, moment: At, settle: Settle, *, approve: bool) -> Step:
    """Return what a refresh at this moment decides and does, and leave the desk as that refresh would.

    ``approve`` has a person approve every hold at once, as ``refresh --yes`` does; else it waits until the store no
    longer shows what is held.
    """
    situation = surveyed(desk)
    asked = situation.decide()
    if asked.hold and approve:
        situation = taken(desk, situation, by=BY)
    decision = situation.decide()
    prepared = _done(desk, situation, decision, settle)
    work = _work(prepared)
    return Step(
        commit=moment.commit, at=moment.at, subject=moment.subject, commits=moment.commits,
        changes={**situation.diff.counts, "quarantined": len({r.item for r in situation.observation.refused})},
        index=str(decision.index), train=decision.train,
        held=None if not asked.hold else WAITED if decision.hold else APPROVED,
        alarms=_alarms(situation) if asked.hold else (),
        because=tuple(reason.because for reason in decision.reasons), debt=decision.debt,
        embedded=work.chunks_embedded, reused=work.chunks_reused, retired=work.points_retired,
        touched=_touched(desk, situation, prepared), served=_served(desk, situation, prepared),
        documents=len(situation.live_manifest if decision.hold else situation.manifest),
        owed=len(situation.diff.altered) if decision.hold else 0,
        seconds=round(estimate(desk, decision, work), 3),
    )  # fmt: skip


def rates(desk: Desk) -> Rates:
    """Return what work is predicted to take on this machine: by past runs of the workspace, else by first guesses."""
    each = {str(track): throughput(desk, str(track)) for track in (Track.PATCH, Track.UPDATE, Track.REBUILD)}
    return Rates(**each, price_per_hour=desk.params.budget.price_per_hour)


def _done(desk: Desk, situation: Situation, decision: Decision, settle: Settle) -> Prepared | None:
    """Plan and carry out a decision, without vectors; return the plan, or None where there is nothing to stage."""
    if decision.hold:
        return None
    prepared = None if decision.index is Track.KEEP else prepare(desk, target_of(situation))
    if prepared is not None:
        _write(desk, prepared)
        desk.quarantine.replace("chunks", prepared.refused)
    acted = Acted(decision, Assessment(), None if prepared is None else _staged(prepared))
    release = compose(desk, situation, acted)
    if release is not None:
        desk.ledger.put(DECISION, decision.id, {"carried": sorted(situation.carried)})
        promote(desk, situation, release)
        settle(release.id, release.corpus, decision.id)
    return prepared


def _write(desk: Desk, prepared: Prepared) -> None:
    """Bring the collection to the revision: points without vectors."""
    index, stage = desk.index, prepared.stage
    embedder = desk.models.embedder(prepared.embedder)
    index.create(prepared.collection, embedder.dimension)
    for other in index.collections():
        if other != prepared.collection:
            index.drop(other)
    index.upsert(prepared.collection, stage.add, NO_VECTORS, born=stage.revision)
    index.retire(prepared.collection, stage.retire, at=stage.revision)
    index.delete(prepared.collection, stage.discard)


def _staged(prepared: Prepared) -> Staged:
    return Staged(prepared, prepared.to_embed, len(prepared.stage.add), len(prepared.stage.retire))


def _work(prepared: Prepared | None) -> Work:
    """Return the work of a plan, counted as ``plan`` counts it."""
    if prepared is None:
        return Work()
    added = len(prepared.stage.add)
    return Work(prepared.to_embed, added - prepared.to_embed, added, len(prepared.stage.retire))


def _alarms(situation: Situation) -> tuple[Alarmed, ...]:
    found = alarms(situation.evidence, situation.limits)
    return tuple(Alarmed(a.signal, a.value, a.limit, a.because) for a in found)


def _touched(desk: Desk, situation: Situation, prepared: Prepared | None) -> int:
    """Count the chunks of the documents whose bytes or names are others: without digests, each is embedded whole."""
    if prepared is None:
        return 0
    diff = situation.diff
    names = {*diff.added, *diff.edited, *diff.cosmetic, *diff.metadata, *(new for _, new in diff.renamed)}
    return sum(1 for _ in desk.index.held(prepared.collection, documents=names)) if names else 0


def _served(desk: Desk, situation: Situation, prepared: Prepared | None) -> int:
    if prepared is not None:
        return desk.index.count(prepared.collection, revision=prepared.revision)
    return situation.live.index.points if situation.live else 0
