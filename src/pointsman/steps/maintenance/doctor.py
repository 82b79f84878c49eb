"""Doctor: compare ledger, tracker, source, manifest and collection, and repair what differs.

Nothing is written without ``repair``. Nothing is deleted that cannot be made again.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial

from pointsman.core.errors import IndexDamaged, ModelMismatch
from pointsman.core.index.points import FOREVER, Point
from pointsman.core.release import Release
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Models
from pointsman.ports.progress import Progress
from pointsman.ports.tracking import Tracker
from pointsman.ports.workspace import ErasureSweep
from pointsman.steps.erasure.erase import finish_interrupted
from pointsman.steps.erasure.request import pending, unverified
from pointsman.steps.indexing.garbage_collection import Garbage, collect, garbage
from pointsman.steps.indexing.prepare import tip_release
from pointsman.steps.indexing.stage import write
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.ledger.restore import Restoration, restore
from pointsman.steps.ledger.tracker_sync import TrackerGaps, queued, sync_again, tracker_gaps
from pointsman.steps.maintenance.compare import LiveComparison, compare_live
from pointsman.steps.maintenance.findings import Findings
from pointsman.steps.maintenance.graph import measure_graph
from pointsman.steps.maintenance.inspect_points import rewrite_points
from pointsman.steps.maintenance.unnoticed import let_next_run_read, unnoticed
from pointsman.steps.resources import Intake, Records, Serving


def diagnose(
    intake: Intake,
    *,
    repair: bool,
    deep: bool = False,
    live: str | None = None,
    serving: Serving,
    records: Records,
    progress: Progress,
    erasure_sweep: ErasureSweep,
) -> Findings:
    """Return what is wrong with the live release and its ledger, tracker and collection; with ``repair``, repair it.

    ``deep`` embeds a sample of the served texts again. ``live`` names the live release if the pointer is lost.

    Raises:
        IndexDamaged, ModelMismatch: the live release cannot be read although the ledger is undamaged.
    """
    ledger = restore(repair=repair, live=live, ledger=serving.ledger, now=records.now, tracker=records.tracker)
    if repair and ledger.pointer is None:
        finish_interrupted(intake, serving=serving, records=records, erasure_sweep=erasure_sweep)
    ledger_only = partial(
        _ledger_findings, ledger, repaired=repair, ledger_port=serving.ledger, tracker=records.tracker
    )
    if ledger.pointer is not None:
        return ledger_only()
    try:
        release = live_release(serving.ledger)
        if release is None:
            return ledger_only()
        return _diagnose_release(
            intake, release, ledger, repair=repair, deep=deep, serving=serving, records=records, progress=progress
        )
    except (IndexDamaged, ModelMismatch):
        if not ledger.damaged:
            raise
        return ledger_only()  # the live release cannot be compared before the ledger is repaired


def _diagnose_release(
    intake: Intake,
    release: Release,
    ledger: Restoration,
    *,
    repair: bool,
    deep: bool,
    serving: Serving,
    records: Records,
    progress: Progress,
) -> Findings:
    name, embedder = release.index.collection, serving.models.embedder(release.embedder)
    if repair and name in serving.index.collections():
        serving.index.create(name, embedder.dimension)  # without its payload indexes it may not even be read
    found = compare_live(intake, release, deep=deep, serving=serving, progress=progress)
    if repair and (found.present or not found.unrebuildable):
        _repair(release, found, vector_index=serving.index, models=serving.models, progress=progress)
        found = compare_live(intake, release, deep=deep, serving=serving, progress=progress)
    ahead = unnoticed(intake.store, found.changed, served=found.served, memory=records.memory)
    if repair:
        let_next_run_read(ahead, memory=records.memory)
    graph = measure_graph(release, repair=repair, vector_index=serving.index, params=serving.params, progress=progress)
    left = collect(serving, clock=records.clock) if repair else garbage(serving, clock=records.clock)
    if repair:
        sync_again(records, params=serving.params)
    found_now = _findings(serving, release, found, ledger, left=left, repaired=repair, records=records)
    return replace(found_now, **asdict(graph), unnoticed=0 if repair else len(ahead))


def _ledger_findings(ledger: Restoration, *, repaired: bool, ledger_port: Ledger, tracker: Tracker) -> Findings:
    """Return the findings without a comparison of the live release."""
    return Findings(
        None,
        ledger_damaged=ledger.damaged,
        ledger_lost=ledger.lost,
        ledger_restored=ledger.restored,
        pointer=ledger.pointer,
        forgetting=len(pending(ledger_port)),
        tracker=tracker.reachable(),
        repaired=repaired,
    )


def _findings(
    serving: Serving,
    release: Release,
    found: LiveComparison,
    ledger: Restoration,
    *,
    left: Sequence[Garbage],
    repaired: bool,
    records: Records,
) -> Findings:
    why = records.tracker.reachable()
    gaps = _tracker_gaps(serving, records) if why is None else TrackerGaps(tuple(queued(records.memory)))
    stage, inspection = found.stage, found.inspection
    return Findings(
        release=release.id, documents=release.documents, points=found.points, expected=release.index.points,
        missing=len(stage.add) + len(stage.revive), foreign=len(stage.retire) + len(stage.discard),
        duplicated=inspection.duplicated, altered=len(inspection.altered), spoiled=len(inspection.spoiled),
        drifted=len(inspection.drifted), unrebuildable=found.unrebuildable, source_ahead=len(found.changed),
        unfinished=_unfinished(release, found.present, vector_index=serving.index, ledger=serving.ledger),
        unreachable=sum(g.points for g in left), garbage=tuple(g.collection for g in left if g.whole),
        ledger_damaged=ledger.damaged, ledger_lost=ledger.lost, ledger_restored=ledger.restored, pointer=ledger.pointer,
        unmirrored=len(gaps.decisions), unregistered=len(gaps.releases), unpreserved=gaps.objects,
        aliases_behind=gaps.aliases, forgetting=len(pending(serving.ledger)),
        unproved=len(unverified(serving.ledger)), tracker=why, repaired=repaired,
    )  # fmt: skip


def _tracker_gaps(serving: Serving, records: Records) -> TrackerGaps:
    return tracker_gaps(ledger=serving.ledger, params=serving.params, tracker=records.tracker)


def _repair(
    live: Release, found: LiveComparison, *, vector_index: VectorIndex, models: Models, progress: Progress
) -> None:
    """Write the live revision again where it differs. Wrong points come first, because their vectors are reused."""
    name, embedder = live.index.collection, models.embedder(live.embedder)
    rewrite_points(
        live, found.inspection.repairable(found.expected), found.expected, vector_index=vector_index, models=models
    )
    sources = [name] if found.present else []
    write(vector_index, embedder, name, found.stage, sources=sources, progress=progress)


def _unfinished(live: Release, present: Sequence[Point], *, vector_index: VectorIndex, ledger: Ledger) -> int:
    """Return the number of points that an interrupted stage added or retired after the newest release."""
    tip = tip_release(live.index.collection, vector_index=vector_index, ledger=ledger)
    newest = tip.index.revision if tip else live.index.revision
    return sum(1 for p in present if p.born > newest or newest < p.died < FOREVER)
