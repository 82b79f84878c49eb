"""What a Qdrant server answers: the points of qdrant-client's local mode behind the REST API."""

import re
import threading
import warnings
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel
from qdrant_client import QdrantClient, models

from tests.fakes.qdrant.strict import StrictMode

MEGABYTE = 1024 * 1024
LARGEST_REQUEST = 32 * MEGABYTE
"""``service.max_request_size_mb``, as it is by default."""
CONDITIONAL_SINCE, IDF_CORPUS_SINCE = (1, 17), (1, 19)

M = TypeVar("M", bound=BaseModel)


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Routes:
    """The collections of a server of some version; one request at a time."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.limits: dict[str, Any] = {}
        """The strict mode of every collection; empty: off."""
        self.statuses: dict[str, list[str]] = defaultdict(list)
        """Statuses that a collection reports one after the other; the last one stays."""
        self.optimizer_error = ""
        self.applied = "completed"
        """Status of every write."""
        self.largest_request = LARGEST_REQUEST
        self.schema: dict[str, dict[str, str]] = defaultdict(dict)
        """Payload indexes by collection: field → type."""
        self.hnsw: dict[str, dict[str, Any]] = defaultdict(dict)
        self.client = QdrantClient(":memory:")
        self._lock = threading.RLock()

    @property
    def known(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.version.split(".")[:2])

    def answer(self, method: str, path: str, body: Any, size: int) -> Any:
        """Return the body of the answer.

        Raises:
            Refusal: the server refuses.
        """
        if size > self.largest_request:
            raise Refusal(413, f"Payload reached size limit: {size}")
        if path == "/":
            return {"title": "qdrant - vector search engine", "version": self.version, "commit": "0"}
        found = re.fullmatch(r"/collections(?:/([^/]+)((?:/[a-z_]+)*)(?:/([a-z_]+))?)?", path)
        if not found:
            raise Refusal(404, "")
        name, under = found[1], (found[2] or "") + (f"/{found[3]}" if found[3] else "")
        with self._lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return {"result": self._result(method, name, under, body), "status": "ok", "time": 0.0}

    def _result(self, method: str, name: str | None, under: str, body: Any) -> Any:
        if name is None:
            return {"collections": [{"name": each.name} for each in self.client.get_collections().collections]}
        there = self.client.collection_exists(name)
        if under == "/exists":
            return {"exists": there}
        if (method, under) == ("PUT", ""):
            return self._create(name, body, there=there)
        if (method, under) == ("DELETE", ""):
            self.schema.pop(name, None)
            return self.client.delete_collection(name) if there else False
        if not there:
            raise Refusal(404, f"Not found: Collection `{name}` doesn't exist!")
        if under.startswith("/index"):
            return self._index(method, name, under, body)
        return self._routes()[method, under](name, body or {})

    def _routes(self) -> dict[tuple[str, str], Callable[[str, Any], Any]]:
        return {
            ("GET", ""): self._info,
            ("PATCH", ""): self._update,
            ("PUT", "/points"): self._upsert,
            ("POST", "/points"): self._retrieve,
            ("POST", "/points/delete"): self._delete,
            ("POST", "/points/payload"): self._set_payload,
            ("POST", "/points/scroll"): self._scroll,
            ("POST", "/points/count"): self._count,
            ("POST", "/points/query/batch"): self._query_batch,
        }

    def _create(self, name: str, body: Any, *, there: bool) -> bool:
        if there:
            raise Refusal(409, f"Wrong input: Collection `{name}` already exists!")
        made = _read(models.CreateCollection, body)
        return self.client.create_collection(
            name, vectors_config=made.vectors, sparse_vectors_config=made.sparse_vectors
        )

    def _index(self, method: str, name: str, under: str, body: Any) -> Any:
        if method == "DELETE":
            self.schema[name].pop(under.rpartition("/")[2], None)
        else:
            kind = body["field_schema"]
            self.schema[name][body["field_name"]] = kind if isinstance(kind, str) else kind["type"]
        return self._done()

    def _info(self, name: str, _: Any) -> Any:
        info = self.client.get_collection(name).model_dump(mode="json")
        queue = self.statuses[name]
        info["status"] = (queue.pop(0) if len(queue) > 1 else queue[0]) if queue else "green"
        info["optimizer_status"] = {"error": self.optimizer_error} if self.optimizer_error else "ok"
        info["payload_schema"] = {
            field: {"data_type": kind, "points": info["points_count"]} for field, kind in self.schema[name].items()
        }
        info["config"]["hnsw_config"] |= self.hnsw[name]
        info["config"]["strict_mode_config"] = {"enabled": True, **self.limits} if self.limits else None
        return info

    def _update(self, name: str, body: Any) -> bool:
        self.hnsw[name] |= body.get("hnsw_config") or {}
        return True

    def _upsert(self, name: str, body: Any) -> Any:
        self._strict(name).upsert(body)
        if self.known < CONDITIONAL_SINCE:  # an old server ignores what it does not know
            body = {"points": body["points"]}
        only = body.get("update_filter")
        points = [_read(models.PointStruct, each) for each in body["points"]]
        mode = body.get("update_mode")
        self.client.upsert(
            name, points,
            update_filter=None if only is None else _read(models.Filter, only),
            update_mode=None if mode is None else models.UpdateMode(mode),
        )  # fmt: skip
        return self._done()

    def _retrieve(self, name: str, body: Any) -> Any:
        self._strict(name).limit(len(body["ids"]))
        found = self.client.retrieve(name, body["ids"], body.get("with_payload", True), body.get("with_vector", False))
        return [each.model_dump(mode="json") for each in found]

    def _delete(self, name: str, body: Any) -> Any:
        self._strict(name).write(body.get("filter"))
        chosen = body["points"] if "points" in body else _read(models.Filter, body["filter"])
        self.client.delete(name, chosen)
        return self._done()

    def _set_payload(self, name: str, body: Any) -> Any:
        self._strict(name).write(body.get("filter"))
        chosen = body["points"] if body.get("points") is not None else _read(models.Filter, body["filter"])
        self.client.set_payload(name, body["payload"], chosen)
        return self._done()

    def _scroll(self, name: str, body: Any) -> Any:
        self._strict(name).read(body.get("filter"), body["limit"])
        page, offset = self.client.scroll(
            name, _filter(body), limit=body["limit"], offset=body.get("offset"),
            with_payload=_chosen(body.get("with_payload", True)), with_vectors=_chosen(body.get("with_vector", False)),
        )  # fmt: skip
        return {"points": [each.model_dump(mode="json") for each in page], "next_page_offset": offset}

    def _count(self, name: str, body: Any) -> Any:
        self._strict(name).read(body.get("filter"), 0)
        return {"count": self.client.count(name, _filter(body), exact=True).count}

    def _query_batch(self, name: str, body: Any) -> Any:
        strict = self._strict(name)
        strict.batch(len(body["searches"]))
        asked = []
        for each in body["searches"]:
            strict.search(each)
            if self.known < IDF_CORPUS_SINCE and each.get("params"):
                each["params"].pop("idf", None)
            asked.append(_read(models.QueryRequest, each))
        return [each.model_dump(mode="json") for each in self.client.query_batch_points(name, asked)]

    def _strict(self, name: str) -> StrictMode:
        return StrictMode(self.limits, self.schema[name], Refusal)

    def _done(self) -> dict[str, Any]:
        return {"operation_id": 1, "status": self.applied}


def _read(kind: type[M], body: Any) -> M:
    return kind.model_validate({name: value for name, value in body.items() if name in kind.model_fields})


def _filter(body: Any) -> models.Filter | None:
    return None if body.get("filter") is None else _read(models.Filter, body["filter"])


def _chosen(value: Any) -> Any:
    return value["include"] if isinstance(value, dict) else value
