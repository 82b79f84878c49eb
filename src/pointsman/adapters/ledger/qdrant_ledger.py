"""The ledger on a Qdrant server, beside the collections: a reader needs only this server."""

import json
import secrets
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pointsman.adapters.ledger.codec import checked_name, readable, text_of, text_or_none, value_of
from pointsman.adapters.qdrant import payloads
from pointsman.core.errors import IndexDamaged, LedgerConflict
from pointsman.core.hashing import digest, stable_uuid

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

COLLECTION = "pointsman-ledger"
PART = 1_000_000
"""Most characters of JSON in one point; a longer object takes several points."""
PAGE = 1000
"""Points in one page of a scroll."""
POINTER = stable_uuid("", "live")
"""Id of the point of the pointer; no object has the empty kind."""
ATTEMPTS = 8
"""Attempts to change the pointer's point while others change it too."""
REMEMBERED = 64
"""Tokens of the last changes that the pointer's point keeps, so that a writer finds its own change there."""

_MOVING = threading.Lock()


def connect(url: str, api_key: str | None = None, *, timeout: int = 60) -> "QdrantLedger":
    """Return the ledger of the Qdrant server at ``url``; a request may take ``timeout`` seconds.

    Raises:
        PointsmanError: the server does not answer, or refuses the key.
    """
    return QdrantLedger(payloads.open_client(url, api_key, timeout))


