"""Finds near copies among documents by MinHash sketches (Broder 1997; b-bit: Li and König 2010).

A sketch is the lowest byte of each of ``SIZE`` minima. The share of equal bytes estimates the Jaccard similarity of two
documents' word shingles, with a standard error below 0.07 and a bias of 1/256. Sketches are compared in bands, so that
the work grows with the number of documents and not with its square.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

SIZE = 64
"""Bytes in a sketch."""
BAND = 4
"""Bytes in a band. Two documents of similarity 0.8 share one of the 16 bands with probability 0.9998."""
SHINGLE = 3
"""Words in a shingle; few, so that a page of two sentences has enough shingles."""
ERROR = 0.15
"""How far a sketch may estimate below the true similarity: two standard errors."""
NEIGHBOURS = 8
"""Documents of the same band that each document is compared with. In a flood of copies most of them are near."""

EACH_WITH_EACH = 50_000_000
"""Pairs of sketches up to which each is compared with each; it takes a second or two."""
MEMBERS = 64
"""Documents of one band that a document is compared with, beyond that."""

Bytes = NDArray[np.uint8]


def shingles_of(text: str) -> set[str]:
    """Return the word shingles of a text, in small letters."""
    words = text.lower().split()
    return {" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))}


def similarity_of(one: str, two: str) -> float:
    """Return the Jaccard similarity of two texts' word shingles, exactly, 0..1."""
    a, b = shingles_of(one), shingles_of(two)
    return len(a & b) / len(a | b)


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
    return min(groups(sketches, similarity), key=lambda group: (-len(group), group[0]), default=())


def groups(sketches: Mapping[str, bytes], similarity: float) -> list[tuple[str, ...]]:
    """Return the names in groups in which each has a similarity (0..1) of at least this to another, all sorted.

    A name that is similar to no other one is a group by itself. Bands have two bytes, as in ``largest_group``.
    """
    names = sorted(sketches)
    if not names:
        return []
    rows = np.frombuffer(b"".join(sketches[name] for name in names), dtype=np.uint8).reshape(len(names), SIZE)
    bands = np.ascontiguousarray(rows).view(np.uint16)
    leader = list(range(len(names)))
    for band in range(bands.shape[1]):
        for one, two in _alike(rows, bands[:, band], similarity):
            _join(leader, one, two)
    members: dict[int, list[str]] = defaultdict(list)
    for number, name in enumerate(names):
        members[_leader(leader, number)].append(name)
    return [tuple(each) for each in members.values()]


def most_similar(
    fresh: Mapping[str, bytes], others: Mapping[str, bytes], similarity: float, *, most: int
) -> dict[str, list[str]]:
    """Return, for each of ``fresh``, those of ``others`` with at least ``similarity`` (0..1), the most similar first.

    Where there are more than ``EACH_WITH_EACH`` pairs, only texts are compared that share a band.

    Args:
        fresh: sketches by name.
        others: sketches by name; a text is not compared with one of the same name.
        similarity: share of equal bytes in two sketches.
        most: how many are returned for each, at most.
    """
    if not fresh or not others:
        return {}
    names, each = sorted(others), sorted(fresh)
    rows, asked = _rows(others, names), _rows(fresh, each)
    everything = np.arange(len(names))
    near = _in_bands(asked, rows) if len(each) * len(names) > EACH_WITH_EACH else None
    found: dict[str, list[str]] = {}
    for number, name in enumerate(each):
        places = everything if near is None else np.array(sorted(near[number]), dtype=np.intp)
        alike = (rows[places] == asked[number]).mean(axis=1)
        order = np.argsort(-alike, kind="stable")[: most + 1].tolist()
        like = [names[places[n]] for n in order if alike[n] >= similarity and names[places[n]] != name]
        if like:
            found[name] = like[:most]
    return found


def _rows(sketches: Mapping[str, bytes], names: Sequence[str]) -> Bytes:
    return np.frombuffer(b"".join(sketches[name] for name in names), dtype=np.uint8).reshape(len(names), SIZE)


def _in_bands(asked: Bytes, rows: Bytes) -> list[set[int]]:
    """Return, for each of ``asked``, the numbers of the rows that share a band with it: some of each band."""
    found: list[set[int]] = [set() for _ in range(len(asked))]
    one, two = (np.ascontiguousarray(side).view(np.uint32) for side in (asked, rows))
    for band in range(SIZE // BAND):
        order = np.argsort(two[:, band], kind="stable")
        start = np.searchsorted(two[order, band], one[:, band], side="left")
        end = np.searchsorted(two[order, band], one[:, band], side="right")
        for number in np.flatnonzero(end > start).tolist():
            found[number].update(order[start[number] : min(end[number], start[number] + MEMBERS)].tolist())
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
