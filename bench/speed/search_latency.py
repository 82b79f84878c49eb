"""What does a search cost? In an index of N chunks without embedding the question, and as a whole new process.

    python -m bench.speed.search_latency [--chunks 100000] [--questions 200] [--data FOLDER] [--workspace FOLDER]

The chunks are windows of 60 words from SciFact's abstracts and the questions are its claims, so word frequencies are
those of real text. The vectors are random unit vectors. One chunk in ten is retired, so the revision filter has work.
All points are written through the product's own index and optimized. Baseline: numpy's exact product over the same
vectors, dense only. With ``--workspace``, a folder with a live release, ``pointsman search`` also runs there in new
processes.
"""

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.core.corpus.chunk import Chunk
from pointsman.core.hashing import digest

NAME, DIMENSION, TOP_K, BATCH, WORDS = "bench", 384, 5, 2000, 60
COLD_RUNS = 5


def unit(random: np.random.Generator, rows: int) -> NDArray[np.float32]:
    """Return random unit vectors, shape (rows, DIMENSION)."""
    drawn = random.standard_normal((rows, DIMENSION)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def windows(random: np.random.Generator, data: Path, chunks: int) -> list[str]:
    """Return windows of ``WORDS`` words at random places of a BEIR corpus."""
    with gzip.open(data / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        words = [word for line in lines for word in json.loads(line)["text"].split()]
    return [" ".join(words[start : start + WORDS]) for start in random.integers(0, len(words) - WORDS, chunks)]


def claims(data: Path, questions: int) -> list[str]:
    """Return the first ``questions`` queries of a BEIR folder."""
    lines = (data / "queries.jsonl").read_text(encoding="utf-8").splitlines()[:questions]
    return [str(json.loads(line)["text"]) for line in lines]


def filled(index: EdgeIndex, texts: Sequence[str], random: np.random.Generator) -> NDArray[np.float32]:
    """Write one point for each text, retire a tenth at revision 2, optimize; return the vectors."""
    vectors = unit(random, len(texts))
    index.create(NAME, DIMENSION)
    ids: list[str] = []
    for start in range(0, len(texts), BATCH):
        part = vectors[start : start + BATCH]
        wanted = [wanted_of(start + i, texts[start + i]) for i in range(len(part))]
        index.upsert(NAME, wanted, part, born=1)
        ids += [w.point_id(1) for w in wanted]
    index.retire(NAME, ids[::10], at=2)
    index.optimize(NAME)
    return vectors


def wanted_of(number: int, content: str) -> Chunk:
    """Return a chunk of its own document."""
    name = f"{number:07}.md"
    return Chunk(digest(name), name, digest(f"{number} {content}"), content, content)


def measured(data: Path, chunks: int, questions: int) -> dict[str, list[float]]:
    """Return kind → milliseconds of every search."""
    random = np.random.default_rng(17)
    with tempfile.TemporaryDirectory() as place:
        index = EdgeIndex(Path(place))
        vectors = filled(index, windows(random, data, chunks), random)
        asked = list(zip(claims(data, questions), unit(random, questions), strict=True))
        kinds: dict[str, Any] = {
            "numpy, exact, dense": lambda _, v: np.argpartition(vectors @ v, -TOP_K)[-TOP_K:],
            "dense": lambda _, v: index.search(NAME, revision=2, vector=v, text=None, top_k=TOP_K),
            "dense and BM25": lambda t, v: index.search(NAME, revision=2, vector=v, text=t, top_k=TOP_K),
        }
        found: dict[str, list[float]] = {}
        for kind, search in kinds.items():
            search(*asked[0])
            took = []
            for question in asked:
                started = time.perf_counter()
                search(*question)
                took.append((time.perf_counter() - started) * 1000)
            found[kind] = took
        index.close()
    return found


def cold(workspace: Path) -> dict[str, float]:
    """Return the lowest wall and process seconds of ``pointsman search`` in a new process."""
    command = [sys.executable, "-m", "pointsman.cli", "search", "What should I do about an error?", "--json"]
    runs = []
    for _ in range(COLD_RUNS):
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, cwd=workspace, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        runs.append((time.perf_counter() - started, used))
    return {"wall_seconds": round(min(w for w, _ in runs), 3), "process_seconds": round(min(p for _, p in runs), 3)}


def main() -> None:
    """Measure, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/scifact"), help="SciFact in BEIR layout")
    parser.add_argument("--workspace", type=Path, help="with a live release")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "search_latency.json")
    given = parser.parse_args()
    table = Table("search", "p50 ms", "p95 ms", title=f"{given.chunks} chunks, without the question's embedding")
    report: dict[str, Any] = {"chunks": given.chunks}
    for kind, took in measured(given.data, given.chunks, given.questions).items():
        p50, p95 = (round(float(q), 3) for q in np.percentile(took, [50, 95]))
        report[kind] = {"p50_ms": p50, "p95_ms": p95}
        table.add_row(kind, str(p50), str(p95))
    Console().print(table)
    if given.workspace:
        report["cold process"] = cold(given.workspace)
        Console().print(f"pointsman search in a new process: {report['cold process']}")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
