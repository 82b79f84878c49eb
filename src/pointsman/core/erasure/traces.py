"""Traces: how a document is recognised in files and records from which it must be erased."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pointsman.core.erasure.shingles import Shingles
from pointsman.core.errors import UsageError
from pointsman.core.hashing import digest

FORGOTTEN = "forgotten"
"""Name of the check that refuses an erased document, and the beginning of the text that replaces it in records."""


def salted(salt: str, text: str) -> str:
    """Return the digest of a name or a text digest with a salt, so that no prepared table can reveal it."""
    return digest(f"{salt}\n{text}")


def erasure_mark(request: str) -> str:
    """Return the text that replaces the name of an erased document in records."""
    return f"{FORGOTTEN} ({request})"


@dataclass(frozen=True)
class Trace:
    """What a document is recognised by."""

    documents: tuple[str, ...]
    """Its ids, and those of its copies."""
    shingles: Shingles = field(default_factory=Shingles)
    """Shingles of its texts: chunks, and questions and answers about it."""
    digests: frozenset[str] = frozenset()
    """Digests of its texts that were embedded."""
    roots: tuple[str, ...] = ()
    """Folders that may stand before an id in a path."""

    @property
    def _names(self) -> re.Pattern[str]:
        """Pattern of a complete id: as it is, quoted for a URL, or escaped for JSON."""
        forms = {form for d in self.documents for form in (d, quote(d), json.dumps(d)[1:-1])}
        before = "|".join(["(?<![\\w./%-])", *(f"(?<={re.escape(root)}/)" for root in self.roots)])
        ids = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        return re.compile(f"(?:{before})(?:{ids})(?![\\w/-]|\\.\\w)")

    def named_in(self, text: str) -> bool:
        """Return whether ``text`` contains one of the ids."""
        return bool(self._names.search(text))

    def find_in(self, raw: bytes) -> "TraceMatch":
        """Return what of the document occurs in ``raw``."""
        named = self.named_in(raw.decode("utf-8", "replace")) if self._may_name(raw) else False
        return TraceMatch(named, len(self.shingles.found_in(raw)))

    def _may_name(self, raw: bytes) -> bool:
        """Return quickly whether a search for the ids could find something."""
        ends = {d.rsplit("/", 1)[-1] for d in self.documents}
        return any(form.encode() in raw for e in ends for form in (e, quote(e), json.dumps(e)[1:-1]))

    def occurs_in(self, text: str) -> bool:
        """Return whether a text names or quotes the document."""
        return bool(self.find_in(text.encode("utf-8", "surrogatepass")))

    def as_json(self) -> dict[str, Any]:
        """Return the trace as a JSON value. No text can be rebuilt from it."""
        return {
            "documents": list(self.documents),
            "shingles": sorted(self.shingles.hashes),
            "digests": sorted(self.digests),
            "roots": list(self.roots),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Trace":
        """Return the trace that ``as_json`` wrote."""
        return cls(
            tuple(value["documents"]), Shingles(frozenset(value["shingles"])), frozenset(value["digests"]),
            tuple(value["roots"]),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TraceMatch:
    """What of a document occurs in some bytes. False if nothing does."""

    named: bool
    """Whether one of its ids occurs."""
    shingles: int
    """Number of different shingles of its text that occur."""

    def __bool__(self) -> bool:
        return self.named or self.shingles > 0


def find_by_prefix(prefix: str, ids: Iterable[str], what: str) -> str:
    """Return the only id that begins with ``prefix``; ``what`` names the kind of ids in the message.

    Raises:
        UsageError: no id or several ids begin with it.
    """
    found = [id_ for id_ in ids if id_.startswith(prefix)]
    if len(found) != 1:
        raise UsageError(f"{len(found)} {what} begin with {prefix!r}; `pointsman history --json` lists them")
    return found[0]
