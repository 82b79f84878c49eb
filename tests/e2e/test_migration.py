"""Rebuilds with the real parts: a true SIGKILL, another dimension, and a search graph that misses what exact finds."""

import json
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.core.corpus.chunk import Chunk
from pointsman.core.release import Index
from pointsman.steps.indexing.compare import ann_recall, graph_recall
from tests.e2e.conftest import POINTSMAN, Place
from tests.fakes.resources import fake_resources

QUESTION = "What should I do when the simulator reports an error code?"
SMALL = 64
"""Dimension of the embedder that a migration goes to and comes back from."""


def tiny_bert(folder: Path, words: list[str]) -> None:
    """Make an encoder with random weights, as safetensors, and a tokenizer that knows ``words``."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=256).save_pretrained(folder)
    torch.manual_seed(17)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=SMALL, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=SMALL, max_position_embeddings=256,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)


def words_of(place: Place) -> list[str]:
    texts = " ".join(path.read_text(encoding="utf-8") for path in place.documents.rglob("*.md"))
    return sorted({word for word in texts.lower().split() if word.isalpha()})


def committed(place: Place) -> int:
    with closing(sqlite3.connect(place.root / ".pointsman" / "cache" / "embeddings.sqlite", timeout=30)) as cache:
        return int(cache.execute("SELECT count(*) FROM vectors").fetchone()[0])


def settled_count(place: Place) -> int:
    """Return how many vectors are kept once nobody writes any more."""
    before = -1
    while (now := committed(place)) != before:
        before = now
        time.sleep(1.5)
    return now


def test_a_rebuild_killed_by_sigkill_embeds_nothing_twice_that_was_kept(place: Place) -> None:
    place.set_params(chunking={"max_tokens": 20}, gate={"max_loss": 1.0})
    total = place.json("plan")["work"]["chunks_embedded"]
    before, live = committed(place), place.json("status")["release"]
    assert total > 256, "more than one batch"
    process = subprocess.Popen(
        [POINTSMAN, "refresh"], cwd=place.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while committed(place) == before and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was killed while it embedded"
    kept = settled_count(place) - before
    assert 0 < kept < total
    assert place.json("status")["release"] == live
    assert len(place.json("search", QUESTION)["hits"]) == 5
    report = place.json("refresh")
    assert report["gate"] == "promote"
    assert report["work"]["chunks_embedded"] == total - kept
    assert place.json("doctor")["healthy"] is True


def test_another_dimension_is_built_beside_switched_to_and_back(place: Place) -> None:
    tiny_bert(place.root / "tiny-bert", words_of(place))
    first = place.json("status")
    place.set_params(retriever={"model": "tiny-bert"}, gate={"max_loss": 1.0})
    planned = place.json("plan")
    assert planned["decision"]["index"] == "rebuild"
    done = place.json("refresh")
    small = place.json("status")
    assert (done["gate"], small["collection"] != first["collection"]) == ("promote", True)
    assert "overlap@" in json.dumps(done["gates"]["migration"])
    assert planned["work"]["chunks_embedded"] == done["work"]["chunks_embedded"] > 0
    assert len(place.json("search", QUESTION)["hits"]) == 5
    place.set_params(retriever={"model": "bundled:all-MiniLM-L6-v2"})
    again = place.json("refresh")
    assert (again["gate"], again["work"]["chunks_embedded"]) == ("promote", 0)
    assert place.json("status")["collection"] == first["collection"]
    found = place.json("search", QUESTION)["hits"]
    assert place.json("rollback")["release"] == small["release"]
    assert len(place.json("search", QUESTION)["hits"]) == 5
    assert place.json("rollback", again["release"])["release"] == again["release"]
    assert place.json("search", QUESTION)["hits"] == found


def test_a_search_graph_that_misses_the_nearest_is_found_out_and_built_finer(tmp_path: Path) -> None:
    dimension, n = 768, 4000
    drawn = np.random.default_rng(5).standard_normal((n, dimension)).astype(np.float32)
    vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    wanted = [Chunk(f"{k}", f"{k}.md", f"d{k:05d}", f"text {k}", f"text {k}") for k in range(n)]
    index = EdgeIndex(tmp_path / "index")
    index.create("noise", dimension)
    index.upsert("noise", wanted, vectors, born=1)
    index.optimize("noise")
    resources = replace(fake_resources(tmp_path), index=index)
    at = Index("noise", 1, "e", "c", n)
    rough = graph_recall(at, vector_index=resources.index, params=resources.params, progress=resources.progress)
    fine = ann_recall(at, vector_index=resources.index, params=resources.params, progress=resources.progress)
    index.close()
    assert rough is not None
    assert fine is not None
    assert rough.value < 0.95, "vectors without any structure: the hardest case for a graph"
    assert fine.value > rough.value
    assert fine.n == 200
