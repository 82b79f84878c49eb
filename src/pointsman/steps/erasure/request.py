"""A request to forget a document: begin it, list unfinished ones, lift it.

The request is written to the ledger before the first step and removed after the last. Every step can be repeated, so an
interrupted erasure is finished by the next ``forget`` or by ``doctor --repair``. The pointer moves, by
compare-and-swap, before the points are removed: readers get complete answers all the time.
"""

import base64
import json
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.erasure.shingles import Shingles
from pointsman.core.erasure.tombstones import Tombstone
from pointsman.core.erasure.traces import Trace, erasure_mark, find_by_prefix, salted
from pointsman.core.errors import PointsmanError, UsageError
from pointsman.core.hashing import content_id, digest
from pointsman.core.release import Release
from pointsman.core.supervision.probes import SENTENCE
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.tracking import Tracker
from pointsman.steps.erasure.trace import Found
from pointsman.steps.ledger.releases import all_releases, manifest_of
from pointsman.steps.ledger.tombstones import CERTIFICATE, INTENT, LIFT, TOMBSTONE, forgotten
from pointsman.steps.resources import Records, Serving

BATCH = 256
"""Documents whose texts are read together."""

SALT_BYTES = 16
"""Length of the random salt in the digests of a tombstone."""


@dataclass(frozen=True)
class Request:
    """The erasure of one document and its copies."""

    id: str
    trace: Trace
    stone: Tombstone
    note: str = ""
    shared: int = 0
    """Number of shingles that other documents have too; they are no trace of this one."""
    citing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Examples, probes (``file:line``), example digests, adapters, and other documents that name it, by kind."""

    def as_json(self) -> dict[str, Any]:
        """Return the request in base85, which the search does not read: it must not find the document here.

        The certificate says so, and the record is removed when the erasure ends.
        """
        whole = {
            "trace": self.trace.as_json(), "stone": self.stone.as_json(), "note": self.note, "shared": self.shared,
            "citing": {name: list(lines) for name, lines in self.citing.items()},
        }  # fmt: skip
        return {"id": self.id, "packed85": base64.b85encode(json.dumps(whole).encode()).decode()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Request":
        """Return the request that ``as_json`` wrote, in this version or an earlier one."""
        packed = value.get("packed85")
        whole = json.loads(base64.b85decode(packed) if packed else base64.b64decode(value["packed"]))
        return cls(
            value["id"], Trace.from_json(whole["trace"]), stone=Tombstone.from_json(whole["stone"]), note=whole["note"],
            shared=whole["shared"], citing=whole["citing"],
        )  # fmt: skip


def begin_request(serving: Serving, found: Found, *, note: str = "", records: Records) -> Request:
    """Write the request to forget what was found; from here on, an interruption loses nothing.

    Raises:
        UsageError: nothing is known of it, or other documents have the same text.
        PointsmanError: the tracker cannot be reached; it may contain the document too.
    """
    tombs = forgotten(serving.ledger)
    known = [stone for d in found.documents if (stone := tombs.by_name(d))]
    _check_erasable(records.tracker, found, known)
    salt = next(iter(tombs.names), None) or secrets.token_hex(SALT_BYTES)
    names = frozenset(salted(salt, d) for d in found.documents)
    id_ = content_id(sorted(names))
    before = next((stone.texts for stone in known), frozenset())
    texts = frozenset(salted(salt, each) for each in found.text_digests) | before
    whole = Shingles.of(found.texts)
    roots = (serving.params.store.url.rstrip("/"),)
    left, mentioning = _own_shingles(
        found, Trace(found.documents, whole, roots=roots), vector_index=serving.index, ledger=serving.ledger
    )
    sentences = {part for text in found.texts for part in (text, *SENTENCE.split(text), *text.split("\n"))}
    digests = {digest(s) for part in sentences for s in (part, part.strip())}
    request = Request(
        id_,
        Trace(found.documents, left, frozenset(digests), roots),
        stone=Tombstone(id_, salt, names=names, texts=texts, at=records.now()),
        note=note,
        shared=len(whole) - len(left),
        citing={
            "examples": found.cited.examples, "probes": found.cited.probes, "digests": sorted(found.cited.digests),
            "mentioning": mentioning, "adapters": [f"{part} {adapter}" for adapter, part in found.adapters.items()],
        },
    )  # fmt: skip
    serving.ledger.replace(INTENT, id_, request.as_json())
    return request


def _check_erasable(tracker: Tracker, found: Found, known: Sequence[Tombstone]) -> None:
    """Raise unless the document can be erased everywhere.

    Raises:
        UsageError: nothing is known of it, or other documents have the same text.
        PointsmanError: the tracker cannot be reached; it may contain the document too.
    """
    _known(found, known)
    if found.copies:
        raise UsageError(
            f"{', '.join(found.copies)} have the same text as {found.documents[0]!r}; forget all of them with --copies"
        )
    why = tracker.reachable()
    if why is not None:
        raise PointsmanError(
            f"{why}; it may contain the document too, so nothing was forgotten: start it and run again"
        )


def known_here(found: Found, *, ledger: Ledger) -> None:
    """Raise unless the document is known here or was forgotten before.

    Raises:
        UsageError: nothing is known of it.
    """
    tombs = forgotten(ledger)
    _known(found, [stone for d in found.documents if (stone := tombs.by_name(d))])


def _known(found: Found, known: Sequence[Tombstone]) -> None:
    if not found and not known:
        raise UsageError(f"nothing here knows a document {found.documents[0]!r}; give the path of one below store.url")


def _own_shingles(
    found: Found, trace: Trace, *, vector_index: VectorIndex, ledger: Ledger
) -> tuple[Shingles, list[str]]:
    """Return (the shingles that no other text has, the other documents whose text names the document)."""
    left, mentioning = trace.shingles.without(found.cited.others), set()
    for batch in _other_texts(found, vector_index=vector_index, ledger=ledger):
        left = left.without(["\n".join(each.embed_text for each in batch)])
        mentioning |= {each.document for each in batch if trace.named_in(each.embed_text)}
    return left, sorted(mentioning)


def _other_texts(found: Found, *, vector_index: VectorIndex, ledger: Ledger) -> Iterable[list[Chunk]]:
    """Yield the chunks of all other documents, in batches of documents; each version of a document once."""
    ids = set(found.documents)
    seen: set[tuple[str, str]] = set()
    for release in all_releases(ledger):
        name = release.index.collection
        if name not in vector_index.collections():
            continue
        entries = manifest_of(ledger, release).entries
        fresh = [d for d in sorted(entries.keys() - ids) if (d, entries[d].text_digest) not in seen]
        seen |= {(d, entries[d].text_digest) for d in fresh}
        rest = iter(fresh)
        while batch := list(islice(rest, BATCH)):
            yield vector_index.chunks(name, revision=release.index.revision, documents=batch)


def pending(ledger: Ledger) -> list[str]:
    """Return the ids of unfinished erasures."""
    return ledger.ids(INTENT)


def unverified(ledger: Ledger) -> list[str]:
    """Return the ids of erasures, not lifted, whose newest certificate is incomplete."""
    certificates = (ledger.get(CERTIFICATE, id_) for id_ in ledger.ids(CERTIFICATE))
    newest = {c["request"]: c for c in sorted((c for c in certificates if c), key=lambda c: c["at"])}
    return [id_ for id_ in ledger.ids(TOMBSTONE) if id_ in newest and not newest[id_]["complete"]]


def lift(beginning: str, *, ledger: Ledger, now: Callable[[], str], tracker: Tracker) -> str:
    """Let the next refresh take a forgotten document in again if the store still has it, and return the request's id.

    Raises:
        UsageError: no tombstone or several have an id that begins so, or the erasure is not finished.
        PointsmanError: the tracker cannot be written to; restoring a ledger from it would bring the tombstone back.
    """
    of_certificates = {c["id"]: c["request"] for id_ in ledger.ids(CERTIFICATE) if (c := ledger.get(CERTIFICATE, id_))}
    request = next((of_certificates[id_] for id_ in of_certificates if id_.startswith(beginning)), beginning)
    id_ = find_by_prefix(request, ledger.ids(TOMBSTONE), "forgettings")
    if id_ in ledger.ids(INTENT):
        raise UsageError(f"forgetting {id_} was interrupted; finish it first with `pointsman doctor --repair`")
    tracker.remove_preserved([(TOMBSTONE, id_)])
    at = now()
    ledger.put(LIFT, content_id([id_, at]), {"request": id_, "at": at})
    ledger.remove(TOMBSTONE, id_)
    return id_


def surviving_copy(
    release: Release, ids: Collection[str], *, vector_index: VectorIndex, ledger: Ledger
) -> tuple[Release, Manifest]:
    """Return a release and its manifest as if the documents had never been in the store."""
    manifest = manifest_of(ledger, release)
    left = Manifest({d: e for d, e in manifest.entries.items() if d not in ids})
    name = release.index.collection
    points = vector_index.points(name, documents=ids) if name in vector_index.collections() else ()
    gone = sum(point.seen_at(release.index.revision) for point in points)
    index = replace(release.index, points=release.index.points - gone)
    return replace(release, corpus=left.id, documents=len(left), index=index), left


def instead_of(request: Request) -> str:
    """Return the mark that replaces the document's name."""
    return erasure_mark(request.id)
