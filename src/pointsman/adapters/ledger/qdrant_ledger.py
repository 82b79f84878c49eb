"""The ledger on a Qdrant server, beside the collections: a reader needs only this server."""

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pointsman.adapters.ledger.codec import (
    checked_name,
    held,
    readable,
    refuse_stale,
    text_of,
    text_or_none,
    value_of,
)
from pointsman.adapters.ledger.qdrant_collection import LedgerCollection
from pointsman.adapters.ledger.qdrant_points import conflict, part_id, unless_newer, where
from pointsman.adapters.qdrant.server_client import MAX_WAIT_SECONDS, REQUEST_SECONDS, open_client
from pointsman.core.errors import IndexDamaged, LedgerConflict
from pointsman.core.hashing import digest, stable_uuid

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

COLLECTION = "pointsman-ledger"
PART = 1_000_000
"""Most characters of JSON in one point; a longer object takes several points."""
POINTER = stable_uuid("", "live")
"""Id of the point of the pointer; no object has the empty kind."""
ATTEMPTS = 8
"""Attempts to change the pointer's point while others change it too."""
REMEMBERED = 64
"""Tokens of the last changes that the pointer's point keeps, so that a writer finds its own change there."""

_MOVING = threading.Lock()


def connect(
    url: str, api_key: str | None = None, *, max_wait: float = MAX_WAIT_SECONDS, timeout: int = REQUEST_SECONDS
) -> "QdrantLedger":
    """Return the ledger of the Qdrant server at ``url``; nothing is sent yet.

    Raises:
        ServerUnusable: ``url`` is no address of a server.
    """
    return QdrantLedger(open_client(url, api_key, max_wait=max_wait, timeout=timeout))


