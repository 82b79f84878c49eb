"""Quarantine: what was refused, where and why."""

from dataclasses import asdict
from typing import Any

from pointsman.core.corpus.documents import Refusal
from pointsman.ports.workspace import QuarantineStore
from pointsman.steps.indexing.prepare import ITEM_MARK

SUITES = ("documents", "chunks", "examples", "probes", "pairs")
"""What can be refused, in the order in which it is shown."""
STALE = "stale"
"""The check of an example whose document changed: it has its own place in ``status``."""
FIRST = 3
"""Refused items that ``plan``, ``refresh`` and ``status`` name."""


def refused(quarantine: QuarantineStore) -> dict[str, Any]:
    """Return every refused row by kind, and how many items each kind refuses."""
    rows = {suite: [_row(suite, each) for each in quarantine.rows(suite)] for suite in SUITES}
    return {"refused": rows, "counts": {suite: len({row["item"] for row in rows[suite]}) for suite in SUITES}}


def first_refused(quarantine: QuarantineStore) -> list[dict[str, Any]]:
    """Return the first three refused items, each once, with its first reason; stale examples are not among them."""
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for suite in SUITES:
        for each in quarantine.rows(suite):
            if each.check != STALE:
                first.setdefault((suite, each.item), _row(suite, each))
        if len(first) >= FIRST:
            break
    return list(first.values())[:FIRST]


def of_document(quarantine: QuarantineStore, document: str) -> list[dict[str, Any]]:
    """Return the rows that refuse a document or one of its chunks."""
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
    """Return a reason without the name of its check before it."""
    return reason.removeprefix(f"{check}: ")
