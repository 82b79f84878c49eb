"""A cold build compared with plain ``SentenceTransformer.encode`` and upsert: chunks per second and nDCG@10.

    python -m bench.speed.cold_build [--data FOLDER] [--documents N] [--out bench/results/cold_build.json]

Both arms embed the same texts (SciFact: title and abstract) and write them to the same engine, qdrant-edge. The
baseline is the simple code: ``encode`` in fp32 with batches of 32, then upserts of 256. The other arm is the product's
own ``write``. Each arm runs in its own process and is timed after loading the model. nDCG@10 is measured for dense
search alone, to compare the vectors, and for what the product serves: dense and BM25 fused.
"""

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from pointsman.adapters.models.fingerprint import fingerprint
from pointsman.adapters.models.resolve import resolve
from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.core.corpus.chunk import Chunk
from pointsman.core.hashing import digest
from pointsman.core.index.reconcile import converge
from pointsman.settings.environment import Endpoints, models_folder

MODEL = "bundled:all-MiniLM-L6-v2"
NAME, REVISION, BATCH, TOP_K = "bench", 1, 256, 10
ARMS = ("plain", "pointsman")

Arm = tuple[Callable[[], None], Callable[[list[str]], Any]]
"""A function that builds the index, and one that embeds texts."""


def corpus(data: Path, documents: int | None) -> tuple[list[Chunk], dict[str, str], dict[str, dict[str, int]]]:
    """Return (chunks, queries, judgements); a subset has the judged documents first."""
    with gzip.open(data / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    judged: dict[str, dict[str, int]] = {}
    for line in (data / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        judged.setdefault(query, {})[document] = int(grade)
    needed = {document for grades in judged.values() for document in grades}
    rows.sort(key=lambda row: (str(row["_id"]) not in needed, str(row["_id"])))
    queries = [json.loads(line) for line in (data / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = {str(q["_id"]): q["text"] for q in queries if str(q["_id"]) in judged}
    return [chunk(str(row["_id"]), f"{row['title']} {row['text']}") for row in rows[:documents]], texts, judged


def chunk(document: str, text: str) -> Chunk:
    """Return a document as one chunk."""
    return Chunk(digest(document), document, digest(text), text, text, (), {}, digest(""))


def plain(wanted: Sequence[Chunk], folder: Path, index: EdgeIndex) -> Arm:
    """Return the baseline: build and embed with sentence-transformers."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)

    def embed(texts: list[str]) -> Any:
        return model.encode(texts, normalize_embeddings=True, show_progress_bar=False)

    def build() -> None:
        vectors = embed([w.embed_text for w in wanted])
        index.create(NAME, vectors.shape[1])
        for start in range(0, len(wanted), BATCH):
            index.upsert(NAME, wanted[start : start + BATCH], vectors[start : start + BATCH], born=REVISION)

    return build, embed


def pointsman(wanted: Sequence[Chunk], folder: Path, index: EdgeIndex) -> Arm:
    """Return the product's own build, with an empty vector cache, and its embed."""
    from pointsman.adapters.models.embedders.embedding_cache import CachedEmbedder
    from pointsman.adapters.models.embedders.openvino_embedder import OpenvinoEmbedder
    from pointsman.steps.indexing.stage import write

    models, engine = models_folder(Endpoints()), Endpoints().pointsman_engine
    id_ = fingerprint(folder, cache=models / "digests.json")
    real = OpenvinoEmbedder(folder, fingerprint=id_, place=models / "openvino" / id_, engine=engine)
    print(f"engine: {real.engine}", file=sys.stderr)

    def build() -> None:
        with tempfile.TemporaryDirectory() as scratch:
            embedder = CachedEmbedder(real, Path(scratch) / "embeddings.sqlite")
            stage = converge([], wanted, REVISION)
            embedded = write(index, embedder, NAME, stage, sources=[NAME], progress=lambda *_: None)
        if embedded != len({w.digest for w in wanted}):
            raise SystemExit(f"{embedded} texts were embedded of {len(wanted)}: this is not a cold build")

    return build, real.embed


def run_arm(arm: str, data: Path, documents: int | None) -> dict[str, Any]:
    """Build and search; return seconds, memory and nDCG@10."""
    wanted, queries, judged = corpus(data, documents)
    folder = resolve(MODEL, workspace=Path(), models=models_folder(Endpoints()))
    with tempfile.TemporaryDirectory() as place:
        index = EdgeIndex(Path(place) / "index")
        build, embed = (plain if arm == "plain" else pointsman)(wanted, folder, index)
        embed(["to warm", "up"])
        started, used = time.perf_counter(), time.process_time()
        build()
        seconds, used = time.perf_counter() - started, time.process_time() - used
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        vectors = dict(zip(queries, embed(list(queries.values())), strict=True))
        scores = {
            f"ndcg_{kind}": searched(index, queries, vectors, judged, fused=kind == "fused")
            for kind in ("dense", "fused")
        }
        index.close()
    return {
        "chunks": len(wanted),
        "seconds": round(seconds, 3),
        "chunks_per_second": round(len(wanted) / seconds, 2),
        "process_seconds": round(used, 3),
        "peak_megabytes": round(peak),
        **scores,
    }


def searched(
    index: EdgeIndex,
    queries: Mapping[str, str],
    vectors: Mapping[str, Any],
    judged: Mapping[str, Mapping[str, int]],
    *,
    fused: bool,
) -> float:
    """Return the mean nDCG@10 of all queries."""
    ranked = {}
    for query, text in queries.items():
        hits = index.search(NAME, revision=REVISION, vector=vectors[query], text=text if fused else None, top_k=TOP_K)
        ranked[query] = [hit.document for hit in hits]
    return round(float(np.mean(list(ndcg(ranked, judged)))), 5)


def ndcg(ranked: Mapping[str, Sequence[str]], judged: Mapping[str, Mapping[str, int]]) -> Iterator[float]:
    """Yield nDCG@10 of every query (Järvelin and Kekäläinen 2002, gains as they are)."""
    weights = 1 / np.log2(np.arange(2, TOP_K + 2))
    for query, documents in ranked.items():
        gains = [judged[query].get(document, 0) for document in documents]
        ideal = sorted(judged[query].values(), reverse=True)[:TOP_K]
        yield float(np.dot(gains, weights[: len(gains)]) / np.dot(ideal, weights[: len(ideal)]))


def main() -> None:
    """Measure both arms, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/scifact"), help="SciFact in BEIR layout")
    parser.add_argument("--documents", type=int, help="only this many, judged documents first")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "results" / "cold_build.json")
    parser.add_argument("--arm", choices=ARMS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not (given.data / "corpus.jsonl.gz").is_file():
        raise SystemExit(f"there is no SciFact in {given.data}; name its folder with --data")
    if given.arm:
        print(json.dumps(run_arm(given.arm, given.data, given.documents)))
        return
    subset = ["--documents", str(given.documents)] if given.documents else []
    found = {}
    for arm in ARMS:
        command = [sys.executable, "-m", "bench.speed.cold_build", "--arm", arm, "--data", str(given.data), *subset]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found[arm] = json.loads(done.stdout.splitlines()[-1])
    first, ours = (found[arm] for arm in ARMS)
    ratio = {
        "chunks_per_second": round(ours["chunks_per_second"] / first["chunks_per_second"], 2),
        "ndcg_dense_difference": round(ours["ndcg_dense"] - first["ndcg_dense"], 5),
        "ndcg_fused_difference": round(ours["ndcg_fused"] - first["ndcg_fused"], 5),
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps({**found, "ratio": ratio}, indent=1) + "\n", encoding="utf-8")
    table = Table("", *ARMS, title=f"{ours['chunks']} chunks of SciFact, all-MiniLM-L6-v2, qdrant-edge")
    for key in ("chunks_per_second", "seconds", "process_seconds", "peak_megabytes", "ndcg_dense", "ndcg_fused"):
        table.add_row(key, str(first[key]), str(ours[key]))
    Console().print(
        table,
        f"ratio of chunks a second: {ratio['chunks_per_second']}; nDCG@10 differs by "
        f"{ratio['ndcg_dense_difference']} (dense), {ratio['ndcg_fused_difference']} (fused)",
    )


if __name__ == "__main__":
    main()
