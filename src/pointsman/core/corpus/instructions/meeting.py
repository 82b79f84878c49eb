"""A rule for words with which a text speaks to a language model: it holds where they meet in a sentence."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meeting:
    """Words that mean a sign where one of each group stands in the same sentence. Each may be the beginning of one."""

    sign: str
    lead: tuple[str, ...]
    """The rarest group: the search begins at these. Whole words, unless one ends with ``*``."""
    groups: tuple[tuple[str, ...], ...]


def _words(text: str) -> tuple[str, ...]:
    """Return the phrases of a text that are separated by bars."""
    return tuple(each.strip() for each in text.split("|"))


def meeting(sign: str, *groups: str) -> Meeting:
    """Return a rule; each group is phrases that are separated by bars, the rarest group first."""
    return Meeting(sign, _words(groups[0]), tuple(map(_words, groups[1:])))
