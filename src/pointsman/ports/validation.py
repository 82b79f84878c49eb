"""The port of whatever judges rows of data."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Rows = Sequence[Mapping[str, Any]]
"""Plain rows to be judged: each has an ``item`` (its id) and one column for each fact."""


class Validator(Protocol):
    """Judges rows by named checks."""

    def refuse(self, suite: str, rows: Rows) -> list[tuple[str, str, str]]:
        """Return (item, check, reason) for every row that fails a check of ``suite``.

        Suites are documents, chunks, examples, probes and pairs.

        A row that fails several checks appears once for each. Rows are judged in bulk; none is altered.
        """
