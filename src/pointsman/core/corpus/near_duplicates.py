"""Finds near copies among documents by MinHash sketches (Broder 1997; b-bit: Li and König 2010).

A sketch is the lowest byte of each of ``SIZE`` minima. The share of equal bytes estimates the Jaccard similarity of two
documents' word shingles, with a standard error below 0.07 and a bias of 1/256. Sketches are compared in bands, so that
the work grows with the number of documents and not with its square.
"""

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

SIZE = 64
"""Bytes in a sketch."""
BAND = 4
"""Bytes in a band. Two documents of similarity 0.8 share one of the 16 bands with probability 0.9998."""
NEIGHBOURS = 8
"""Documents of the same band that each document is compared with. In a flood of copies most of them are near."""

Bytes = NDArray[np.uint8]


def near_copies(fresh: Mapping[str, bytes], others: Mapping[str, bytes], similarity: float) -> frozenset[str]:
    """Return the keys of ``fresh`` whose text is a near copy of another one.

    A key is the digest of a text, so equal texts have one key and are not near copies of each other.

    Args:
        fresh: sketches of the new texts, by key.
        others: sketches of the texts that are there already, by key.
        similarity: share of equal bytes in two sketches from which the texts are near copies, 0..1.
    """
    names = [*fresh, *(other for other in others if other not in fresh)]
    if len(names) < 2 or not fresh:  # noqa: PLR2004 - one document has no other to be near to
        return frozenset()
    rows = np.frombuffer(b"".join([*fresh.values(), *(others[n] for n in names[len(fresh) :])]), dtype=np.uint8)
    sketches = rows.reshape(len(names), SIZE)
    near = np.zeros(len(names), dtype=bool)
    bands = np.ascontiguousarray(sketches).view(np.uint32)
    for band in range(SIZE // BAND):
        _mark(near, sketches, band=bands[:, band], fresh=len(fresh), similarity=similarity)
    return frozenset(name for name, is_near in zip(fresh, near, strict=False) if is_near)


def _mark(near: NDArray[np.bool_], sketches: Bytes, band: NDArray[np.uint32], fresh: int, similarity: float) -> None:
    """Mark rows that are near to a neighbour in ``band``, if one of the two is among the first ``fresh``."""
    order = np.argsort(band, kind="stable")
    ordered = band[order]
    for shift in range(1, min(NEIGHBOURS, len(order) - 1) + 1):
        one, two = order[:-shift], order[shift:]
        together = (ordered[:-shift] == ordered[shift:]) & ((one < fresh) | (two < fresh))
        one, two = one[together], two[together]
        alike = (sketches[one] == sketches[two]).mean(axis=1) >= similarity
        near[one[alike]] = near[two[alike]] = True


def largest_group(sketches: Mapping[str, bytes], similarity: float) -> tuple[str, ...]:
    """Return the names of the largest group in which each has a similarity (0..1) of at least this to another, sorted.

    Bands have two bytes here: two documents of similarity 0.5 share one of the 32 with probability 0.9999. Of groups
    of the same size, the one with the first name is returned.
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
    """Return the most similar of ``others`` for each of ``fresh`` that has one of at least ``similarity``, 0..1."""
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
    """Return the pairs of neighbours in a band whose similarity is at least ``similarity``."""
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
    """Join two groups; the first member of both becomes the leader (union-find)."""
    first, second = sorted((_leader(leader, one), _leader(leader, two)))
    leader[second] = first


def _leader(leader: list[int], number: int) -> int:
    """Return the leader of a member's group, and shorten the path to it."""
    while leader[number] != number:
        leader[number] = leader[leader[number]]
        number = leader[number]
    return number
