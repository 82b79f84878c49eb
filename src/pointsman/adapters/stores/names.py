"""Names of documents: which of them a store serves, how they are shown safely, and which lead out of the store."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import NamedTuple

from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import UsageError
from pointsman.core.glob_patterns import compiled
from pointsman.core.hashing import digest

UNSAFE_NAME = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Control characters, line separators and text-direction overrides: they can make a name look like another."""

NAME_LIMIT = 200
"""Characters of a path that a message shows, at most."""


class Chosen(NamedTuple):
    """The include and exclude patterns, compiled; they are matched against whole ids."""

    include: re.Pattern[str]
    exclude: re.Pattern[str]
    pruned: re.Pattern[str]
    """Matches a folder id followed by ``/`` when everything below it is excluded."""

    @classmethod
    def of(cls, include: Iterable[str], exclude: Iterable[str]) -> "Chosen":
        """Compile glob patterns."""
        exclude = tuple(exclude)
        whole = [pattern for pattern in exclude if pattern.endswith(("/**", "/"))]
        return cls(compiled(include), compiled(exclude), compiled(whole))

    def __contains__(self, document: object) -> bool:
        """Tell whether the store serves an id."""
        text = str(document)
        return bool(self.include.fullmatch(text)) and not self.exclude.fullmatch(text)

    def passes_over(self, document: str) -> bool:
        """Tell whether no pattern takes a visible file: it is neither included nor excluded."""
        excluded = self.exclude.fullmatch(document) or self.include.fullmatch(document)
        return not (excluded or hidden(document))

    def prunes(self, folder: str) -> bool:
        """Tell whether nothing below a folder can be included."""
        return bool(self.pruned.fullmatch(folder + "/"))


def refuse_escape(document: str) -> None:
    """Raise unless an id names something below the store.

    Raises:
        UsageError: it is absolute, has an empty, ``.`` or ``..`` part, or control characters.
    """
    if name_problem(document) or any(part in ("", ".", "..") for part in document.split("/")):
        raise UsageError(
            f"{shown(document)!r} is not a document id: it must be a path below store.url without '..', "
            "with '/' between its parts; see `pointsman plan --json` for the ids there are"
        )


def path_problem(document: str) -> str | None:
    """Return why the key of an object is not a usable path, or None."""
    if any(part in ("", ".", "..") for part in document.split("/")):
        return "the key has an empty, '.' or '..' part between its slashes; rename the object"
    return None


def hidden(document: str) -> bool:
    """Tell whether a part of a path begins with a dot; such documents are skipped."""
    return any(part.startswith(".") for part in document.split("/"))


def shown(name: str) -> str:
    """Return a name that is safe in any terminal and file: printable UTF-8, shortened."""
    text = name.encode("utf-8", "backslashreplace").decode("utf-8")
    text = UNSAFE_NAME.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
    return text if len(text) <= NAME_LIMIT else text[:NAME_LIMIT] + "…"


def name_problem(document: str) -> str | None:
    """Return what is wrong with a name, or None."""
    if document.isascii() and document.isprintable():
        return None
    try:
        document.encode("utf-8")
    except UnicodeEncodeError:
        return "file name is not UTF-8; rename the file"
    if unsafe := UNSAFE_NAME.search(document):
        name = unicodedata.name(unsafe[0], f"U+{ord(unsafe[0]):04X}")
        return f"file name has a control character ({name}); rename the file"
    return None


def document_id(path: str) -> str:
    """Return the id of a path below the store: Unicode form NFC, whatever form the file system keeps."""
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def told_apart(found: Mapping[str, Listed]) -> tuple[list[Listed], dict[str, str]]:
    """Return (the entries, ordered by id; id → path where they differ), for path → entry.

    Of files whose names differ in Unicode form only, the one in form NFC is the document (else the first), and the
    others are entries with a problem.
    """
    entries: dict[str, Listed] = {}
    names: dict[str, str] = {}
    for path, listed in sorted(found.items(), key=lambda pair: (pair[0] != document_id(pair[0]), pair[0])):
        document = listed.document
        if document in entries and document == document_id(path):
            why = f"file name differs only in Unicode form from that of {shown(document)}; rename or remove one of them"
            document = f"{shown(document)} (name {digest(path)})"
            listed = replace(listed, document=document, problem=listed.problem or why)  # noqa: PLW2901 - the same entry, named otherwise
        elif path != document == document_id(path):
            names[document] = path
        entries[document] = listed
    return sorted(entries.values(), key=attrgetter("document")), names


def printable_entry(document: str, size: int, tag: str, problem: str | None, *, settled: bool = True) -> Listed:
    """Return an entry whose id is safe to print; an id that had to be changed ends with a digest of the true one."""
    wrong = name_problem(document)
    if wrong is None:
        return Listed(document, size, tag=tag, problem=problem, settled=settled)
    return Listed(
        f"{shown(document)} (name {digest(document)})", size, tag=tag, problem=problem or wrong, settled=settled
    )
