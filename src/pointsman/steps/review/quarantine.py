"""The quarantine: rows that were refused, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pointsman.core.corpus.documents import Refusal
from pointsman.ports.workspace import QuarantineStore
from pointsman.steps.indexing.cut import ITEM_MARK

SUITES = ("documents", "chunks", "examples", "probes", "pairs")
"""Kinds of refused rows, in the order in which they are shown."""
STALE = "stale"
"""Check of an example whose document changed. ``status`` shows these separately."""
FIRST = 3
"""Number of refused items that ``plan``, ``refresh`` and ``status`` name."""


def refused(quarantine: QuarantineStore) -> dict[str, Any]:
    """Return every refused row by kind, and the number of refused items by kind."""
    rows = {suite: [_row(suite, each) for each in quarantine.rows(suite)] for suite in SUITES}
    return {"refused": rows, "counts": {suite: len({row["item"] for row in rows[suite]}) for suite in SUITES}}


def counts_without_stale(quarantine: QuarantineStore) -> dict[str, int]:
    """Return the number of refused items by kind; an example that is only stale is not among them."""
    return {s: len({each.item for each in quarantine.rows(s) if each.check != STALE}) for s in SUITES}


def first_refused(quarantine: QuarantineStore) -> list[dict[str, Any]]:
    """Return up to ``FIRST`` refused items, each once, with its first reason. Stale examples are left out."""
    first: list[dict[str, Any]] = []
    for suite in SUITES:
        first += once_each([_row(suite, each) for each in quarantine.rows(suite) if each.check != STALE])
        if len(first) >= FIRST:
            break
    return first[:FIRST]


def once_each(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one row for each item of a suite: its first reason, with ``more``, the number of its other reasons."""
    first: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["item"] in first:
            first[row["item"]]["more"] += 1
        else:
            first[row["item"]] = {**row, "more": 0}
    return list(first.values())


def of_document(quarantine: QuarantineStore, document: str) -> list[dict[str, Any]]:
    """Return the rows about a document or one of its chunks."""
    return [
        _row(suite, each)
        for suite in ("documents", "chunks")
        for each in quarantine.rows(suite)
        if _is_of(each, suite, document)
    ]


def _is_of(refusal: Refusal, suite: str, document: str) -> bool:
    item = refusal.item.rsplit(ITEM_MARK, 1)[0] if suite == "chunks" else refusal.item
    return item == document


def _row(suite: str, refusal: Refusal) -> dict[str, Any]:
    return {"kind": suite, **asdict(refusal), "reason": in_words(refusal.check, refusal.reason)}


def in_words(check: str, reason: str) -> str:
    """Return a reason without the name of its check at the beginning."""
    return reason.removeprefix(f"{check}: ")
