"""The engine's side of a collection: payload indexes, points of other programs, and the recall of the search graph."""

from dataclasses import dataclass

from pointsman.core.release import Release
from pointsman.ports.index import VectorIndex
from pointsman.ports.progress import Progress
from pointsman.settings.params import Params
from pointsman.steps.indexing.compare import ann_recall, graph_recall

QUERIES = 64
"""Queries of the doctor's measurement: a recall near 0.95 is then known to about ±0.02."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphFindings:
    """What the doctor finds out from the engine; the fields are those of ``Findings``."""

    unindexed: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    building: bool = False
    recall: float | None = None
    recall_low: bool = False


def measure_graph(
    live: Release, *, repair: bool, vector_index: VectorIndex, params: Params, progress: Progress
) -> GraphFindings:
    """Return the findings about the collection of the live release; nothing where it is lost.

    A graph changes while the engine builds it, and with every retired point, so what the gate measured is measured
    again here. With ``repair``, this waits until the graph is finished, and builds one finer that finds too little.
    """
    if live.index.collection not in vector_index.collections():
        return GraphFindings()
    condition = vector_index.condition(live.index.collection)
    if condition.building and not repair:
        return GraphFindings(unindexed=condition.unindexed, strangers=condition.strangers, building=True)
    measure = ann_recall if repair else graph_recall
    found = measure(live.index, vector_index=vector_index, params=params, progress=progress, queries=QUERIES)
    recall = None if found is None else found.value
    return GraphFindings(
        unindexed=condition.unindexed,
        strangers=condition.strangers,
        recall=recall,
        recall_low=recall is not None and recall < params.gate.min_ann_recall,
    )
