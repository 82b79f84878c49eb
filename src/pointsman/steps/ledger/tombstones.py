"""Tombstones of erased documents in the ledger, and the rows that they refuse."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pointsman.core.corpus.documents import Listed, Refusal
from pointsman.core.erasure.tombstones import Forgotten, Tombstone, why_refused
from pointsman.core.erasure.traces import FORGOTTEN, salted
from pointsman.ports.ledger import Ledger

TOMBSTONE, INTENT, REWRITTEN, TAINT, CERTIFICATE, LIFT = (
    "tombstone", "forget", "rewritten", "taint", "certificate", "lift",
)  # fmt: skip
"""Kinds of ledger objects: tombstone of an erased document, erasure that has begun, new id of a rewritten release,
model to retrain, certificate of an erasure, and tombstone that a person lifted."""

T = TypeVar("T")


def forgotten(ledger: Ledger) -> Forgotten:
    """Return all tombstones of the ledger."""
    stones = (ledger.get(TOMBSTONE, id_) for id_ in ledger.ids(TOMBSTONE))
    return Forgotten.of(Tombstone.from_json(stone) for stone in stones if stone)


def without_forgotten_ids(listing: list[Listed], tombs: Forgotten) -> tuple[list[Listed], tuple[Refusal, ...]]:
    """Return (the listing without erased documents, a quarantine row for each of them).

    Erased documents are not opened, and the rows do not contain their ids.
    """
    kept, rows = [], []
    for listed in listing:
        stone = tombs.by_name(listed.document)
        if stone is None:
            kept.append(listed)
        else:
            item = f"{FORGOTTEN}:{salted(stone.salt, listed.document)[:12]}"
            rows.append(
                Refusal(item, FORGOTTEN, why_refused(stone, "the source still has a document that was forgotten"))
            )
    return kept, tuple(rows)


def refuse_forgotten_texts(seen: Mapping[str, Any], tombs: Forgotten) -> dict[str, Any]:
    """Return the documents, with a refusal added to each one whose text was erased under another name."""
    return {d: _marked(s, tombs.by_text(s.entry[1]) if s.entry else None) for d, s in seen.items()}


def _marked(seen: Any, stone: Tombstone | None) -> Any:
    if stone is None:
        return seen
    why = why_refused(stone, "its text was forgotten under another name")
    return replace(seen, refusals=(*seen.refusals, (FORGOTTEN, why)))


def without_forgotten_cites(
    parsed: Mapping[str, T], cites: str, tombs: Forgotten
) -> tuple[dict[str, T], list[Refusal]]:
    """Return (rows that cite no erased document, refusals of the other rows).

    Args:
        parsed: rows by origin (file and line).
        cites: name of the attribute with the cited document ids.
        tombs: the tombstones.
    """
    stones = {origin: tombs.cited(getattr(row, cites)) for origin, row in parsed.items()} if tombs else {}
    bad = [
        Refusal(origin, FORGOTTEN, why_refused(stone, "it cites a document that was forgotten"))
        for origin, stone in stones.items()
        if stone
    ]
    refused = {r.item for r in bad}
    return {origin: row for origin, row in parsed.items() if origin not in refused}, bad
