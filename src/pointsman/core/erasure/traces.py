"""What forgetting needs to know: traces of a document, tombstones, and records with the traces taken out."""

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
"""The check that refuses what was forgotten, and the beginning of what stands in its place."""


def salted(salt: str, text: str) -> str:
    """Return the digest of a name or a text digest, which nobody can look up in a table made beforehand."""
    return digest(f"{salt}\n{text}")


def mark(request: str) -> str:
    """Return what stands in a record where a forgotten document was named."""
    return f"{FORGOTTEN} ({request})"


@dataclass(frozen=True)
class Trace:
    """How a document is recognised where it must not be any more."""

    documents: tuple[str, ...]
    """Ids, copies included."""
    shingles: Shingles = field(default_factory=Shingles)
    """Of its texts: chunks, questions and answers about it."""
    digests: frozenset[str] = frozenset()
    """Digests of texts that were embedded."""
    roots: tuple[str, ...] = ()
    """Folders that may stand before an id."""

    @property
    def _names(self) -> re.Pattern[str]:
        """Match an id that stands by itself, as it is, quoted for a URL, or escaped for JSON."""
        forms = {form for d in self.documents for form in (d, quote(d), json.dumps(d)[1:-1])}
        before = "|".join(["(?<![\\w./%-])", *(f"(?<={re.escape(root)}/)" for root in self.roots)])
        ids = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        return re.compile(f"(?:{before})(?:{ids})(?![\\w/-]|\\.\\w)")

    def named_in(self, text: str) -> bool:
        """Tell whether one of the ids stands in ``text``."""
        return bool(self._names.search(text))

    def seen_in(self, raw: bytes) -> "Sight":
        """Return what of the document is in ``raw``."""
        named = self.named_in(raw.decode("utf-8", "replace")) if self._may_name(raw) else False
        return Sight(named, len(self.shingles.found_in(raw)))

    def _may_name(self, raw: bytes) -> bool:
        """Tell quickly whether a whole search for the ids can find something."""
        ends = {d.rsplit("/", 1)[-1] for d in self.documents}
        return any(form.encode() in raw for e in ends for form in (e, quote(e), json.dumps(e)[1:-1]))

    def told_in(self, text: str) -> bool:
        """Tell whether a text names or quotes the document."""
        return bool(self.seen_in(text.encode("utf-8", "surrogatepass")))

    def as_json(self) -> dict[str, Any]:
        """Return the trace as a JSON value; no text can be had back from it."""
        return {
            "documents": list(self.documents),
            "shingles": sorted(self.shingles.hashes),
            "digests": sorted(self.digests),
            "roots": list(self.roots),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Trace":
        """Return the trace that ``as_json`` gave."""
        return cls(
            tuple(value["documents"]), Shingles(frozenset(value["shingles"])), frozenset(value["digests"]),
            tuple(value["roots"]),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sight:
    """What of a document was seen somewhere; falsy when nothing was."""

    named: bool
    """Whether its id stands there."""
    shingles: int
    """Distinct shingles of its text."""

    def __bool__(self) -> bool:
        return self.named or self.shingles > 0


def chosen(beginning: str, ids: Iterable[str], what: str) -> str:
    """Return the one id that begins with ``beginning``.

    Raises:
        UsageError: none or several do.
    """
    found = [id_ for id_ in ids if id_.startswith(beginning)]
    if len(found) != 1:
        raise UsageError(f"{len(found)} {what} begin with {beginning!r}; `pointsman history --json` lists them")
    return found[0]
