"""Examples whose document has changed since they were accepted."""

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman.core.supervision.lineage import Stale


def stale_ids(stale: Sequence[Stale]) -> list[str]:
    """Return the ids of the stale examples, each once, in their order."""
    return list(dict.fromkeys(each.example for each in stale))


def stale_row(stale: Stale) -> Mapping[str, Any]:
    """Return the change that made an example stale, as a JSON value with a sentence for people."""
    return {
        "example": stale.example, "document": stale.document, "true_for": stale.true_for, "now": stale.now,
        "because": stale.describe(),
    }  # fmt: skip
