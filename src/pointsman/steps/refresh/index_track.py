"""The index track of a refresh: stage a revision that no reader sees yet, and rule on it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.gates.ruling import Ruling, Verdict
from pointsman.core.policy.decision import Track
from pointsman.core.release import Index
from pointsman.ports.builds import Builder
from pointsman.ports.progress import Progress
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.history.throughput import build_rate
from pointsman.steps.indexing.compare import compare_staged
from pointsman.steps.indexing.prepare import tip_release
from pointsman.steps.indexing.rebuild import RebuiltIndex, catch_up, prepare_again, target_of
from pointsman.steps.indexing.stage import Staged, stage
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.runner import Runner
from pointsman.steps.training.builds import build_ahead
from pointsman.steps.training.results import INDEX, MIGRATION


@dataclass(frozen=True)
class IndexWork:
    """The result of staging."""

    state: WorkspaceState
    """The state that is staged. After a rebuild it is that of the last listing."""
    staged: Staged | None = None
    """The staged revision; None if the index is kept."""
    embedded: int = 0
    """Number of texts that were embedded."""
    rate: float | None = None
    """Texts per second of a rebuild; None if it embedded too few to measure."""


def stage_index(
    intake: Intake,
    state: WorkspaceState,
    do: Runner,
    *,
    serving: Serving,
    records: Records,
    builder: Builder,
    progress: Progress,
) -> IndexWork:
    """Stage what the decision before measuring asks for; what changed since it was listed waits for the next refresh.

    Raises:
        ListingFailed: the store went away.
    """
    track = state.decision.index
    if track is Track.KEEP:
        return IndexWork(state)
    if track is Track.REBUILD:
        return _rebuild(intake, state, do, serving=serving, records=records, builder=builder, progress=progress)
    state, prepared = do("prepare", prepare_again, intake, state, serving=serving, progress=progress)
    if state.decision.index is Track.KEEP:  # everything that changed has changed again: the next refresh takes it
        return IndexWork(state)
    staged = do(
        "stage", stage, serving, target_of(state), prepared=prepared, progress=progress, quarantine=intake.quarantine
    )
    return IndexWork(state, staged, embedded=staged.embedded)


def rule_index(
    work: IndexWork, assessment: Assessment, do: Runner, *, track: Track, serving: Serving, progress: Progress
) -> tuple[Assessment, Mapping[str, Ruling]]:
    """Return (assessment, rulings by gate) on the staged revision, or on the live one if only the reranker changed.

    ``track`` is the index track that was planned. After a rebuild the new collection is compared with the live one, and
    the signals of the comparison are added to the assessment.
    """
    state, staged = work.state, work.staged
    gates: dict[str, Ruling] = {}
    judged = staged.index if staged else state.live.index if state.live else None
    if judged is not None and (staged is not None or state.evidence.configuration.reranker_changed):
        points = serving.index.count(judged.collection, revision=judged.revision)
        has_live = state.live is not None and state.evidence.configuration.collection_lost is None
        gates[INDEX] = assessment.rule_index(serving.params, points, judged.points, has_live=has_live)
    if staged is not None and track is Track.REBUILD and gates[INDEX].verdict is not Verdict.REFUSE:
        compared = do("compare", compare_staged, serving, state, staged=staged, progress=progress)
        assessment = replace(assessment, signals=(*assessment.signals, *compared.signals))
        gates[MIGRATION] = compared.rule(serving.params, len(assessment.staged_hits))
    return assessment, gates


def _rebuild(
    intake: Intake,
    state: WorkspaceState,
    do: Runner,
    *,
    serving: Serving,
    records: Records,
    builder: Builder,
    progress: Progress,
) -> IndexWork:
    """Build a collection beside the live one, and catch up with the store.

    Nothing is built if a release already has that collection: it is brought up to date.
    """
    embedded, rate = 0, None
    chunking = chunking_fingerprint(serving.params.chunking.max_tokens)
    name = Index.name(state.embedder.fingerprint, chunking)
    known = tip_release(name, vector_index=serving.index, ledger=serving.ledger)
    if state.embedder.adapter is None and known is None:
        built = do("build index", build_ahead, state.observation.listing, builder=builder, vector_index=serving.index)
        embedded, rate = int(built["embedded"]), build_rate(built)
    state, prepared = do("prepare", prepare_again, intake, state, serving=serving, progress=progress)
    staged = do(
        "stage", stage, serving, target_of(state), prepared=prepared, progress=progress, quarantine=intake.quarantine
    )
    migrated = do(
        "catch up", catch_up, intake, RebuiltIndex(state, staged), serving=serving, records=records, progress=progress
    )
    return IndexWork(migrated.state, migrated.staged, embedded=embedded + migrated.staged.embedded, rate=rate)
