"""The collection of a ledger on a Qdrant server: its points, its payload indexes, and where it is after an erasure."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pointsman.adapters.ledger.qdrant_points import unless_newer, where
from pointsman.adapters.qdrant import payloads
from pointsman.adapters.qdrant.server_collections import find_place, index_field, is_missing, next_copy, taken
from pointsman.adapters.qdrant.server_copies import copy_points, create_like
from pointsman.adapters.qdrant.server_limits import page_of
from pointsman.adapters.qdrant.server_writes import write
from pointsman.core.errors import IndexDamaged

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

T = TypeVar("T")

INDEXED = {"kind": "keyword", "token": "keyword", "fence": "integer"}
"""Types of the fields that requests filter by: a server in strict mode refuses a filter on any other."""


class LedgerCollection:
    """Points without vectors. The collection is looked up once, and again where ``replace_files`` replaced it."""

    def __init__(self, client: "QdrantClient", name: str) -> None:
        """Use a client; nothing is sent."""
        self._client = client
        self._name = self._place = name
        self._page = payloads.PAGE
        self._ready = self._indexed = False

    def exists(self) -> bool:
        """Return whether the collection exists; it is asked for once."""
        if not self._ready:
            found = find_place(self._client, self._name)
            self._ready, self._place = found is not None, found[0] if found else self._name
            self._page = page_of(found and found[1])
        return self._ready

    def make(self) -> None:
        """Create the collection if it does not exist; one that another process made at the same time is taken."""
        if not self.exists():
            taken(lambda: self._client.create_collection(self._name, vectors_config={}))
            self._ready = False
            self.index_fields()

    def index_fields(self) -> None:
        """Make the payload indexes that conditions need, once; a ledger of an earlier version lacks some."""
        if not self._indexed and self.exists():
            from qdrant_client import models

            for field, kind in INDEXED.items():
                index_field(self._client, self._place, field, models.PayloadSchemaType(kind))
            self._indexed = True

    def payload(self, point: str) -> dict[str, Any] | None:
        """Return the payload of a point; None where there is no such point."""
        if not self.exists():
            return None
        found = self._at(lambda name: self._client.retrieve(name, [point], with_payload=True))
        return found[0].payload if found else None

    def heads(self, kind: str | None) -> Iterator[dict[str, Any]]:
        """Yield kind and id of every object of a kind; None: of all kinds."""
        offset: Any = None
        wanted = None if kind is None else where("kind", kind)
        while self.exists():
            read = partial(self._client.scroll, scroll_filter=wanted, limit=self._page, offset=offset)
            page, offset = self._at(partial(read, with_payload=["kind", "id"]))
            yield from (record.payload for record in page if record.payload and "kind" in record.payload)
            if offset is None:
                return

    def upsert(self, point: str, payload: Mapping[str, Any], **conditions: Any) -> None:
        """Write a point, under the conditions of a conditional write."""
        self._at(lambda name: self._write(name, point, payload, **conditions))

    def mark(self, values: Mapping[str, Any], chosen: "models.Filter", *, but: str) -> None:
        """Set fields of every point that is ``chosen``, except one."""
        from qdrant_client import models

        if self.exists():
            all_but = models.Filter(must=[chosen], must_not=[models.HasIdCondition(has_id=[but])])
            self._at(lambda name: write(lambda: self._client.set_payload(name, dict(values), all_but, wait=True)))

    def delete(self, ids: list[Any], token: int | None) -> None:
        """Delete points; with a token, only those that no later writer wrote."""
        if ids:
            chosen = ids if token is None else unless_newer(token, ids)
            self._at(lambda name: write(lambda: self._client.delete(name, chosen, wait=True)))

    def copy_all(self, *, but: str) -> str | None:
        """Copy all points into a new collection, except one; return its name, or None without a ledger."""
        if not self.exists():
            return None
        new = next_copy(self._client, self._name, self._place)
        create_like(self._client, self._place, new)
        copy_points(self._client, self._place, new, keep=lambda record: str(record.id) != but, page=self._page)
        return new

    def move_to(self, copy: str, *, last: str) -> None:
        """Copy the last point, then drop the old collection: its copy takes its place."""
        current = self.payload(last)
        if current is not None:
            self._write(copy, last, current)
        self._client.delete_collection(self._place)
        self._ready = False

    def _write(self, name: str, point: str, payload: Mapping[str, Any], **conditions: Any) -> None:
        from qdrant_client import models

        made = models.PointStruct(id=point, vector={}, payload=dict(payload))
        write(lambda: self._client.upsert(name, [made], wait=True, **conditions))

    def _at(self, call: Callable[[str], T]) -> T:
        """Return ``call(name of the collection)``; once more where it was replaced meanwhile.

        Raises:
            IndexDamaged: the collection is gone.
        """
        for _ in range(2):
            try:
                return call(self._place)
            except Exception as error:
                if not is_missing(error):
                    raise
            self._ready = False
            self.exists()
        raise IndexDamaged(f"the server has no collection {self._name!r} any more; restore it from a backup")
