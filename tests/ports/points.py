"""Chunks and vectors that the contract tests of vector indexes write."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.hashing import digest
from pointsman.ports.index import VectorIndex

DIMENSION = 8


def chunk(
    text: str, *, document: str = "guide.md", nth: int = 0, access: str | list[str] = "all", of: str = ""
) -> Chunk:
    return Chunk(
        chunk=f"{document}#{digest(text)}#{nth}",
        document=document,
        digest=digest(of or text),
        text=text,
        embed_text=f"Guide\n{text}",
        headings=("Guide", "Part"),
        metadata={"access": access, "title": "Führer"},
        payload_digest=digest(str(access)),
        title="Führer",
        anchor="part" if nth else None,
        start=nth,
        end=nth + len(text) if nth else None,
    )


def vector(seed: int) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)
    return drawn / np.float32(np.linalg.norm(drawn))


def put(index: VectorIndex, name: str, chunks: list[Chunk], *, born: int = 1) -> list[str]:
    """Write chunks with the vector that their digest stands for, and return their points' ids."""
    vectors = [vector(int(each.digest[:8], 16)) for each in chunks]
    index.upsert(name, chunks, np.array(vectors, np.float32).reshape(-1, DIMENSION), born=born)
    return [each.point_id(born) for each in chunks]


def texts(index: VectorIndex, name: str, revision: int, **question: Any) -> list[str]:
    asked = {"vector": None, "text": None, "top_k": 10, **question}
    return [hit.text for hit in index.search(name, revision=revision, **asked)]


def everything(index: VectorIndex, name: str) -> set[Any]:
    return set(index.points(name))
