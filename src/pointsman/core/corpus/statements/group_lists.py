"""Tells whether a title stands over the names of groups: a list of them, or one line that limits who reads."""

import re
from collections.abc import Sequence

from pointsman.core.corpus.statements.lines import KEY_WORDS, limits
from pointsman.core.corpus.statements.marks import ADORNMENT, SHORT

ITEM = re.compile(r"(?:[-*+•‣]|\d{1,3}[.)])\s{1,4}(?P<name>.{1,400})")
"""An item of a list."""
GROUP_NAME = re.compile(r"[`*_\"']{0,2}\w[\w.:/@+=-]{0,40}(?: \w[\w.:/@+=-]{0,40}){0,2}[`*_\"']{0,2}")
"""Up to three words without any mark of a sentence."""


def groups_below(lines: Sequence[str], title: int) -> bool:
    """Tell whether nothing but names of groups stands in the list below a title, or in the line below it.

    ``title`` is the number of its line. Its underline, and empty lines, may stand between.
    """
    names: list[str] = []
    for line in (each.strip() for each in lines[title + 1 : title + SHORT]):
        item = ITEM.match(line)
        if item is not None:
            names.append(item["name"])
        elif line and not ADORNMENT.fullmatch(line):
            if not names:
                return limits(line) and len(line.split()) <= KEY_WORDS and line[-1] not in ".:!?"
            break
    return bool(names) and all(GROUP_NAME.fullmatch(each) for each in names)
