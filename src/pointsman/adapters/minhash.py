"""MinHash sketches; near copies have similar sketches.

They are those of datasketch's scheme ``affine32``, byte for byte (a test compares the two), without the second that its
import takes: every page that is added or edited is sketched, also where it is the only one of a run.
"""

import base64
import zlib
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pointsman.core.corpus.comparison.near_duplicates import SIZE, shingles_of

SEED = 1
ROWS = 65_536
"""Shingles that are permuted at a time: 16 MB of numbers."""

Numbers = NDArray[np.uint32]


@cache
def _permutations() -> tuple[Numbers, Numbers]:
    """Return (a, b) of the ``SIZE`` permutations ``a * h + b`` modulo 2**32; each ``a`` is odd."""
    chance = np.random.RandomState(SEED)
    a = chance.randint(0, 1 << 31, SIZE, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return a, chance.randint(0, 1 << 32, SIZE, dtype=np.uint32)


def sketch(text: str) -> str:
    """Return the sketch of a text in base64: SIZE bytes, each the lowest byte of a minimum over word shingles."""
    shingles = sorted(shingles_of(text))
    least = np.full(SIZE, 2**32 - 1, dtype=np.uint32)
    for start in range(0, len(shingles), ROWS):
        least = np.minimum(least, _minima(shingles[start : start + ROWS]))
    return base64.b64encode((least & 0xFF).astype("uint8").tobytes()).decode("ascii")


def _minima(shingles: Sequence[str]) -> Numbers:
    a, b = _permutations()
    hashes = np.array([zlib.crc32(each.encode("utf-8", "surrogatepass")) for each in shingles], dtype=np.uint32)
    permuted = _mixed(hashes).reshape(-1, 1) * a + b
    least: Numbers = permuted.min(axis=0)
    return least


def _mixed(hashes: Numbers) -> Numbers:
    """Return the hashes spread over all numbers: the last step of MurmurHash3 (Appleby)."""
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    hashes = (hashes ^ (hashes >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return hashes ^ (hashes >> np.uint32(16))
