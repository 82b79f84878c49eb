"""What a refresh would do and cost; nothing is embedded, staged or trained."""

from collections.abc import Sequence
from dataclasses import replace

from pointsman.core.edits.classify import Edit
from pointsman.core.policy.decision import GENERATOR, Track
from pointsman.steps.evaluation.edits import edits_of
from pointsman.steps.history.throughput import training_tokens
from pointsman.steps.indexing.forecast import forecast
from pointsman.steps.indexing.prepare import prepare
from pointsman.steps.indexing.rebuild import target_of
from pointsman.steps.observe.state import Situation
from pointsman.steps.refresh.report import Outcome, Work, estimate
from pointsman.steps.resources import Desk
from pointsman.steps.supervision.experience_replay import examples_used


def preview(desk: Desk, situation: Situation) -> Outcome:
    """Return what a refresh would do and cost: chunks are counted, nothing is embedded, staged or trained."""
    started = desk.clock()
    decision = situation.decide()
    work, migration = Work(), None
    edits: Sequence[Edit] = ()
    if decision.index is not Track.KEEP and not decision.hold:
        prepared = prepare(desk, target_of(situation))
        work = Work(
            chunks_embedded=prepared.to_embed,
            chunks_reused=len(prepared.stage.add) - prepared.to_embed,
            points_added=len(prepared.stage.add),
            points_retired=len(prepared.stage.retire),
        )
        edits = edits_of(desk, situation.live, prepared.edited, desk.models.embedder(situation.embedder))
        migration = forecast(desk, situation, prepared) if decision.index is Track.REBUILD else None
    if GENERATOR in decision.train:
        used = examples_used(desk, situation.live, situation.supervision)
        work = replace(work, tokens_trained=training_tokens(desk, used))
    seconds = estimate(desk, decision, work)
    took = desk.clock() - started
    return Outcome(situation, decision, work, seconds, took, release=situation.live, migration=migration, edits=edits)
