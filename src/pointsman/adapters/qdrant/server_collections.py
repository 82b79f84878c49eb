"""The collections of a server: where each one is, what it allows, and whether its search graph is finished."""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pointsman.adapters.qdrant import bm25, payloads
from pointsman.adapters.qdrant.server_graph import MAX_BUILD_SECONDS, wait_green
from pointsman.adapters.qdrant.server_limits import Facts, facts_of
from pointsman.core.errors import LedgerConflict

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

T = TypeVar("T")

PREFIX = "pointsman-"
"""Prefix of Pointsman's collections on the server; other collections are never touched."""

_PLACE = re.compile(r"(?P<base>.+?)(?:\.(?P<copy>\d+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a collection is."""

    name: str
    """Its name on the server: that of the collection, or of the copy that an erasure put in its place."""
    facts: Facts


class ServerCollections:
    """The collections of one client. Each is looked up once; one that was replaced meanwhile is looked up again."""

    def __init__(self, client: "QdrantClient", *, max_build: float = MAX_BUILD_SECONDS) -> None:
        """Use a client; nothing is sent."""
        self._client = client
        self._max_build = max_build
        self._places: dict[str, Place] = {}

    def names(self) -> list[str]:
        """Return the names of Pointsman's collections, sorted."""
        ours = (name.removeprefix(PREFIX) for name in on_server(self._client) if name.startswith(PREFIX))
        return sorted({base_of(name) for name in ours} - payloads.RESERVED)

    def place(self, collection: str, *, fresh: bool = False) -> Place:
        """Return where a collection is; with ``fresh``, the server is asked again.

        Raises:
            IndexDamaged: there is no such collection, or Pointsman did not create it.
        """
        if fresh:
            self._places.pop(collection, None)
        if collection not in self._places:
            found = self._find(collection)
            if found is None:
                raise payloads.missing(collection)
            self._places[collection] = found
        return self._places[collection]

    def ask(self, collection: str, call: Callable[[str], T]) -> T:
        """Return ``call(name on the server)``; once more, at its new place, where the collection was replaced.

        Raises:
            IndexDamaged: there is no such collection.
        """
        for fresh in (False, True):
            place = self.place(collection, fresh=fresh)
            try:
                return call(place.name)
            except Exception as error:
                if not is_missing(error):
                    raise
        self._places.pop(collection, None)
        raise payloads.missing(collection)

    def change(self, collection: str, call: Callable[[str], T]) -> T:
        """Return ``call(name on the server)``, a write. It never follows a collection to its new place.

        Raises:
            LedgerConflict: the collection was replaced or dropped since this process looked it up.
        """
        place = self.place(collection)
        try:
            return call(place.name)
        except Exception as error:
            if not is_missing(error):
                raise
        self._places.pop(collection, None)
        raise LedgerConflict(
            f"another writer replaced or dropped {place.name} since this run looked at it; nothing was written there, "
            "run the command again"
        )

    def scroll(
        self,
        collection: str,
        condition: "models.Filter | None",
        fields: list[str] | bool,
        with_vectors: list[str] | bool = False,
    ) -> Iterator["models.Record"]:
        """Yield every record that a filter allows; reads page by page."""
        offset: Any = None
        limit = min(self.place(collection).facts.page, payloads.PAGE if fields is not True else payloads.SLICE)
        while True:
            read = partial(self._client.scroll, scroll_filter=condition, limit=limit, offset=offset)
            page, offset = self.ask(collection, partial(read, with_payload=fields, with_vectors=with_vectors))
            yield from page
            if offset is None:
                return

    def contents(self, collection: str, ids: Sequence[Any], fields: list[str]) -> dict[str, dict[str, Any]]:
        """Return the payloads of points by id; those that were deleted meanwhile are missing."""
        found: dict[str, dict[str, Any]] = {}
        for part in payloads.slices(ids, self.place(collection).facts.page):
            records = self.ask(collection, partial(self._client.retrieve, ids=part, with_payload=fields))
            found |= {str(record.id): record.payload or {} for record in records}
        return found

    def create(self, collection: str, dimension: int) -> None:
        """Create an empty collection; one that is there stays, and gets the payload indexes that it lacks.

        Raises:
            ModelMismatch: it has another dimension.
        """
        if self._find(collection) is None:
            make(self._client, full_name(collection), dimension)
        place = self.place(collection, fresh=True)
        payloads.check_dimension(collection, place.facts.dimension, dimension)
        if index_payload(self._client, place):
            self._places.pop(collection, None)

    def drop(self, collection: str) -> None:
        """Delete a collection with its points and copies; nothing happens if it does not exist."""
        self._places.pop(collection, None)
        for name in places(on_server(self._client), full_name(collection)):
            self._client.delete_collection(name)

    def move(self, collection: str) -> None:
        """Delete a collection, so that its copy takes its place."""
        self._client.delete_collection(self.place(collection).name)
        self.place(collection, fresh=True)

    def next_copy(self, collection: str) -> str:
        """Return a name for a copy of a collection; what an interrupted copy left under it is deleted."""
        return next_copy(self._client, full_name(collection), self.place(collection, fresh=True).name)

    def settle(self, name: str, *, looks: int = 1) -> None:
        """Return when the search graph of the collection called ``name`` on the server is finished: see ``wait_green``.

        Raises:
            ServerUnusable: the server cannot build it, does not begin, or is not ready in time.
        """
        wait_green(self._client, name, seconds=self._max_build, looks=looks)

    def _find(self, collection: str) -> Place | None:
        """Return where a collection is; None: nowhere.

        Raises:
            IndexDamaged: Pointsman did not create it.
        """
        found = find_place(self._client, full_name(collection))
        return None if found is None else Place(found[0], facts_of(*found))


def full_name(collection: str) -> str:
    """Return the name on the server under which a collection is created.

    Raises:
        UsageError: the name is not allowed.
    """
    return PREFIX + payloads.checked_name(collection)


def base_of(name: str) -> str:
    """Return the name of a collection without the number of its copy."""
    found = _PLACE.fullmatch(name)
    return found["base"] if found else name


def copy_number(name: str) -> int:
    """Return the number of a copy; 0 for the collection itself."""
    found = _PLACE.fullmatch(name)
    return int(found["copy"] or 0) if found else 0


def places(names: Iterable[str], base: str) -> list[str]:
    """Return ``base`` and its copies among ``names``, oldest first.

    The oldest one holds the data: a copy takes its place only when it is complete and the older one was deleted.
    """
    return sorted((name for name in names if base_of(name) == base), key=copy_number)


def is_missing(error: Exception) -> bool:
    """Return whether an error of qdrant-client says that there is no such collection."""
    from qdrant_client.http.exceptions import UnexpectedResponse

    if isinstance(error, UnexpectedResponse):
        return error.status_code == 404  # noqa: PLR2004 - HTTP
    return isinstance(error, ValueError) and bool(re.fullmatch(r"Collection \S+ not found", str(error)))  # local mode


def on_server(client: "QdrantClient") -> list[str]:
    """Return the names of all collections of the server."""
    return [each.name for each in client.get_collections().collections]


def find_place(client: "QdrantClient", base: str) -> "tuple[str, models.CollectionInfo] | None":
    """Return where the collection called ``base`` is and what the server says about it; None: nowhere."""
    info = seen_on(client, base)
    if info is not None:
        return base, info
    for name in places(on_server(client), base):
        return name, client.get_collection(name)
    return None


def next_copy(client: "QdrantClient", base: str, place: str) -> str:
    """Return a name for a copy of the collection at ``place``; what interrupted copies left is deleted."""
    for left in places(on_server(client), base):
        if left != place:
            client.delete_collection(left)
    return f"{base}.{copy_number(place) + 1}"


def seen_on(client: "QdrantClient", name: str) -> "models.CollectionInfo | None":
    """Return what the server says about a collection; None where it does not exist."""
    try:
        return client.get_collection(name)
    except Exception as error:
        if not is_missing(error):
            raise
        return None


def make(client: "QdrantClient", name: str, dimension: int) -> None:
    """Create a collection on the server; one that another process created at the same time is taken."""
    from qdrant_client import models

    taken(
        lambda: client.create_collection(
            name,
            vectors_config={payloads.DENSE: models.VectorParams(size=dimension, distance=models.Distance.COSINE)},
            sparse_vectors_config={bm25.BM25: models.SparseVectorParams(modifier=models.Modifier.IDF)},
        )
    )


def is_local(client: "QdrantClient") -> bool:
    """Return whether this is the local mode of qdrant-client, which has no payload indexes."""
    from qdrant_client.local.qdrant_local import QdrantLocal

    return isinstance(getattr(client, "_client", None), QdrantLocal)


def taken(create: Callable[[], object]) -> None:
    """Create a collection, or take the one that is there already; the caller checks that it fits."""
    from qdrant_client.http.exceptions import UnexpectedResponse

    try:
        create()
    except UnexpectedResponse as error:
        if error.status_code != 409:  # noqa: PLR2004 - HTTP: somebody else was faster, or our own answer was lost
            raise
    except ValueError as error:  # local mode
        if "already exists" not in str(error):
            raise


def index_payload(client: "QdrantClient", place: Place) -> bool:
    """Create the payload indexes that a collection lacks; return whether it lacked any."""
    from qdrant_client import models

    for field in place.facts.unindexed:
        integer = field in payloads.INTEGER_FIELDS
        kind = models.PayloadSchemaType.INTEGER if integer else models.PayloadSchemaType.KEYWORD
        index_field(client, place.name, field, kind)
    return bool(place.facts.unindexed)


def index_field(client: "QdrantClient", name: str, field: str, kind: "models.PayloadSchemaType") -> None:
    """Create a payload index; nothing happens where it is there."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Payload indexes have no effect in the local Qdrant")
        client.create_payload_index(name, field, kind, wait=True)
