"""Ids and conditions of the points of a ledger on a Qdrant server."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pointsman.core.errors import LedgerConflict
from pointsman.core.hashing import stable_uuid

if TYPE_CHECKING:
    from qdrant_client import models


def conflict(current: Mapping[str, Any] | None, expected: Mapping[str, Any] | None) -> LedgerConflict:
    """Return the error of a move from where the pointer is not."""
    at = None if current is None else current.get("text")
    return LedgerConflict(f"the live pointer is at {at}, not at {expected}; read it again")


def part_id(kind: str, id_: str, number: int) -> str:
    """Return the point id of a part of an object; 0 is its head."""
    return stable_uuid(kind, id_) if number == 0 else stable_uuid(kind, id_, number)


def where(field: str, value: str) -> "models.Filter":
    """Return the condition that a field has this value."""
    from qdrant_client import models

    return models.Filter(must=[models.FieldCondition(key=field, match=models.MatchValue(value=value))])


def unless_newer(token: int, ids: list[Any] | None = None) -> "models.Filter":
    """Return the condition that no writer with a greater token wrote a point; with ``ids``, only of these points."""
    from qdrant_client import models

    newer = models.FieldCondition(key="fence", range=models.Range(gt=token))
    return models.Filter(must_not=[newer], must=None if ids is None else [models.HasIdCondition(has_id=ids)])