class QdrantLedger:
    """A ``Ledger`` of points without vectors.

    The pointer is one point. It changes by one conditional write, which a server (1.17 or newer) applies only if the
    pointer has not changed since it was read. qdrant-client's local mode checks the same condition, but not atomically;
    so changes within this process wait for each other, and no other process can use local mode.
    """

    def __init__(self, client: "QdrantClient", collection: str = COLLECTION) -> None:
        """Use a client of a server, or ``QdrantClient(":memory:")``; sends no request."""
        self._client = client
        self._collection = collection
        self._ready = False

    def put(self, kind: str, id_: str, value: Mapping[str, Any]) -> None:
        """Store an object. An id that is stored already keeps its value, unless it cannot be read.

        Raises:
            UsageError: kind or id has other characters than letters, digits, ``.``, ``_`` and ``-``.
            ValueError: the value contains NaN or an infinity.
        """
        try:
            if self.get(kind, id_) is not None:
                return
        except IndexDamaged:
            self.remove(kind, id_)
        self.replace(kind, id_, value)

    def replace(self, kind: str, id_: str, value: Mapping[str, Any]) -> None:
        """Store an object under an id, whatever is stored there.

        Up to ``PART`` characters are one write. A longer object whose writes were interrupted is reported as damaged;
        storing it again repairs it.

        Raises:
            UsageError: kind or id has other characters than letters, digits, ``.``, ``_`` and ``-``.
            ValueError: the value contains NaN or an infinity.
        """
        from qdrant_client import models

        text = text_of(value)
        parts = [text[start : start + PART] for start in range(0, len(text), PART)]
        before = self._payload(_part_id(checked_name(kind), checked_name(id_), 0))
        head = {"kind": kind, "id": id_, "parts": len(parts), "digest": digest(text)}
        self._make()
        for number in reversed(range(len(parts))):  # the head comes last: readers see the object only with its head
            payload = {"text": parts[number], **(head if number == 0 else {})}
            point = models.PointStruct(id=_part_id(kind, id_, number), vector={}, payload=payload)
            self._client.upsert(self._collection, [point], wait=True)
        left: list[Any] = [_part_id(kind, id_, n) for n in range(len(parts), before["parts"] if before else 0)]
        if left:
            self._client.delete(self._collection, left, wait=True)

    def kinds(self) -> list[str]:
        """Return the kinds of all objects, sorted."""
        return sorted({payload["kind"] for payload in self._heads(None)})

    def get(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return an object, or None.

        Raises:
            IndexDamaged: parts of it are missing or altered.
        """
        head = self._payload(_part_id(checked_name(kind), checked_name(id_), 0))
        if head is None:
            return None
        rest = [self._payload(_part_id(kind, id_, number)) for number in range(1, head["parts"])]
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
        return sorted(payload["id"] for payload in self._heads(checked_name(kind)))

    def remove(self, kind: str, id_: str) -> None:
        """Remove an object; nothing happens if there is none."""
        head = self._payload(_part_id(checked_name(kind), checked_name(id_), 0))
        if head is not None:
            gone: list[Any] = [_part_id(kind, id_, number) for number in range(head["parts"])]
            self._client.delete(self._collection, gone, wait=True)

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
                raise _conflict(current, expected)
            if lease is not None and current.get("claim") != text_of(lease):
                raise LedgerConflict(f"the write lease is {current.get('claim')} now, not {lease}; run again")
            return {"text": text_of(new), "claim": current.get("claim")}

        self._change(moved)

    def restore_pointer(self, new: Mapping[str, Any]) -> None:
        """Write the pointer if there is none, or none that can be read.

        Raises:
            LedgerConflict: there is a pointer that can be read; it did not move.
        """

        def repaired(current: Mapping[str, Any]) -> dict[str, Any]:
            if readable(current.get("text")):
                raise LedgerConflict(f"the live pointer is at {current['text']} and can be read; it needs no repair")
            return {"text": text_of(new), "claim": current.get("claim")}

        self._change(repaired)

    def lease(self) -> dict[str, Any] | None:
        """Return the current write lease, or None. A lease that cannot be read counts as none."""
        current = self._payload(POINTER) or {}
        return value_of(current["claim"], where=COLLECTION) if readable(current.get("claim")) else None

    def set_lease(self, expected: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        """Change the write lease from ``expected`` to ``new`` (None: no lease) in one durable write.

        It is stored in the pointer's point, so that one conditional write can check both.

        Raises:
            LedgerConflict: the lease is not ``expected``; it was left as it is.
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
        self._make()
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
        point = models.PointStruct(id=POINTER, vector={}, payload={**values, "token": token, "moves": moves})
        ordering = models.WriteOrdering.STRONG
        if current is None:
            only = models.UpdateMode.INSERT_ONLY
            self._client.upsert(self._collection, [point], wait=True, ordering=ordering, update_mode=only)
            return
        only = models.UpdateMode.UPDATE_ONLY
        unmoved = _where("token", current["token"])
        self._client.upsert(
            self._collection, [point], wait=True, ordering=ordering, update_mode=only, update_filter=unmoved
        )

    def _exists(self) -> bool:
        self._ready = self._ready or self._client.collection_exists(self._collection)
        return self._ready

    def _make(self) -> None:
        """Create the ledger's collection if it does not exist."""
        from qdrant_client import models

        if self._exists():
            return
        self._client.create_collection(self._collection, vectors_config={})
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Payload indexes have no effect in the local Qdrant")
            keyword = models.PayloadSchemaType.KEYWORD
            self._client.create_payload_index(self._collection, "kind", keyword, wait=True)

    def _payload(self, point: str) -> dict[str, Any] | None:
        if not self._exists():
            return None
        found = self._client.retrieve(self._collection, [point], with_payload=True)
        return found[0].payload if found else None

    def _heads(self, kind: str | None) -> Iterator[dict[str, Any]]:
        """Yield kind and id of every object of a kind; None: of all kinds."""
        offset: Any = None
        wanted = None if kind is None else _where("kind", kind)
        while self._exists():
            page, offset = self._client.scroll(
                self._collection, scroll_filter=wanted, limit=PAGE, offset=offset, with_payload=["kind", "id"]
            )
            yield from (record.payload for record in page if record.payload and "kind" in record.payload)
            if offset is None:
                return


def _conflict(current: Mapping[str, Any] | None, expected: Mapping[str, Any] | None) -> LedgerConflict:
    at = None if current is None else current.get("text")
    return LedgerConflict(f"the live pointer is at {at}, not at {expected}; read it again")


def _part_id(kind: str, id_: str, number: int) -> str:
    return stable_uuid(kind, id_) if number == 0 else stable_uuid(kind, id_, number)


def _where(field: str, value: str) -> "models.Filter":
    from qdrant_client import models

    return models.Filter(must=[models.FieldCondition(key=field, match=models.MatchValue(value=value))])
