"""The same checks as with Great Expectations in plain Python: for backtests, which judge thousands of batches."""

import math
from typing import Any

from pointsman.adapters.validation.checks import RowCheck, checks
from pointsman.core.errors import UsageError
from pointsman.ports.validation import Rows
from pointsman.settings.params import Guard


class PlainValidator:
    """Judges one row after the other with the checks that ``GxValidator`` turns into expectations."""

    def __init__(self, guard: Guard, *, max_tokens: int, max_chunk_tokens: int | None = None) -> None:
        """Take the limits (see ``checks.checks``)."""
        self._checks = checks(guard, max_tokens=max_tokens, max_chunk_tokens=max_chunk_tokens)

    def refuse(self, suite: str, rows: Rows) -> list[tuple[str, str, str]]:
        """Return (item, check, reason) for every row that fails a check of ``suite``, in the rows' order.

        Raises:
            UsageError: there is no such suite.
        """
        if suite not in self._checks:
            raise UsageError(f"there is no suite {suite!r}; there are {', '.join(self._checks)}")
        return [
            (str(row["item"]), check.name, check.explain(row.get(check.column)))
            for row in rows
            for check in self._checks[suite]
            if _fails(check, row.get(check.column))
        ]


def _fails(check: RowCheck, value: Any) -> bool:
    """Tell whether a value fails a check; None and NaN never do."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return False
    if check.kind == "absent":
        return True
    if check.kind == "truth":
        return bool(value) is not check.must_be
    low = -math.inf if check.low is None else check.low
    high = math.inf if check.high is None else check.high
    return not low <= value <= high
