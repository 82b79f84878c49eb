"""Near copies among documents, from MinHash sketches: banded, so that work grows with the number of documents.

A sketch is the lowest byte of each of ``SIZE`` minima; the share of equal bytes estimates the Jaccard similarity of two
documents' word shingles (Broder 1997; b-bit: Li and König 2010) with a standard error below 0.07 and a bias of 1/256.
"""

from collections import Counter
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


def largest_group(sketches: Mapping[str, bytes], similarity: float) -> tuple[str, ...]:
    """Return the names of the largest group in which each is at least ``similarity`` to some other, 0..1, ordered.

    Bands are of two bytes: two documents of similarity 0.5 share one of the 32 with probability 0.9999. Equal sketches
    are one group; the first name decides between groups of one size.
    """
    names = sorted(sketches)
    if not names:
        return ()
    rows = np.frombuffer(b"".join(sketches[name] for name in names), dtype=np.uint8).reshape(len(names), SIZE)
    bands = np.ascontiguousarray(rows).view(np.uint16)
    leader = list(range(len(names)))
    for band in range(bands.shape[1]):
        for one, two in _alike(rows, bands[:, band], similarity):
            _join(leader, one, two)
    leaders = [_leader(leader, number) for number in range(len(names))]
    largest, _ = max(Counter(leaders).items(), key=lambda item: (item[1], -item[0]))
    return tuple(name for name, of in zip(names, leaders, strict=True) if of == largest)


def nearest(fresh: Mapping[str, bytes], others: Mapping[str, bytes], similarity: float) -> dict[str, str]:
    """Return each of ``fresh`` with the nearest of ``others``, where that is at least ``similarity`` to it, 0..1."""
    names = sorted(others)
    if not names:
        return {}
    rows = np.frombuffer(b"".join(others[name] for name in names), dtype=np.uint8).reshape(len(names), SIZE)
    found: dict[str, str] = {}
    for name, raw in fresh.items():
        alike = (rows == np.frombuffer(raw, dtype=np.uint8)).mean(axis=1)
        best = int(alike.argmax())
        if alike[best] >= similarity:
            found[name] = names[best]
    return found


def _alike(sketches: Bytes, band: NDArray[np.uint16], similarity: float) -> list[tuple[int, int]]:
    """Return the pairs of neighbours in a band that are at least ``similarity`` to each other."""
    order = np.argsort(band, kind="stable")
    ordered = band[order]
    found: list[tuple[int, int]] = []
    for shift in range(1, min(NEIGHBOURS, len(order) - 1) + 1):
        together = ordered[:-shift] == ordered[shift:]
        one, two = order[:-shift][together], order[shift:][together]
        alike = (sketches[one] == sketches[two]).mean(axis=1) >= similarity
        found += zip(one[alike].tolist(), two[alike].tolist(), strict=True)
    return found


def _join(leader: list[int], one: int, two: int) -> None:
    """Make two groups one, led by its first member."""
    first, second = sorted((_leader(leader, one), _leader(leader, two)))
    leader[second] = first


def _leader(leader: list[int], number: int) -> int:
    """Return who leads the group of a member; the way there is shortened."""
    while leader[number] != number:
        leader[number] = leader[leader[number]]
        number = leader[number]
    return number
