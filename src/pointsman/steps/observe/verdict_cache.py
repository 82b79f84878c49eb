"""What is remembered of each document, so that an unchanged one is neither opened nor judged again."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pointsman.ports.validation import Validator

Version = tuple[str, str, int]
"""Suffix and byte digest of a document, and how many with the same text come before it: what a verdict depends on."""

Verdict = tuple[tuple[str, str], ...]
"""(check, reason) of every check that was failed."""


@dataclass(frozen=True, slots=True)
class CachedDocument:
    """What is known of one listed document."""

    tag: str
    size: int
    problem: str | None
    entry: tuple[str, str, str, int] | None
    """Digests and size of the parsed document; None when it could not be opened or parsed."""
    facts: Mapping[str, Any]
    copies: int = 0
    """Documents with the same text that come before it."""
    refusals: tuple[tuple[str, str], ...] = ()
    """(check, reason) of every check it failed."""


def judge(
    validator: Validator, seen: Mapping[str, CachedDocument], fresh: Collection[str], settled: Mapping[Version, Verdict]
) -> tuple[dict[str, CachedDocument], bool]:
    """Judge what is new or has another number of copies before it than when it was judged; tell whether any was."""
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
    judged = {d: _with(seen[d], copies[d], verdicts.get(d, [])) for d in to_judge}
    return {**seen, **judged}, bool(to_judge)


def verdict_key(document: str, entry: tuple[str, str, str, int], copies: int) -> Version:
    """Return what a verdict depends on; the suffix chooses the parser, and so the facts."""
    return document.rsplit("/", 1)[-1].rpartition(".")[2].lower(), entry[0], copies


def _row(document: str, seen: CachedDocument, copies: int) -> dict[str, Any]:
    return {"item": document, "size": seen.size, "problem": seen.problem, "copies": copies, **seen.facts}


def _with(seen: CachedDocument, copies: int, refusals: Iterable[tuple[str, str]]) -> CachedDocument:
    return CachedDocument(
        seen.tag,
        seen.size,
        problem=seen.problem,
        entry=seen.entry,
        facts=seen.facts,
        copies=copies,
        refusals=tuple(refusals),
    )


def as_row(seen: CachedDocument) -> list[Any]:
    """Return what is known of a document as a JSON value."""
    return [seen.tag, seen.size, seen.problem, seen.entry, dict(seen.facts), seen.copies, seen.refusals]


def from_row(row: list[Any]) -> CachedDocument:
    """Return what ``as_row`` gave."""
    tag, size, problem, entry, facts, copies, refusals = row
    digests = (entry[0], entry[1], entry[2], entry[3]) if entry else None
    return CachedDocument(
        tag,
        size,
        problem=problem,
        entry=digests,
        facts=facts,
        copies=copies,
        refusals=tuple((c, r) for c, r in refusals),
    )
