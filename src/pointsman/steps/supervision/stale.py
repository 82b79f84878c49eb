"""Examples whose document has changed since they were accepted."""

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman.core.supervision.lineage import Stale


def stale_ids(stale: Sequence[Stale]) -> list[str]:
    """Return the ids of the examples that were set aside, each once, in their order."""
    return list(dict.fromkeys(each.example for each in stale))


def as_row(stale: Stale) -> Mapping[str, Any]:
    """Return what changed for an example, for people and programs."""
    return {
        "example": stale.example, "document": stale.document, "true_for": stale.true_for, "now": stale.now,
        "because": stale.describe(),
    }  # fmt: skip
