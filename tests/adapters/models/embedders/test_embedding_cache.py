"""The cache of vectors: what it saves, what it drops, and what survives a crash."""

import multiprocessing
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from pointsman.adapters.models.embedders.embedding_cache import BATCH, CachedEmbedder
from pointsman.core.errors import PointsmanError
from pointsman.ports.models import Vectors
from tests.fakes.models import FakeEmbedder


def test_known_texts_are_not_embedded_again(tmp_path: Path) -> None:
    inner = FakeEmbedder()
    first = CachedEmbedder(inner, tmp_path / "v.sqlite")
    vectors = first.embed(["a b", "c", "a b"])
    assert (first.embedded, first.reused, inner.texts) == (2, 1, ["a b", "c"])
    second = CachedEmbedder(inner, tmp_path / "v.sqlite")
    assert np.array_equal(second.embed(["c", "a b", "d"]), np.stack([vectors[1], vectors[0], inner.embed(["d"])[0]]))
    assert (second.embedded, second.reused) == (1, 2)


def test_another_embedder_does_not_see_the_vectors_of_the_first(tmp_path: Path) -> None:
    CachedEmbedder(FakeEmbedder(), tmp_path / "v.sqlite").embed(["a"])
    other = CachedEmbedder(FakeEmbedder(32, fingerprint="other"), tmp_path / "v.sqlite")
    assert other.embed(["a"]).shape == (1, 32)
    assert other.embedded == 1


def test_a_vector_of_a_wrong_length_is_embedded_anew(tmp_path: Path) -> None:
    CachedEmbedder(FakeEmbedder(), tmp_path / "v.sqlite").embed(["a", "b"])
    with sqlite3.connect(tmp_path / "v.sqlite") as connection:
        connection.execute("UPDATE vectors SET vector = x'00000000' WHERE rowid = 1")
    again = CachedEmbedder(FakeEmbedder(), tmp_path / "v.sqlite")
    assert np.array_equal(again.embed(["a", "b"]), FakeEmbedder().embed(["a", "b"]))
    assert (again.embedded, again.reused) == (1, 1)


def test_a_damaged_cache_says_that_it_may_be_deleted(tmp_path: Path) -> None:
    (tmp_path / "v.sqlite").write_bytes(b"this is no database, whatever its name may say" * 100)
    with pytest.raises(PointsmanError, match=r"v\.sqlite.*delete"):
        CachedEmbedder(FakeEmbedder(), tmp_path / "v.sqlite").embed(["a"])


class Breaking(FakeEmbedder):
    """Fails at its second batch, as a killed process would stop there."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.calls == 1:
            raise KeyboardInterrupt
        return super().embed(texts)


def test_a_stopped_run_loses_one_batch_at_most(tmp_path: Path) -> None:
    texts = [f"text {i}" for i in range(2 * BATCH + 10)]
    with pytest.raises(KeyboardInterrupt):
        CachedEmbedder(Breaking(), tmp_path / "v.sqlite").embed(texts)
    after = CachedEmbedder(FakeEmbedder(), tmp_path / "v.sqlite")
    after.embed(texts)
    assert (after.embedded, after.reused) == (BATCH + 10, BATCH)


def test_the_vectors_written_longest_ago_go_first(tmp_path: Path) -> None:
    row = 64 * 4
    cache = CachedEmbedder(FakeEmbedder(), tmp_path / "v.sqlite", max_bytes=3 * row)
    for text in ("a", "b", "c"):
        cache.embed([text])
    cache.embed(["a", "b", "c"])
    assert (cache.embedded, cache.reused) == (3, 3)
    cache.embed(["d"])
    cache.embed(["b", "c", "d"])
    assert (cache.embedded, cache.reused) == (4, 6)
    cache.embed(["a"])
    assert cache.embedded == 5


def _embed_all(path: str, gate: "multiprocessing.synchronize.Barrier", failures: "multiprocessing.SimpleQueue") -> None:  # type: ignore[type-arg]
    gate.wait()
    texts = [f"text {i}" for i in range(40)]
    try:
        for start in range(0, 40, 4):
            CachedEmbedder(FakeEmbedder(), Path(path)).embed(texts[start : start + 4])
    except BaseException as error:
        failures.put(repr(error))
        raise


def test_processes_that_share_a_cache_do_not_disturb_each_other(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for attempt in range(3):
        path, gate, failures = tmp_path / f"{attempt}.sqlite", context.Barrier(3), context.SimpleQueue()
        runs = [context.Process(target=_embed_all, args=(str(path), gate, failures)) for _ in range(3)]
        for run in runs:
            run.start()
        for run in runs:
            run.join(60)
        assert [run.exitcode for run in runs] == [0, 0, 0], failures.get()
        after = CachedEmbedder(FakeEmbedder(), path)
        after.embed([f"text {i}" for i in range(40)])
        assert (after.embedded, after.reused) == (0, 40)
