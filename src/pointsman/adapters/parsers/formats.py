"""The format in which each document is read: what ``store.formats`` names for it, else what its ending says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pointsman.core.corpus.documents import FORMATS
from pointsman.core.errors import UsageError
from pointsman.core.glob_patterns import compiled
from pointsman.core.hashing import content_id

ENDINGS: Mapping[str, tuple[str, ...]] = {
    "markdown": (".md", ".markdown", ".mdown", ".mkd"),
    "rst": (".rst", ".rest"),
    "html": (".html", ".htm", ".xhtml"),
    "pdf": (".pdf",),
    "docx": (".docx",),
    "text": (".txt",),
}
"""Format → endings of files that are written in it. A file with any other ending is read as text."""

BINARY = ("pdf", "docx")
"""Formats that are not text: their files hold control characters, and offsets into their bytes mean nothing."""


@dataclass(frozen=True)
class Formats:
    """Which format each document is read in."""

    patterns: tuple[tuple[re.Pattern[str], str], ...] = ()
    """(what an id must match, format); the first that matches counts."""
    fingerprint: str = ""
    """Id of the mapping that the patterns come from; empty for no mapping."""

    @classmethod
    def of(cls, mapping: Mapping[str, str]) -> "Formats":
        """Compile ``store.formats``: glob pattern → format. The first pattern that matches counts.

        A pattern without ``/`` is matched against the file's name, in any folder, so that ``*.txt`` means every such
        file. A pattern with ``/`` is matched against the whole document id.

        Raises:
            UsageError: a format is unknown.
        """
        for pattern, name in mapping.items():
            if name not in FORMATS:
                raise UsageError(
                    f"store.formats: {pattern!r} is to be read as {name!r}, which is no format; "
                    f"the formats are {', '.join(FORMATS)}"
                )
        patterns = tuple((compiled([_anywhere(pattern)]), name) for pattern, name in mapping.items())
        return cls(patterns, content_id([list(pair) for pair in mapping.items()]) if mapping else "")

    def format_of(self, document: str) -> str:
        """Return the name of the format that a document is read in."""
        named = next((name for pattern, name in self.patterns if pattern.fullmatch(document)), None)
        return named or _by_ending(document.lower())


def _anywhere(pattern: str) -> str:
    """Return a pattern that also matches in folders, where it names no folder itself."""
    return pattern if "/" in pattern else f"**/{pattern}"


def _by_ending(name: str) -> str:
    return next((format_ for format_, endings in ENDINGS.items() if name.endswith(endings)), "text")


BY_ENDING = Formats()
"""No mapping: the ending alone says in which format a document is written."""
