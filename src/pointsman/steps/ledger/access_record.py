"""Access records in the ledger: documents whose readers became fewer than a kept release shows (ADR 36).

Every query hides these documents from everybody else, on every release. A record is written without the write lease,
under an id that nobody used before. It is never changed: another one takes its place before it is removed. So a run may
end exactly the records that it read before it listed the store, and no other.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pointsman.core.corpus.exposure import Caps, Readers, both, narrower_than_shown, too_wide, within
from pointsman.core.corpus.manifest import EVERYBODY, Manifest, ManifestEntry
from pointsman.core.errors import IndexBusy
from pointsman.core.index.filters import Filter
from pointsman.core.release import Release
from pointsman.ports.ledger import Ledger
from pointsman.steps.ledger.releases import manifest_of

ACCESS_RECORD, ACCESS_SHOWN = "access", "access-shown"
"""Kinds of ledger objects: documents with their readers now; for a release, the records that it does not exceed."""

MANY = 256
"""Documents in a filter from which those are left out that the asked release does not show to anybody else."""

READINGS = 10
"""Attempts to read the records while others replace them."""


def put_record(ledger: Ledger, caps: Caps, *, at: str) -> str:
    """Store a new record and return its id. Older ones that say no more than this one are removed.

    Two writers that store the same at once keep at least the one with the larger id.
    """
    before = ledger.ids(ACCESS_RECORD)
    new = _put(ledger, caps, before, at=at)
    for old in before:
        if all(document in caps and within(caps[document], cap) for document, cap in _caps(ledger, [old]).items()):
            ledger.remove(ACCESS_RECORD, old)
    return new


def caps_of(ledger: Ledger, ids: Sequence[str]) -> dict[str, Readers]:
    """Return document → who may read it at most, as these records say together. A record that is gone says nothing."""
    return _caps(ledger, ids)


def caps_now(ledger: Ledger, *, besides: Sequence[str] = ()) -> dict[str, Readers]:
    """Return document → who may read it at most, as all records say together, those of ``besides`` left out.

    Raises:
        IndexBusy: others replaced the records during each of ``READINGS`` attempts.
    """
    for _ in range(READINGS):
        ids = [id_ for id_ in ledger.ids(ACCESS_RECORD) if id_ not in besides]
        values = [ledger.get(ACCESS_RECORD, id_) for id_ in ids]
        if None not in values:  # the record that replaced a missing one may not have been listed yet
            return _merged(value for value in values if value)
    raise IndexBusy(f"the access records changed during each of {READINGS} reads; ask again")


def seen_by(allow: Filter, release: Release, *, ledger: Ledger) -> Filter:
    """Return a reader's filter for a release: what he may no longer read is hidden.

    Costs one listing of a kind while nobody's access became narrower, or the release was made since.
    """
    if not ledger.ids(ACCESS_RECORD):
        return allow
    caps = caps_now(ledger, besides=_shown(ledger, release))
    return allow.without(caps if len(caps) < MANY else too_wide(manifest_of(ledger, release), caps))


def readers_now(document: str, shown: Iterable[str], *, ledger: Ledger) -> list[str]:
    """Return who may read a document that a release shows to the readers ``shown``."""
    cap = caps_now(ledger).get(document, EVERYBODY) if ledger.ids(ACCESS_RECORD) else EVERYBODY
    return list(both(tuple(shown), cap))


def narrowed_below(release: Release, *, ledger: Ledger) -> dict[str, Readers]:
    """Return document → its readers now, for each document that a release shows to more readers."""
    if not ledger.ids(ACCESS_RECORD):
        return {}
    return too_wide(manifest_of(ledger, release), caps_now(ledger))


def keep_narrow(ledger: Ledger, *, left: Release, target: Release, at: str) -> dict[str, Readers]:
    """Store a record before the pointer moves from ``left`` to ``target``: the move makes no access wider.

    Returns document → its readers now, for each document that ``target`` shows to more readers.
    """
    rows = narrower_than_shown(manifest_of(ledger, left).entries, [manifest_of(ledger, target)])
    known = caps_now(ledger)
    new = {document: cap for document, cap in rows.items() if not within(known.get(document, EVERYBODY), cap)}
    if new:
        put_record(ledger, new, at=at)
    return narrowed_below(target, ledger=ledger)


def settle(
    ledger: Ledger,
    release: Release,
    records: Sequence[str],
    *,
    stated: Mapping[str, ManifestEntry],
    kept: Sequence[Manifest] | None = None,
    at: str,
) -> None:
    """Replace ``records``, which were there before the store was listed, by what the release and the store say now.

    The write lease is not needed: what other writers store at the same time stays.

    Args:
        ledger: holds the records.
        release: the live one.
        records: ids of the records that were there before the store was listed.
        stated: documents whose readers in the store are those that the release shows; their caps become these readers.
        kept: with the manifests of every kept release, caps that none of them exceeds are dropped.
        at: the time.
    """
    present = {id_: value for id_ in records if (value := ledger.get(ACCESS_RECORD, id_))}
    if not present:
        return
    before = _merged(present.values())
    caps = {d: stated[d].readers if d in stated else cap for d, cap in before.items()}
    caps = {d: cap for d, cap in caps.items() if cap != EVERYBODY and not _obsolete(d, cap, stated, kept)}
    exceeded = too_wide(manifest_of(ledger, release), caps)
    shown = set(_shown(ledger, release))
    open_ones = _merged(value for id_, value in present.items() if id_ not in shown)
    covered = _merged(value for id_, value in present.items() if id_ in shown)
    if caps == before and open_ones.keys() <= exceeded.keys() and not covered.keys() & exceeded.keys():
        return
    fitting = {document: cap for document, cap in caps.items() if document not in exceeded}
    every = ledger.ids(ACCESS_RECORD)
    new = [_put(ledger, part, every, at=at) if part else None for part in (fitting, exceeded)]
    for id_ in present:
        ledger.remove(ACCESS_RECORD, id_)
    _note_shown(ledger, release, [new[0]] if new[0] else [])


def without_documents(ledger: Ledger, documents: Iterable[str], *, at: str) -> int:
    """Remove documents from every record, and return the number of records that named them. Repeating it is safe."""
    gone, done = set(documents), 0
    for id_ in ledger.ids(ACCESS_RECORD):
        caps = _caps(ledger, [id_])
        if gone & caps.keys():
            left = {document: cap for document, cap in caps.items() if document not in gone}
            if left:
                _put(ledger, left, ledger.ids(ACCESS_RECORD), at=at)
            ledger.remove(ACCESS_RECORD, id_)
            done += 1
    return done


def _put(ledger: Ledger, caps: Caps, before: Sequence[str], *, at: str) -> str:
    """Store a record under an id after all of ``before``, and return the id."""
    number = 1 + max((int(id_[:8]) for id_ in before), default=0)
    new = f"{number:08d}-{secrets.token_hex(4)}"
    value = {"at": at, "readers": {document: list(caps[document]) for document in sorted(caps)}}
    ledger.put(ACCESS_RECORD, new, value)
    return new


def _obsolete(
    document: str, cap: Readers, stated: Mapping[str, ManifestEntry], kept: Sequence[Manifest] | None
) -> bool:
    """Return whether a document that the store has is shown to nobody else by any kept release."""
    if kept is None or document not in stated:
        return False
    return not any(too_wide(manifest, {document: cap}) for manifest in kept)


def _note_shown(ledger: Ledger, release: Release, records: Sequence[str]) -> None:
    """Store which records a release does not exceed, and forget it of all other releases: their records are gone."""
    for id_ in ledger.ids(ACCESS_SHOWN):
        if id_ != release.id or not records:
            ledger.remove(ACCESS_SHOWN, id_)
    if records:
        ledger.replace(ACCESS_SHOWN, release.id, {"records": list(records)})


def _shown(ledger: Ledger, release: Release) -> list[str]:
    """Return the ids of the records that a release does not exceed."""
    return list((ledger.get(ACCESS_SHOWN, release.id) or {"records": []})["records"])


def _caps(ledger: Ledger, ids: Iterable[str]) -> dict[str, Readers]:
    return _merged(value for id_ in ids if (value := ledger.get(ACCESS_RECORD, id_)))


def _merged(values: Iterable[Mapping[str, Any]]) -> dict[str, Readers]:
    found: dict[str, Readers] = {}
    for value in values:
        for document, readers in value["readers"].items():
            found[document] = both(found.get(document, EVERYBODY), tuple(readers))
    return found
