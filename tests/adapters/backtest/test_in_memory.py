"""The index of a backtest: guards ask it what readers get now."""

import numpy as np

from pointsman.adapters.backtest.in_memory import CountingIndex
from pointsman.core.corpus.chunk import Chunk


def chunk(document: str, text: str) -> Chunk:
    return Chunk(f"{document}-{text}", document, digest=text, text=text, embed_text=text, headings=("Rules",))


def test_a_reader_gets_the_living_passages_with_their_texts() -> None:
    index = CountingIndex()
    index.create("c", 1)
    old, new, other = chunk("a.md", "Five days."), chunk("a.md", "Six days."), chunk("b.md", "Nine.")
    index.upsert("c", [old, other], np.zeros((2, 1), dtype=np.float32), born=1)
    index.upsert("c", [new], np.zeros((1, 1), dtype=np.float32), born=2)
    index.retire("c", [old.point_id(1)], at=2)
    assert index.chunks("c", revision=2, documents=["a.md"]) == [new]
    assert index.chunks("c", revision=2, documents=["a.md", "b.md", "gone.md"]) == [new, other]
    assert index.erase("c", ["a.md"]) == 1
    assert index.chunks("c", revision=2, documents=["a.md"]) == []
