"""Takes comments and tags out of Markdown. Each function goes once over the text, whatever stands in it."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import TypeVar

CODE_OR_COMMENT = re.compile("`+|<!--")
RUN = re.compile("`+")
TAG = re.compile(r"<[^<>]*>")
TAG_OR_SCRIPT = re.compile(r"<(script|style)\b|<", re.IGNORECASE)
Key = TypeVar("Key")
END = re.compile("</(script|style)>", re.IGNORECASE)


def without_comments(text: str) -> str:
    """Return a text without its HTML comments. What looks like one in a code span stays, and one that never ends."""
    if "<!--" not in text:
        return text
    runs = _places((len(run[0]), run.start()) for run in RUN.finditer(text))
    kept: list[str] = []
    at = done = 0
    while found := CODE_OR_COMMENT.search(text, at):
        at = found.end()
        if found[0] != "<!--":
            end = _next(runs[len(found[0])], at)  # a code span ends with a run of the same length
            at = at if end is None else end + len(found[0])
            continue
        end = text.find("-->", at)
        if end < 0:
            break
        kept += [text[done : found.start()], " "]
        at = done = end + len("-->")
    return "".join([*kept, text[done:]])


def without_tags(text: str) -> str:
    """Return a text with a blank for each tag, and for each script or style sheet with what it holds."""
    ends = _places((end[1].lower(), end.end()) for end in END.finditer(text))
    kept: list[str] = []
    at = done = 0
    while found := TAG_OR_SCRIPT.search(text, at):
        end = _next(ends[found[1].lower()], found.end()) if found[1] else None
        if end is None:
            tag = TAG.match(text, found.start())
            end = tag.end() if tag else None
        if end is None:
            at = found.start() + 1
        else:
            kept += [text[done : found.start()], " "]
            at = done = end
    return "".join([*kept, text[done:]])


def _places(found: Iterator[tuple[Key, int]]) -> defaultdict[Key, list[int]]:
    """Return key → offsets, in order."""
    places: defaultdict[Key, list[int]] = defaultdict(list)
    for key, at in found:
        places[key].append(at)
    return places


def _next(places: list[int], at: int) -> int | None:
    """Return the first of some offsets that is not before ``at``; None where there is none."""
    nth = bisect_left(places, at)
    return places[nth] if nth < len(places) else None


def code_spans(text: str) -> list[tuple[int, int]]:
    """Return the offsets at which code spans begin and end, in order."""
    runs = _places((len(run[0]), run.start()) for run in RUN.finditer(text))
    spans: list[tuple[int, int]] = []
    at = 0
    while found := RUN.search(text, at):
        end = _next(runs[len(found[0])], found.end())
        at = found.end() if end is None else end + len(found[0])
        if end is not None:
            spans.append((found.start(), at))
    return spans
