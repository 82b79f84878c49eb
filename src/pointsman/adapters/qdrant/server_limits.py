"""What a collection on a server allows and has: read once, and kept."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pointsman.adapters.qdrant import payloads
from pointsman.core.errors import IndexDamaged

T = TypeVar("T")

REQUEST_BYTES = 16 * 1024 * 1024
"""Most bytes of points in one write, half of what a server takes by default (32 MB): JSON grows in transit."""

FEWEST, MOST, STEP = 256, 1024, 64
"""Candidates of a search: fewest, most, and the step between two numbers. Of 40,000 vectors in 400 clusters, a quarter
of the clusters retired, Qdrant's graph finds 0.930 of the ten nearest with 100 candidates (its own number), 0.950 with
256 and 0.968 with 512."""

NUMBER_BYTES = 12
"""Bytes of one number of a vector in JSON, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A collection of a server."""

    dimension: int
    """Length of its vectors."""
    points: int = 0
    """Points when it was read, retired ones included; about."""
    indexed: frozenset[str] = frozenset()
    """Fields with a payload index of the right type."""
    page: int = payloads.PAGE
    """Points in one page of an answer."""
    batch: int = payloads.SLICE
    """Points in one write."""
    values: int = payloads.SLICE
    """Values in one condition of a filter."""
    ef: int | None = None
    """Most candidates that a search may look at; None: any number."""
    building: bool = False
    """Whether its search graph was not finished when it was read."""

    @property
    def unindexed(self) -> tuple[str, ...]:
        """Fields that readers filter by and that have no payload index, sorted."""
        return tuple(sorted({*payloads.KEYWORD_FIELDS, *payloads.INTEGER_FIELDS} - self.indexed))

    @property
    def scanned(self) -> bool:
        """Whether searches compare all vectors, because there are too few for a search graph."""
        return self.points * self.dimension * 4 <= payloads.FULL_SCAN_KB * 1000


def facts_of(collection: str, info: Any) -> Facts:
    """Return the facts of a collection from the server's answer about it.

    Raises:
        IndexDamaged: Pointsman did not create it.
    """
    vectors = info.config.params.vectors
    if not isinstance(vectors, dict) or payloads.DENSE not in vectors:
        raise IndexDamaged(
            f"collection {collection!r} on the server has no vector called {payloads.DENSE!r}: Pointsman "
            "did not create it; rename it, or use another Qdrant server"
        )
    limits = _limits(info)
    return Facts(
        dimension=int(vectors[payloads.DENSE].size),
        points=_number(info, "points_count") or 0,
        indexed=_indexed(getattr(info, "payload_schema", None)),
        page=page_of(info),
        batch=_least(payloads.SLICE, _number(limits, "upsert_max_batchsize")),
        values=_least(payloads.SLICE, _number(limits, "condition_max_size"), _number(limits, "max_query_limit")),
        ef=_number(limits, "search_max_hnsw_ef"),
        building=str(info.status) != "green",
    )


def page_of(info: Any) -> int:
    """Return how many points one page of a collection may have; ``info`` is the server's answer, or None."""
    limits = _limits(info) if info is not None else None
    return _least(payloads.PAGE, _number(limits, "max_query_limit"))


class SeenCounts:
    """How many points a reader sees, by collection and revision: counted once, until something is written."""

    def __init__(self) -> None:
        """Know nothing."""
        self._counts: dict[tuple[str, int], int] = {}

    def of(self, collection: str, revision: int, count: Callable[[], int]) -> int:
        """Return the number of points that a reader at ``revision`` sees; ``count`` is called at most once."""
        key = (collection, revision)
        if key not in self._counts:
            self._counts[key] = count()
        return self._counts[key]

    def clear(self) -> None:
        """Forget everything: something was written."""
        self._counts.clear()


def candidates(points: int, seen: int, *, most: int | None) -> int:
    """Return how many candidates a search of the graph looks at, where a reader sees ``seen`` of ``points`` points.

    Points that the reader does not see lie in the graph too and cut it: the more of them, the more candidates.
    ``FEWEST`` / (share seen)², in steps of ``STEP``, between ``FEWEST`` and ``MOST``, and not more than ``most``.
    """
    share = min(1.0, max(seen, 1) / max(points, 1))
    wanted = STEP * math.ceil(FEWEST / share**2 / STEP)
    return min(wanted, MOST, most or MOST)


def in_bytes(points: Sequence[T], sizes: Sequence[int], *, most: int, count: int) -> Iterator[list[T]]:
    """Yield ``points`` in lists of at most ``count`` and at most ``most`` bytes; one that is larger, alone."""
    part: list[T] = []
    held = 0
    for point, size in zip(points, sizes, strict=True):
        if part and (held + size > most or len(part) >= count):
            yield part
            part, held = [], 0
        part.append(point)
        held += size
    if part:
        yield part


def _limits(info: Any) -> Any:
    """Return the limits of strict mode; None where it is off."""
    strict = getattr(info.config, "strict_mode_config", None)
    return strict if strict is not None and getattr(strict, "enabled", None) is True else None


def _least(default: int, *limits: int | None) -> int:
    return max(1, min([default, *(each for each in limits if each is not None)]))


def _number(of: Any, name: str) -> int | None:
    found = getattr(of, name, None)
    return found if isinstance(found, int) else None


def _indexed(schema: Any) -> frozenset[str]:
    """Return the fields whose payload index has the type that filters need."""
    if not isinstance(schema, dict):
        return frozenset()
    kinds = dict.fromkeys(payloads.KEYWORD_FIELDS, "keyword") | dict.fromkeys(payloads.INTEGER_FIELDS, "integer")
    return frozenset(name for name, found in schema.items() if kinds.get(name) == str(found.data_type))
