"""Build a new collection beside the live one, and catch up with a store that changes meanwhile."""

from dataclasses import dataclass, replace

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.errors import StoreMoved
from pointsman.core.release import Model
from pointsman.ports.progress import Progress
from pointsman.steps.indexing.prepare import Prepared, Target, prepare
from pointsman.steps.indexing.stage import Staged, stage
from pointsman.steps.ledger.releases import check_pointer
from pointsman.steps.observe.narrow_access import narrow_access
from pointsman.steps.observe.state import WorkspaceState, observe_state
from pointsman.steps.resources import Intake, Records, Serving


@dataclass(frozen=True)
class RebuiltIndex:
    """A rebuilt revision that no reader sees yet, and the workspace state that it serves."""

    state: WorkspaceState
    staged: Staged


def target_of(state: WorkspaceState, embedder: Model | None = None) -> Target:
    """Return what a stage must serve for this workspace state; ``embedder`` replaces the state's."""
    return Target(
        state.manifest, state.carried, embedder=embedder or state.embedder, live=state.live, pointer=state.pointer
    )


def prepare_again(
    intake: Intake, state: WorkspaceState, base: WorkspaceState | None = None, *, serving: Serving, progress: Progress
) -> tuple[WorkspaceState, Prepared]:
    """Prepare a stage, and leave documents that changed between listing and reading to the next refresh.

    Such a document stays as it was in ``base`` (what the new collection contains already), else as it is live; else it
    is left out. Return (the state without these changes, what to stage).
    """
    while True:
        try:
            return state, prepare(
                intake, target_of(state), since=base.manifest if base else None, serving=serving, progress=progress
            )
        except StoreMoved as error:
            if not error.documents:
                raise
            progress("documents left to the next refresh", len(error.documents), len(error.documents))
            state = _without(state, frozenset(error.documents), base)


def _without(state: WorkspaceState, moved: frozenset[str], base: WorkspaceState | None) -> WorkspaceState:
    """Return the state as if the ``moved`` documents had not changed since ``base``, or since the live release."""
    entries, carried = dict(state.manifest.entries), set(state.carried) - moved
    served = state.evidence.configuration.collection_lost is None
    for document in moved:
        del entries[document]
        if base is not None and document in base.manifest.entries:
            entries[document] = base.manifest.entries[document]
            carried |= {document} & base.carried
        elif served and document in state.live_manifest.entries:
            entries[document] = state.live_manifest.entries[document]
            carried.add(document)
    manifest = Manifest(entries)
    diff = Diff.between(state.live_manifest, manifest)
    corpus = replace(state.evidence.corpus, changes=diff.counts, documents=len(manifest), manifest=manifest.id)
    return replace(
        state,
        manifest=manifest,
        carried=frozenset(carried),
        diff=diff,
        evidence=replace(state.evidence, corpus=corpus),
        moved=state.moved | moved,
    )


def catch_up(
    intake: Intake, rebuilt: RebuiltIndex, *, serving: Serving, records: Records, progress: Progress
) -> RebuiltIndex:
    """List the store again and stage what changed, until nothing changed or ``gate.catch_up_rounds`` rounds are over.

    So this ends however fast the store changes: the last listing that was staged goes live, and the rest follows as an
    ordinary update. Readers stay on the old collection meanwhile.

    Raises:
        LedgerConflict: the live pointer was moved by another run; nothing that a reader sees was changed.
    """
    rounds = serving.params.gate.catch_up_rounds
    for number in range(1, rounds + 1):
        try:
            later = observe_state(intake, serving=serving, records=records, progress=progress)
        except StoreMoved:
            continue  # a document disappeared while it was read; the next round lists the store without it
        narrow_access(later, params=serving.params, records=records)
        check_pointer(serving.ledger, rebuilt.state.pointer)
        if later.decision.hold or _same(later, rebuilt.state):
            break
        progress("catch-up rounds", number, rounds)
        rebuilt = _advanced(intake, rebuilt, later, serving=serving, progress=progress)
    return rebuilt


def _same(later: WorkspaceState, now: WorkspaceState) -> bool:
    """Return whether documents and examples are the same, and no document was left out."""
    same_examples = later.supervision.set_id == now.supervision.set_id
    return same_examples and not now.moved and later.manifest.id == now.manifest.id


def _advanced(
    intake: Intake, rebuilt: RebuiltIndex, later: WorkspaceState, *, serving: Serving, progress: Progress
) -> RebuiltIndex:
    """Stage the difference between what the new collection contains and a later listing."""
    state, prepared = prepare_again(intake, later, rebuilt.state, serving=serving, progress=progress)
    done = stage(serving, target_of(state), prepared, progress=progress, quarantine=intake.quarantine)
    before, names = rebuilt.staged, prepared.names or frozenset()
    fresh = (w for w in before.prepared.new if w.document not in names)
    whole = Staged(
        replace(prepared, new=(*fresh, *prepared.new)),
        embedded=before.embedded + done.embedded,
        added=before.added + done.added,
        retired=before.retired + done.retired,
    )
    return RebuiltIndex(state, whole)
