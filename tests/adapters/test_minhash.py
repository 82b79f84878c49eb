"""Sketches are those of datasketch, byte for byte, so that stored ones stay valid."""

import base64
import zlib

import pytest
from datasketch import MinHash

from pointsman.adapters.minhash import ROWS, sketch
from pointsman.core.corpus.comparison.near_duplicates import SIZE, shingles_of


def reference(text: str) -> bytes:
    minima = MinHash(num_perm=SIZE, seed=1, hashfunc=zlib.crc32, scheme="affine32")
    minima.update_batch([each.encode("utf-8", "surrogatepass") for each in sorted(shingles_of(text))])
    return bytes((minima.hashvalues & 0xFF).astype("uint8"))


@pytest.mark.parametrize(
    "text",
    [
        "", "one", "The quick brown fox.", "\ud800 broken", "a b c d " * 50, " ".join(str(n) for n in range(3000)),
        " ".join(str(n) for n in range(ROWS + 100)),
    ],
    ids=len,
)  # fmt: skip
def test_a_sketch_is_that_of_datasketch(text: str) -> None:
    assert base64.b64decode(sketch(text)) == reference(text)
