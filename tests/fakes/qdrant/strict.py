"""The strict mode of a collection: what a Qdrant server refuses because of the collection's limits."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

INTEGER, KEYWORD = "integer", "keyword"


class StrictMode:
    """The limits of a collection, with its payload indexes; no limits: strict mode is off."""

    def __init__(
        self, limits: Mapping[str, Any], indexed: Mapping[str, str], refusal: Callable[[int, str], Exception]
    ) -> None:
        self._limits = limits
        self._indexed = indexed
        self._refusal = refusal

    def limit(self, value: int, name: str = "limit", limit: str = "max_query_limit") -> None:
        allowed = self._limits.get(limit)
        if allowed is not None and value > allowed:
            raise self._refusal(
                400,
                f'Bad request: Limit exceeded {value} > {allowed} for "{name}". '
                f'Help: Reduce the "{name}" parameter to or below {allowed}.',
            )

    def read(self, condition: Any, limit: int) -> None:
        self.limit(limit)
        self._check(condition, "unindexed_filtering_retrieve")

    def write(self, condition: Any) -> None:
        self._check(condition, "unindexed_filtering_update")

    def upsert(self, body: Any) -> None:
        self.limit(len(body["points"]), "upsert limit", "upsert_max_batchsize")
        self._check(body.get("update_filter"), "unindexed_filtering_update")

    def batch(self, searches: int) -> None:
        self.limit(searches, "search batch size", "search_max_batchsize")

    def search(self, body: Any) -> None:
        self.read(body.get("filter"), body.get("limit") or 10)
        params = body.get("params") or {}
        if params.get("exact") and self._limits.get("search_allow_exact") is False:
            raise self._refusal(400, "Bad request: Exact search is disabled! Help: Set exact=false.")
        self.limit(params.get("hnsw_ef") or 0, "hnsw_ef", "search_max_hnsw_ef")

    def _check(self, condition: Any, switch: str) -> None:
        conditions = list(_conditions(condition))
        self.limit(len(conditions), "filter conditions", "filter_max_conditions")
        for each in conditions:
            chosen = each.get("has_id") or (each.get("match") or {}).get("any") or ()
            self.limit(len(chosen), "condition size", "condition_max_size")
            field = each.get("key")
            kind = INTEGER if "range" in each and each["range"] is not None else KEYWORD
            if field is not None and self._limits.get(switch) is False and self._indexed.get(field) != kind:
                raise self._refusal(
                    400,
                    f'Bad request: Index required but not found for "{field}" of one of the following types: '
                    f"[{kind}]. Help: Create an index for this key or use a different filter.",
                )


def _conditions(condition: Any) -> Iterator[dict[str, Any]]:
    """Yield the conditions of a filter, those of nested filters too."""
    for part in ("must", "should", "must_not"):
        found = (condition or {}).get(part) or []
        for each in found if isinstance(found, list) else [found]:
            if any(name in each for name in ("must", "should", "must_not")):
                yield from _conditions(each)
            else:
                yield each
