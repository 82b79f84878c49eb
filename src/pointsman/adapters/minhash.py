"""MinHash sketches, made with datasketch; near copies have similar sketches."""

import base64
import zlib
from functools import cache
from typing import Any

from pointsman.core.corpus.near_duplicates import SIZE

SHINGLE = 3
"""Words in a shingle; few, so that a page of two sentences has enough shingles."""


@cache
def _empty() -> Any:
    from datasketch import MinHash

    return MinHash(num_perm=SIZE, seed=1, hashfunc=zlib.crc32, scheme="affine32")


def sketch(text: str) -> str:
    """Return the sketch of a text in base64: SIZE bytes, each the lowest byte of a minimum over word shingles."""
    words = text.lower().split()
    shingles = {" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))}
    minima = _empty().copy()
    minima.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in sorted(shingles)])
    return base64.b64encode((minima.hashvalues & 0xFF).astype("uint8").tobytes()).decode("ascii")
