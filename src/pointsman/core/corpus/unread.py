"""Files of a store that nobody reads, because no pattern of ``store.include`` takes them, counted by ending."""

from collections import Counter
from collections.abc import Iterable

NO_ENDING = ""
"""What files without an ending, such as ``Makefile``, are counted under."""


def count_by_ending(names: Iterable[str]) -> dict[str, int]:
    """Return ending (as it is written, with its dot) → number of files, the most frequent ending first.

    ``.md`` and ``.MD`` are two endings: a pattern that takes one does not take the other.
    """
    counts = Counter(_ending_of(name) for name in names)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _ending_of(name: str) -> str:
    stem, dot, ending = name.rsplit("/", 1)[-1].rpartition(".")
    return f".{ending}" if dot and stem else NO_ENDING
