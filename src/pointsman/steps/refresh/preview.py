"""Preview: the work and cost of the next refresh. Nothing is embedded, staged or trained."""

from collections.abc import Sequence
from dataclasses import replace

from pointsman.core.edits.classify import Edit
from pointsman.core.policy.decision import GENERATOR, Track
from pointsman.ports.progress import Progress
from pointsman.steps.evaluation.edits import edits_of
from pointsman.steps.history.throughput import training_tokens
from pointsman.steps.indexing.forecast import forecast
from pointsman.steps.indexing.rebuild import prepare_again
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.refresh.report import Outcome, Work, estimate
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.supervision.experience_replay import examples_used


def preview(
    intake: Intake, state: WorkspaceState, *, serving: Serving, records: Records, progress: Progress
) -> Outcome:
    """Return the outcome that a refresh is expected to have, with its work and predicted seconds."""
    started = records.clock()
    decision = state.decision
    work, migration = Work(), None
    edits: Sequence[Edit] = ()
    if decision.index is not Track.KEEP and not decision.hold:
        state, prepared = prepare_again(intake, state, serving=serving, progress=progress)
        work = Work(
            chunks_embedded=prepared.to_embed,
            chunks_reused=len(prepared.stage.add) - prepared.to_embed,
            points_added=len(prepared.stage.add),
            points_retired=len(prepared.stage.retire),
        )
        edits = edits_of(serving.index, state.live, prepared.edited, serving.models.embedder(state.embedder))
        migration = forecast(serving, state, prepared, clock=records.clock) if decision.index is Track.REBUILD else None
    if GENERATOR in decision.train:
        used = examples_used(
            state.live, state.supervision, ledger=serving.ledger, base=state.generator.base, params=serving.params
        )
        work = replace(work, tokens_trained=training_tokens(serving.params, used))
    seconds = estimate(records.memory, decision, work)
    took = records.clock() - started
    return Outcome(
        state,
        decision,
        work=work,
        estimate_seconds=seconds,
        seconds=took,
        release=state.live,
        migration=migration,
        edits=edits,
    )