class QdrantLedger:
    """A ``Ledger`` of points without vectors.

    The pointer is one point. It changes by one conditional write, which a server (1.17 or newer) applies only if the
    pointer has not changed since it was read. qdrant-client's local mode checks the same condition, but not atomically;
    so changes within this process wait for each other, and no other process can use local mode.
    """

    def __init__(self, client: "QdrantClient", collection: str = COLLECTION) -> None:
        """Use a client of a server, or ``QdrantClient(":memory:")``; sends no request."""
        self._points = LedgerCollection(client, collection)
        self._collection = collection

    def put(self, kind: str, id_: str, value: Mapping[str, Any], *, token: int | None = None) -> None:
        """Store an object. An id that is stored already keeps its value, unless it cannot be read.

        Raises:
            UsageError: kind or id has other characters than letters, digits, ``.``, ``_`` and ``-``.
            ValueError: the value contains NaN or an infinity.
        """
        try:
            if self.get(kind, id_) is not None:
                return
        except IndexDamaged:
            self.remove(kind, id_, token=token)
        self.replace(kind, id_, value, token=token)

    def replace(self, kind: str, id_: str, value: Mapping[str, Any], *, token: int | None = None) -> None:
        """Store an object under an id, whatever is stored there.

        Up to ``PART`` characters are one write. A longer object whose writes were interrupted is reported as damaged;
        storing it again repairs it.

        Raises:
            UsageError: kind or id has other characters than letters, digits, ``.``, ``_`` and ``-``.
            ValueError: the value contains NaN or an infinity.
            LedgerConflict: a greater token was given out.
        """
        text = text_of(value)
        parts = [text[start : start + PART] for start in range(0, len(text), PART)]
        before = self._payload(part_id(checked_name(kind), checked_name(id_), 0))
        head: dict[str, Any] = {"kind": kind, "id": id_, "parts": len(parts), "digest": digest(text)}
        self._points.make()
        self._refuse(token)
        for number in reversed(range(len(parts))):  # the head comes last: readers see the object only with its head
            payload = {"text": parts[number], "fence": token or 0, **(head if number == 0 else {})}
            fence = {} if token is None else {"update_filter": unless_newer(token)}
            self._points.upsert(part_id(kind, id_, number), payload, **fence)
        self._points.delete([part_id(kind, id_, n) for n in range(len(parts), before["parts"] if before else 0)], token)
        self._refuse(token)

    def kinds(self) -> list[str]:
        """Return the kinds of all objects, sorted."""
        return sorted({payload["kind"] for payload in self._points.heads(None)})

    def get(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return an object, or None.

        Raises:
            IndexDamaged: parts of it are missing or altered.
        """
        head = self._payload(part_id(checked_name(kind), checked_name(id_), 0))
        if head is None:
            return None
        rest = [self._payload(part_id(kind, id_, number)) for number in range(1, head["parts"])]
        text = "".join(part["text"] for part in (head, *rest) if part is not None)
        if digest(text) != head["digest"]:
            raise IndexDamaged(
                f"{kind} {id_} in {self._collection} has digest {digest(text)}, not {head['digest']}; "
                "run `pointsman doctor --repair` to repair the ledger"
            )
        value: dict[str, Any] = json.loads(text)
        return value

    def ids(self, kind: str) -> list[str]:
        """Return the ids of all objects of a kind, sorted."""
        return sorted(payload["id"] for payload in self._points.heads(checked_name(kind)))

    def remove(self, kind: str, id_: str, *, token: int | None = None) -> None:
        """Remove an object; nothing happens if there is none."""
        self._refuse(token)
        head = self._payload(part_id(checked_name(kind), checked_name(id_), 0))
        if head is not None:
            self._points.delete([part_id(kind, id_, number) for number in range(head["parts"])], token)

    def rewrite(self) -> None:
        """Copy every object into a new collection and drop the old one: a server keeps what was removed in its files.

        The caller has the write lease; the pointer comes last, while nobody in this process changes it.
        """
        copy = self._points.copy_all(but=POINTER)
        if copy is not None:
            with _MOVING:
                self._points.move_to(copy, last=POINTER)

    def pointer(self) -> dict[str, Any] | None:
        """Return the value of the pointer, or None before its first move.

        Raises:
            IndexDamaged: it cannot be read.
        """
        current = self._payload(POINTER)
        return None if current is None or current.get("text") is None else value_of(current["text"], where=COLLECTION)

    def swap(
        self, expected: Mapping[str, Any] | None, new: Mapping[str, Any], *, lease: Mapping[str, Any] | None = None
    ) -> None:
        """Move the pointer from ``expected`` to ``new`` in one durable write.

        Raises:
            LedgerConflict: the pointer is not at ``expected``, or ``lease`` is given and is not the current lease;
                the pointer did not move.
        """
        wanted = text_or_none(expected)

        def moved(current: Mapping[str, Any]) -> dict[str, Any]:
            if current.get("text") != wanted:
                raise conflict(current, expected)
            if lease is not None and current.get("claim") != text_of(lease):
                raise LedgerConflict(f"the write lease is {current.get('claim')} now, not {lease}; run again")
            return {"text": text_of(new), "claim": current.get("claim")}

        self._change(moved)

    def restore_pointer(self, new: Mapping[str, Any], *, token: int | None = None) -> None:
        """Write the pointer if there is none, or none that can be read.

        Raises:
            LedgerConflict: there is a pointer that can be read, or a greater token was given out; it did not move.
        """

        def repaired(current: Mapping[str, Any]) -> dict[str, Any]:
            refuse_stale(token, _record(current))
            if readable(current.get("text")):
                raise LedgerConflict(f"the live pointer is at {current['text']} and can be read; it needs no repair")
            return {"text": text_of(new), "claim": current.get("claim")}

        self._change(repaired)

    def lease(self) -> dict[str, Any] | None:
        """Return the current write lease, or None. A lease that cannot be read counts as none."""
        return held(self.lease_record())

    def lease_record(self) -> dict[str, Any] | None:
        """Return the write lease, or what the last writer left; None if there is neither, or it cannot be read."""
        return _record(self._payload(POINTER) or {})

    def fence(self, token: int) -> None:
        """Mark every object as written by the writer with ``token``, so that the server refuses late writes."""
        self._points.index_fields()
        self._points.mark({"fence": token}, unless_newer(token), but=POINTER)

    def set_lease(self, expected: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        """Change the lease record from ``expected`` to ``new`` (None: no record) in one durable write.

        It is stored in the pointer's point, so that one conditional write can check both.

        Raises:
            LedgerConflict: the record is not ``expected``; it was left as it is.
        """
        wanted = text_or_none(expected)

        def changed(current: Mapping[str, Any]) -> dict[str, Any]:
            now = current.get("claim") if readable(current.get("claim")) else None
            if now != wanted:
                raise LedgerConflict(
                    f"the write lease is {now}, not {expected}; wait until that writer ends, then run again"
                )
            return {"text": current.get("text"), "claim": text_or_none(new)}

        self._change(changed)

    def _change(self, changed: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
        """Replace the pointer's point by ``changed(point)``; repeat when another process changed it at the same time.

        Raises:
            LedgerConflict: ``changed`` refuses, or another process changed the point every time.
        """
        self._points.make()
        with _MOVING:
            for _ in range(ATTEMPTS):
                current = self._payload(POINTER)
                token = secrets.token_hex(8)  # distinguishes this change from another one to the same value
                self._move(current, changed(current or {}), token)
                now = self._payload(POINTER)
                if now is not None and token in now["moves"]:
                    return
        raise LedgerConflict(f"others moved the pointer or the lease {ATTEMPTS} times at the same time; read it again")

    def _move(self, current: Mapping[str, Any] | None, values: Mapping[str, Any], token: str) -> None:
        """Write the pointer's point if it is still equal to ``current``, and do nothing otherwise."""
        from qdrant_client import models

        moves = [token, *(current.get("moves") or [] if current else [])][:REMEMBERED]
        payload = {**values, "token": token, "moves": moves}
        ordering = models.WriteOrdering.STRONG
        if current is None:
            only = models.UpdateMode.INSERT_ONLY
            self._points.upsert(POINTER, payload, ordering=ordering, update_mode=only)
            return
        only = models.UpdateMode.UPDATE_ONLY
        unmoved = where("token", current["token"])
        self._points.upsert(POINTER, payload, ordering=ordering, update_mode=only, update_filter=unmoved)

    def _refuse(self, token: int | None) -> None:
        """Check that no greater token was given out; a ledger of an earlier version gets the index for it.

        Raises:
            LedgerConflict: one was.
        """
        if token is None:
            return
        self._points.index_fields()
        refuse_stale(token, self.lease_record())

    def _payload(self, point: str) -> dict[str, Any] | None:
        return self._points.payload(point)


def _record(point: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the lease record in the pointer's point."""
    return value_of(point["claim"], where=COLLECTION) if readable(point.get("claim")) else None
