"""MinHash sketches by datasketch: what near copies are found by."""

import base64
import zlib
from functools import cache
from typing import Any

from pointsman.core.corpus.near_duplicates import SIZE

SHINGLE = 3
"""Words in a shingle; small, so that a page of two sentences has enough of them."""


@cache
def _empty() -> Any:
    from datasketch import MinHash

    return MinHash(num_perm=SIZE, seed=1, hashfunc=zlib.crc32, scheme="affine32")


def sketch(text: str) -> str:
    """Return the sketch of a text: SIZE bytes, each the lowest of a 32-bit minimum over word shingles, in base64."""
    words = text.lower().split()
    shingles = {" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))}
    minima = _empty().copy()
    minima.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in sorted(shingles)])
    return base64.b64encode((minima.hashvalues & 0xFF).astype("uint8").tobytes()).decode("ascii")
