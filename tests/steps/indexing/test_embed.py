"""Embedding one batch ahead: it overlaps with writing, and changes nothing else about a stage."""

import threading
from collections.abc import Sequence

import numpy as np
import pytest

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.errors import ModelMismatch
from pointsman.core.index.reconcile import converge
from pointsman.ports.models import Vectors
from pointsman.steps.indexing import stage as staging
from pointsman.steps.indexing.embed import embedded_ahead
from pointsman.steps.indexing.stage import write
from tests.fakes.index import FakeIndex
from tests.fakes.models import FakeEmbedder
from tests.ports.points import chunk

NAME = "c"


class Counting(FakeEmbedder):
    """The fake embedder, with the counters of the cache."""

    @property
    def embedded(self) -> int:
        return len(self.texts)

    reused = 0


def batches(*texts: Sequence[str]) -> list[list[Chunk]]:
    return [
        [chunk(text, document=f"{n}-{i}.md", of=text) for i, text in enumerate(each)] for n, each in enumerate(texts)
    ]


def an_index(embedder: FakeEmbedder) -> FakeIndex:
    index = FakeIndex()
    index.create(NAME, embedder.dimension)
    return index


def test_each_batch_comes_in_its_order_with_the_vectors_of_its_texts() -> None:
    embedder = FakeEmbedder()
    given = batches(["red boiler", "green lamp"], ["blue tower"], ["old garden", "new bridge"])
    found = list(embedded_ahead(an_index(embedder), embedder, given, [NAME]))
    assert [batch for batch, _ in found] == given
    for batch, vectors in found:
        assert np.array_equal(vectors, FakeEmbedder().embed([w.embed_text for w in batch]))


def test_the_next_batch_is_embedded_while_the_last_one_is_written() -> None:
    began = threading.Event()

    class Watched(FakeEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            if any("second" in text for text in texts):
                began.set()
            return super().embed(texts)

    embedder = Watched()
    for batch, _ in embedded_ahead(an_index(embedder), embedder, batches(["first"], ["second"]), [NAME]):
        if "first" in batch[0].text:
            assert began.wait(timeout=10), "the second batch is embedded before the first is asked to be written"


def test_a_text_of_the_batch_before_is_embedded_once_though_no_collection_holds_it_yet() -> None:
    embedder = FakeEmbedder()
    found = list(embedded_ahead(an_index(embedder), embedder, batches(["twin", "a"], ["twin", "b"], ["twin"]), []))
    assert sorted(embedder.texts).count("Guide\ntwin") == 2, "once for two neighbours; a third looks into the index"
    assert np.array_equal(found[0][1][0], found[1][1][0])


def test_held_vectors_are_not_embedded() -> None:
    embedder = FakeEmbedder()
    index, (held,) = an_index(embedder), batches(["held"])
    index.upsert(NAME, held, embedder.embed(["held"]), born=1)
    asked = len(embedder.texts)
    list(embedded_ahead(index, embedder, batches(["held"]), [NAME]))
    assert len(embedder.texts) == asked


def test_an_error_of_the_embedder_arrives_after_the_batches_before_it() -> None:
    class Failing(FakeEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            if any("bad" in text for text in texts):
                raise MemoryError("no room")
            return super().embed(texts)

    embedder = Failing()
    ahead = embedded_ahead(an_index(embedder), embedder, batches(["good"], ["bad"], ["after"]), [NAME])
    assert next(ahead)[0][0].text == "good"
    with pytest.raises(MemoryError, match="no room"):
        next(ahead)


def test_held_vectors_of_another_length_are_refused() -> None:
    embedder = FakeEmbedder(dimension=64)
    index = FakeIndex()
    index.create(NAME, 8)
    index.upsert(NAME, batches(["held"])[0], np.ones((1, 8), np.float32), born=1)
    with pytest.raises(ModelMismatch, match="8 dimensions, the embedder 64"):
        list(embedded_ahead(index, embedder, batches(["held"]), [NAME]))


def test_a_stage_of_many_batches_ends_as_one_of_a_single_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [chunk(f"text {i % 17}", document=f"{i}.md", of=f"text {i % 17}") for i in range(60)]
    held = []
    for size in (7, 1000):
        monkeypatch.setattr(staging, "BATCH", size)
        embedder = Counting()
        index = an_index(embedder)
        stage = converge([], wanted, 1)
        embedded = write(index, embedder, NAME, stage, sources=[NAME], progress=lambda *_: None)
        assert embedded == 17, "each text once, whatever the batches"
        held.append(sorted(index.points(NAME), key=lambda p: p.id))
    assert held[0] == held[1]
