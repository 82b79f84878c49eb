"""Which BM25 parameters and which rank constant of the fusion are best? The defaults were chosen with it (ADR 15).

    python -m bench.quality.fusion_sweep FOLDER [--work .bench]     after: python -m bench.quality.retrieval FOLDER

Every variant writes the same chunks and vectors to a new index and asks the same questions with the product's own
search; only ``Bm25Config`` or ``RRF_K`` differs.
"""

import argparse
import json
import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
from qdrant_edge import Bm25, Bm25Config

from bench.quality.retrieval import PASSAGES, RESULTS, build, measures
from bench.quality.retrieval_tasks import Task, open_task
from pointsman.adapters.qdrant import bm25, fusion
from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.bootstrap.workspace import open_resources
from pointsman.core.corpus.chunk import Chunk
from pointsman.ports.models import Vectors

CONFIGS = ((1.2, 0.75, 256), (1.2, 0.75, 180), (1.2, 0.75, 100), (0.9, 0.4, 180), (1.2, 0.4, 256))
"""(k, b, avg_len); Qdrant's defaults first."""
RANK_CONSTANTS = (2, 10, 60)
"""``RRF_K``; Qdrant's own first."""


def main() -> None:
    """Measure and print every variant, write bench/results/fusion-TASK.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--split", default="test")
    parser.add_argument("--work", default=".bench")
    parser.add_argument("--results", default=str(RESULTS))
    asked = parser.parse_args()
    work = Path(asked.work) / asked.source.resolve().name.split(".")[0]
    task = open_task(asked.source, work, asked.split)
    with open_resources(work) as resources:
        at = build(resources, task).at
        documents = {point.document for point in resources.index.points(at.collection)}
        wanted = resources.index.chunks(at.collection, revision=at.revision, documents=documents)
        held = resources.index.vectors(at.collection, [w.digest for w in wanted])
        questions = resources.models.embedder(resources.models.base("retriever")).embed(list(task.queries.values()))
    vectors = np.stack([held[w.digest] for w in wanted])
    rows = [row for config in CONFIGS for row in _variants(task, wanted, vectors, questions, config)]
    text = json.dumps({"task": task.name, "points": len(wanted), "variants": rows}, indent=1) + "\n"
    (Path(asked.results) / f"fusion-{task.name}.json").write_text(text, encoding="utf-8")


def _variants(
    task: Task, wanted: list[Chunk], vectors: Vectors, questions: Vectors, config: tuple[float, float, float]
) -> list[dict[str, object]]:
    """Return the measures of BM25 alone and of the fusion; several rank constants only for the default parameters."""
    model = Bm25(Bm25Config(k=config[0], b=config[1], avg_len=config[2]))
    rows = []
    with tempfile.TemporaryDirectory() as folder, patch.object(bm25, "_model", lambda: model):
        index = EdgeIndex(Path(folder))
        index.create("variant", vectors.shape[1])
        index.upsert("variant", wanted, vectors, born=1)
        for constant in (None, *(RANK_CONSTANTS if config == CONFIGS[0] else RANK_CONSTANTS[:1])):
            with patch.object(fusion, "RRF_K", constant or 0):
                found = {
                    query: index.search(
                        "variant", revision=1, vector=vector if constant else None, text=text, top_k=PASSAGES
                    )
                    for (query, text), vector in zip(task.queries.items(), questions, strict=True)
                }
            rows.append({"bm25": config, "rrf_k": constant, **measures(found, task.judged)})
            print(rows[-1], flush=True)
        index.close()
    return rows


if __name__ == "__main__":
    main()
