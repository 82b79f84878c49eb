"""The state of each document, kept between runs so that an unchanged one is not opened or judged again."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pointsman.core.corpus.manifest import EVERYBODY, ManifestEntry
from pointsman.ports.validation import Validator

Version = tuple[str, str, int]
"""What a verdict depends on: suffix and byte digest of a document, and how many with the same text come before it."""

FailedChecks = tuple[tuple[str, str], ...]
"""(check, reason) of every check that failed; empty if the document is accepted."""


@dataclass(frozen=True, slots=True)
class CachedDocument:
    """What is known about one listed document."""

    tag: str
    """Version tag of the listing."""
    size: int
    """Size in bytes."""
    problem: str | None
    """Why the listing itself refuses it; None if it does not."""
    entry: tuple[str, str, str, int] | None
    """Byte, text and metadata digest and size of the parsed document; None if it was not opened or parsed."""
    facts: Mapping[str, Any]
    """Columns that the validator judges."""
    copies: int = 0
    """Number of documents with the same text that come before it."""
    refusals: tuple[tuple[str, str], ...] = ()
    """(check, reason) of every check that failed."""
    readers: tuple[str, ...] = EVERYBODY
    """Groups that may read it, as it says itself; see ``entry``."""

    @property
    def manifest_entry(self) -> ManifestEntry | None:
        """What a manifest stores about it; None if it was not opened or parsed."""
        return None if self.entry is None else ManifestEntry(*self.entry, readers=self.readers)


def judge(
    validator: Validator,
    seen: Mapping[str, CachedDocument],
    fresh: Collection[str],
    settled: Mapping[Version, FailedChecks],
) -> tuple[dict[str, CachedDocument], bool]:
    """Judge the documents that are new or whose number of copies changed.

    Args:
        validator: judges the rows.
        seen: all listed documents.
        fresh: ids of the documents that were opened.
        settled: earlier verdicts, reused for the same version.

    Returns:
        All documents with their verdicts, and whether any was judged.
    """
    counted: Counter[str] = Counter()
    copies: dict[str, int] = {}
    for document in sorted(seen):
        entry = seen[document].entry
        copies[document] = counted[entry[1]] if entry else 0
        if entry:
            counted[entry[1]] += 1
    to_judge = [d for d in seen if d in fresh or seen[d].copies != copies[d]]
    versions = {d: verdict_key(d, entry, copies[d]) for d in to_judge if (entry := seen[d].entry)}
    verdicts = {d: list(settled[version]) for d, version in versions.items() if version in settled}
    rows = [_row(d, seen[d], copies[d]) for d in to_judge if d not in verdicts]
    for item, check, reason in validator.refuse("documents", rows) if rows else ():
        verdicts.setdefault(item, []).append((check, reason))
    judged = {d: _judged(seen[d], copies[d], verdicts.get(d, [])) for d in to_judge}
    return {**seen, **judged}, bool(to_judge)


def verdict_key(document: str, entry: tuple[str, str, str, int], copies: int) -> Version:
    """Return the key of a verdict. The suffix is part of it because it selects the parser."""
    return document.rsplit("/", 1)[-1].rpartition(".")[2].lower(), entry[0], copies


def _row(document: str, seen: CachedDocument, copies: int) -> dict[str, Any]:
    return {"item": document, "size": seen.size, "problem": seen.problem, "copies": copies, **seen.facts}


def _judged(seen: CachedDocument, copies: int, refusals: Iterable[tuple[str, str]]) -> CachedDocument:
    return replace(seen, copies=copies, refusals=tuple(refusals))


def as_row(seen: CachedDocument) -> list[Any]:
    """Return a document's state as a JSON value."""
    return [seen.tag, seen.size, seen.problem, seen.entry, dict(seen.facts), seen.copies, seen.refusals, seen.readers]


def count_closed(rows: Iterable[list[Any]]) -> int:
    """Return how many of the documents that ``as_row`` wrote are accepted and read by nobody."""
    return sum(1 for seen in map(from_row, rows) if seen.entry and not seen.refusals and not seen.readers)


def from_row(row: list[Any]) -> CachedDocument:
    """Return the document's state that ``as_row`` wrote."""
    tag, size, problem, entry, facts, copies, refusals, readers = row
    digests = (entry[0], entry[1], entry[2], entry[3]) if entry else None
    return CachedDocument(
        tag,
        size,
        problem=problem,
        entry=digests,
        facts=facts,
        copies=copies,
        refusals=tuple((c, r) for c, r in refusals),
        readers=tuple(readers),
    )
