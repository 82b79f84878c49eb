"""Near copies among documents, from MinHash sketches: banded, so that work grows with the number of documents.

A sketch is the lowest byte of each of ``SIZE`` minima; the share of equal bytes estimates the Jaccard similarity of two
documents' word shingles (Broder 1997; b-bit: Li and König 2010) with a standard error below 0.07 and a bias of 1/256.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

SIZE = 64
"""Bytes of a sketch."""
BAND = 4
"""Bytes of a band. Two documents of similarity 0.8 share one of the 16 bands with probability 0.9998."""
NEIGHBOURS = 8
"""Documents of the same band that each one is compared with: enough for a flood, where most of them are near."""

Bytes = NDArray[np.uint8]


def near_copies(fresh: Mapping[str, bytes], others: Mapping[str, bytes], similarity: float) -> frozenset[str]:
    """Return the keys of ``fresh`` whose sketch is at least ``similarity`` to that of another key, 0..1.

    A key stands for a text (its digest), so that equal texts are one key and no near copies of each other.
    """
    names = [*fresh, *(other for other in others if other not in fresh)]
    if len(names) < 2 or not fresh:  # noqa: PLR2004 - one document is near to nobody
        return frozenset()
    rows = np.frombuffer(b"".join([*fresh.values(), *(others[n] for n in names[len(fresh) :])]), dtype=np.uint8)
    sketches = rows.reshape(len(names), SIZE)
    near = np.zeros(len(names), dtype=bool)
    bands = np.ascontiguousarray(sketches).view(np.uint32)
    for band in range(SIZE // BAND):
        _mark(near, sketches, bands[:, band], len(fresh), similarity)
    return frozenset(name for name, is_near in zip(fresh, near, strict=False) if is_near)


def _mark(near: NDArray[np.bool_], sketches: Bytes, band: NDArray[np.uint32], fresh: int, similarity: float) -> None:
    """Mark the first ``fresh`` rows that are near to one of their neighbours in ``band``."""
    order = np.argsort(band, kind="stable")
    ordered = band[order]
    for shift in range(1, min(NEIGHBOURS, len(order) - 1) + 1):
        one, two = order[:-shift], order[shift:]
        together = (ordered[:-shift] == ordered[shift:]) & ((one < fresh) | (two < fresh))
        one, two = one[together], two[together]
        alike = (sketches[one] == sketches[two]).mean(axis=1) >= similarity
        near[one[alike]] = near[two[alike]] = True
