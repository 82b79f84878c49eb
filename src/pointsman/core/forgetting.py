"""What forgetting needs to know: traces of a document, tombstones, and records with the traces taken out."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pointsman.core.errors import UsageError
from pointsman.core.identity import digest
from pointsman.core.shingles import Shingles

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


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is kept of a forgotten document: enough to refuse it, too little to tell what it was."""

    request: str
    """Id of the forgetting."""
    salt: str
    names: frozenset[str]
    """Salted digests of the ids."""
    texts: frozenset[str]
    """Salted digests of the text digests of every version."""
    at: str = ""

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Tombstone":
        """Return the tombstone that ``as_json`` gave."""
        return cls(**{**value, "names": frozenset(value["names"]), "texts": frozenset(value["texts"])})

    def as_json(self) -> dict[str, Any]:
        """Return the tombstone as a JSON value."""
        return {
            "request": self.request, "salt": self.salt, "names": sorted(self.names), "texts": sorted(self.texts),
            "at": self.at,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Every tombstone; falsy when nothing was ever forgotten."""

    names: Mapping[str, Mapping[str, Tombstone]] = field(default_factory=dict)
    """By salt, then by salted id."""
    texts: Mapping[str, Mapping[str, Tombstone]] = field(default_factory=dict)
    """By salt, then by salted text digest."""

    @classmethod
    def of(cls, stones: Iterable[Tombstone]) -> "Forgotten":
        """Return the tombstones, ready to be asked."""
        names: dict[str, dict[str, Tombstone]] = {}
        texts: dict[str, dict[str, Tombstone]] = {}
        for stone in stones:
            names.setdefault(stone.salt, {}).update(dict.fromkeys(stone.names, stone))
            texts.setdefault(stone.salt, {}).update(dict.fromkeys(stone.texts, stone))
        return cls(names, texts)

    def __bool__(self) -> bool:
        return bool(self.names)

    @property
    def rules(self) -> list[str]:
        """What a verdict depends on: the forgettings there were."""
        return sorted({stone.request for known in self.names.values() for stone in known.values()})

    def by_name(self, document: str) -> Tombstone | None:
        """Return the tombstone of a document id."""
        return _sought(self.names, document)

    def by_text(self, text_digest: str) -> Tombstone | None:
        """Return the tombstone of a text, whatever its name is now."""
        return _sought(self.texts, text_digest)

    def cited(self, documents: Iterable[str]) -> Tombstone | None:
        """Return the tombstone of the first of ``documents`` that was forgotten."""
        return next((stone for d in documents if (stone := self.by_name(d))), None)


def _sought(known: Mapping[str, Mapping[str, Tombstone]], text: str) -> Tombstone | None:
    return next((stone for salt, of in known.items() if (stone := of.get(salted(salt, text)))), None)


def why_refused(stone: Tombstone, what: str) -> str:
    """Return the sentence that refuses ``what`` because of a tombstone, with the way out."""
    return (
        f"{what} (request {stone.request}); remove it there, "
        f"or take it in again with `pointsman forget --lift {stone.request}`"
    )


def redacted(value: Any, told: Callable[[str], bool], instead: str) -> Any:
    """Return a JSON value without what ``told`` recognises.

    A row (an object or a list within a list) that names it goes whole, and so does a key; any other text is replaced.
    """
    if isinstance(value, str):
        return instead if told(value) else value
    if isinstance(value, Mapping):
        return {k: redacted(v, told, instead) for k, v in value.items() if not told(str(k))}
    if isinstance(value, (list, tuple)):
        return [redacted(item, told, instead) for item in value if not _row_tells(item, told)]
    return value


def _row_tells(row: Any, told: Callable[[str], bool]) -> bool:
    if isinstance(row, Mapping):
        return any(_row_tells(v, told) or (isinstance(v, str) and told(v)) for v in row.values())
    if isinstance(row, (list, tuple)):
        return any(isinstance(item, str) and told(item) for item in row)
    return False


def redacted_text(text: str, told: Callable[[str], bool], instead: str) -> str:
    """Return a text without what ``told`` recognises: as JSON where it is JSON, else line by line, else not at all."""
    if not told(text):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if isinstance(value, (dict, list)):
        clean = json.dumps(redacted(value, told, instead), indent=2, ensure_ascii=False, sort_keys=True)
    else:
        clean = "\n".join(instead if told(line) else line for line in text.split("\n"))
    return instead if told(clean) else clean


def chosen(beginning: str, ids: Iterable[str], what: str) -> str:
    """Return the one id that begins with ``beginning``.

    Raises:
        UsageError: none or several do.
    """
    found = [id_ for id_ in ids if id_.startswith(beginning)]
    if len(found) != 1:
        raise UsageError(f"{len(found)} {what} begin with {beginning!r}; `pointsman history --json` lists them")
    return found[0]
