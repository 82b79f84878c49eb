"""Files of a store that nobody reads, because no pattern of ``store.include`` takes them: counted and put in words."""

from collections import Counter
from collections.abc import Iterable, Mapping

NO_ENDING = ""
"""What files without an ending, such as ``Makefile``, are counted under."""

SHOWN = 5
"""Endings named in a sentence, at most."""


def count_by_ending(names: Iterable[str]) -> dict[str, int]:
    """Return ending (lower case, with its dot) → number of files, the most frequent ending first."""
    counts = Counter(_ending_of(name) for name in names)
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def unread_sentence(counts: Mapping[str, int]) -> str | None:
    """Return counts in words, such as ``2 files .mdx and 1 file .png are not read: …``; None where there are none."""
    if not counts:
        return None
    parts = [_part(ending, number) for ending, number in list(counts.items())[:SHOWN]]
    others = sum(list(counts.values())[SHOWN:])
    parts += [f"{others} other file{'s' if others > 1 else ''}"] if others else []
    listed = " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
    verb = "is" if sum(counts.values()) == 1 else "are"
    return (
        f"{listed} {verb} not read: no pattern of store.include takes them; add a pattern, or put them in store.exclude"
    )


def _part(ending: str, number: int) -> str:
    files = f"{number} file{'s' if number > 1 else ''}"
    return f"{files} {ending}" if ending else f"{files} without an ending"


def _ending_of(name: str) -> str:
    last = name.rsplit("/", 1)[-1]
    stem, dot, ending = last.rpartition(".")
    return f".{ending.lower()}" if dot and stem else NO_ENDING
