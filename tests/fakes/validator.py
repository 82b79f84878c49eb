"""The checks of every suite in plain Python, without Great Expectations."""

import math
from typing import Any

from pointsman.adapters.gx_validator import Check, checks
from pointsman.core.errors import UsageError
from pointsman.ports import Rows
from pointsman.settings import Guard


class FakeValidator:
    """Judges one row after the other; what is judged and how it is explained is the product's own list of checks."""

    def __init__(
        self, guard: Guard | None = None, *, max_tokens: int = 1024, max_chunk_tokens: int | None = None
    ) -> None:
        self._checks = checks(guard or Guard(), max_tokens=max_tokens, max_chunk_tokens=max_chunk_tokens)

    def refuse(self, suite: str, rows: Rows) -> list[tuple[str, str, str]]:
        if suite not in self._checks:
            raise UsageError(f"there is no suite {suite!r}; there are {', '.join(self._checks)}")
        return [
            (str(row["item"]), check.name, check.explain(row.get(check.column)))
            for row in rows
            for check in self._checks[suite]
            if _fails(check, row.get(check.column))
        ]


def _fails(check: Check, value: Any) -> bool:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return False
    if check.kind == "absent":
        return True
    if check.kind == "truth":
        return bool(value) is not check.must_be
    low = -math.inf if check.low is None else check.low
    high = math.inf if check.high is None else check.high
    return not low <= value <= high
