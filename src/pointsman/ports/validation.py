"""The port of data validation."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Rows = Sequence[Mapping[str, Any]]
"""Rows to check: each has an ``item`` (its id) and one column for each fact."""


class Validator(Protocol):
    """Checks rows of data by named checks."""

    def refuse(self, suite: str, rows: Rows) -> list[tuple[str, str, str]]:
        """Return (item, check, reason) for every row that fails a check of ``suite``.

        The suites are documents, chunks, examples, probes and pairs. A row that fails several checks is returned once
        for each. All rows are checked at once, and none is changed.
        """
