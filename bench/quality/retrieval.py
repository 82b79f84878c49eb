"""Retrieval quality on a BEIR folder, a SQuAD file or a workspace's probes, through the product's own index path.

    python -m bench.quality.retrieval FOLDER [--arms dense,bm25,hybrid,rerank] [--split test] [--max-tokens N]

The corpus becomes a document store (one Markdown file per document, with its title as heading) in a workspace below
``--work``. The product's steps list, validate, chunk, embed and stage it; its own ``retrieve`` answers the queries. The
rank of a document is the rank of its best chunk. Embeddings are cached in the work folder, so a second run takes
seconds.
"""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ir_measures
import yaml
from ir_measures import RR, R, nDCG
from rich.console import Console
from rich.table import Table

from bench.quality.retrieval_tasks import Task, open_task
from pointsman.bootstrap.workspace import open_resources
from pointsman.cli.progress import Bars
from pointsman.core.errors import UsageError
from pointsman.core.index.hits import Hit
from pointsman.core.release import Index
from pointsman.steps.indexing.prepare import prepare
from pointsman.steps.indexing.rebuild import target_of
from pointsman.steps.indexing.stage import stage
from pointsman.steps.observe.state import observe_state
from pointsman.steps.resources import Resources
from pointsman.steps.serving.retrieve import rerank_of, retrieve

UNCUT = 8192
"""Tokens of a chunk; no document is longer, so only the embedder truncates, as in the published numbers."""
MEASURES = (nDCG @ 10, R @ 10, R @ 100, RR @ 10)
PASSAGES = 100
"""Number of ranked documents for each query."""
CHUNKS = 4
"""Chunks fetched for each ranked document, if documents have several chunks."""
ARMS = ("dense", "bm25", "hybrid", "rerank")
RESULTS = Path(__file__).parents[1] / "results"


@dataclass(frozen=True)
class Bench:
    """An index that the product built, and its task."""

    resources: Resources
    task: Task
    at: Index
    seconds: float
    """Seconds to list, chunk, embed and stage."""
    embedded: int
    refused: int
    """Number of documents in quarantine."""


def main() -> None:
    """Build the index, ask the queries, print the table, write bench/results/retrieval-TASK.json."""
    asked = _arguments()
    arms = _arms(asked.arms)
    work = Path(asked.work) / asked.source.resolve().name.split(".")[0]
    task = open_task(asked.source, work, asked.split).drawn(asked.queries)
    _write_params(work, task, asked)
    with open_resources(work, Bars()) as resources:
        bench = build(resources, task)
        rows = {arm: measures(_answers(bench, arm), task.judged) for arm in arms}
    result = {
        "task": task.name,
        "queries": len(task.queries),
        "documents": len(list(task.store.rglob("*.*"))),
        "refused": bench.refused,
        "points": bench.at.points,
        "embedder": asked.model,
        "max_tokens": asked.max_tokens,
        "reranker": f"{asked.reranker} over {asked.candidates}" if "rerank" in rows else None,
        "arms": rows,
    }
    _show(result)
    print(f"built in {bench.seconds:.1f} s, {bench.embedded} texts embedded")
    Path(asked.results).mkdir(exist_ok=True)
    cut = "" if asked.max_tokens == UNCUT else f"-{asked.max_tokens}"
    cut += f"-{asked.queries}-queries" if asked.queries else ""
    text = json.dumps(result, indent=1) + "\n"
    (Path(asked.results) / f"retrieval-{task.name}{cut}.json").write_text(text, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--arms", default="dense,bm25,hybrid")
    parser.add_argument("--split", default="test")
    parser.add_argument("--max-tokens", type=int, default=UNCUT)
    parser.add_argument("--model", default="bundled:all-MiniLM-L6-v2")
    parser.add_argument("--reranker", default="bundled:ms-marco-minilm")
    parser.add_argument("--candidates", type=int, default=50)
    parser.add_argument("--queries", type=int, help="ask only this many, chosen by a hash of their ids")
    parser.add_argument("--work", default=".bench")
    parser.add_argument("--results", default=str(RESULTS))
    return parser.parse_args()


def _arms(asked: str) -> list[str]:
    """Return the arms of a comma-separated list.

    Raises:
        UsageError: one of them is unknown.
    """
    arms = asked.split(",")
    if unknown := set(arms) - set(ARMS):
        raise UsageError(f"there is no arm {', '.join(sorted(unknown))}; there are {', '.join(ARMS)}")
    return arms


def _write_params(work: Path, task: Task, asked: argparse.Namespace) -> None:
    params = {
        "store": {"url": str(task.store.resolve()), "include": list(task.include)},
        "examples": {"path": "examples"},
        "probes": {"path": "probes"},
        "chunking": {"max_tokens": asked.max_tokens},
        "retriever": {"model": asked.model, "rerank": {"model": asked.reranker, "candidates": asked.candidates}},
        "generator": {"model": "bundled:SmolLM2-135M-Instruct"},
    }
    work.mkdir(parents=True, exist_ok=True)
    (work / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")


def build(resources: Resources, task: Task) -> Bench:
    """Stage the documents of a task; stored and cached vectors are reused."""
    started = time.monotonic()
    state = observe_state(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )
    target = target_of(state)
    staged = stage(
        resources.serving,
        target,
        prepare(resources.intake, target, serving=resources.serving, progress=resources.progress),
        progress=resources.progress,
        quarantine=resources.quarantine,
    )
    refused = len({r.item for r in state.observation.refused})
    return Bench(resources, task, staged.index, time.monotonic() - started, staged.embedded, refused)


def _answers(bench: Bench, arm: str) -> dict[str, list[Hit]]:
    resources, at, queries = bench.resources, bench.at, bench.task.queries
    embedder = resources.models.embedder(resources.models.base("retriever"))
    embedder.embed(list(queries.values()))
    top_k = PASSAGES if at.points <= len(list(bench.task.store.rglob("*.*"))) else CHUNKS * PASSAGES
    texts = list(queries.values())
    if arm == "bm25":
        return {
            query: resources.index.search(at.collection, revision=at.revision, vector=None, text=text, top_k=top_k)
            for query, text in queries.items()
        }
    rerank = rerank_of(resources.models, resources.models.reranking()) if arm == "rerank" else None
    hits = retrieve(resources.index, embedder, at, texts, top_k, dense_only=arm == "dense", rerank=rerank)
    return dict(zip(queries, hits, strict=True))


def measures(found: Mapping[str, Sequence[Hit]], judged: Mapping[str, Mapping[str, int]]) -> dict[str, float]:
    """Return the mean of every measure over the queries, and the mean score of the best hit.

    The rank of a document is the rank of its best chunk.
    """
    run = {}
    for query, hits in found.items():
        documents = list(dict.fromkeys(hit.document for hit in hits))[:PASSAGES]
        run[query] = {document: float(-rank) for rank, document in enumerate(documents)}
    values = ir_measures.calc_aggregate(MEASURES, judged, run)
    best = [hits[0].score for hits in found.values() if hits]
    top_score = {"top_score": round(sum(best) / len(best), 5)} if best else {}
    return {str(measure): round(float(values[measure]), 5) for measure in MEASURES} | top_score


def _show(result: Mapping[str, Any]) -> None:
    columns = list(map(str, MEASURES))
    table = Table("arm", *columns, title=f"{result['task']}: {result['queries']} queries, {result['points']} points")
    for arm, row in result["arms"].items():
        table.add_row(arm, *(f"{row[c]:.4f}" for c in columns))
    Console().print(table)


if __name__ == "__main__":
    main()
