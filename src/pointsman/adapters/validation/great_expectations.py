"""Judges rows with Great Expectations: one suite of expectations for each suite of checks."""

import logging
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pointsman.adapters.validation.checks import RowCheck, checks
from pointsman.core.errors import UsageError
from pointsman.core.hashing import content_id
from pointsman.ports.validation import Rows
from pointsman.settings.params import Guard


class GxValidator:
    """Great Expectations in memory: nothing is written or sent, and every failing row is returned."""

    def __init__(self, guard: Guard, *, max_tokens: int, max_chunk_tokens: int | None = None) -> None:
        """Take the limits (see ``checks``); import nothing."""
        self._checks = checks(guard, max_tokens=max_tokens, max_chunk_tokens=max_chunk_tokens)
        self._batches: Any = None
        """Batch definition of the only context, made for the first rows."""

    def judged(self, suite: str) -> tuple[tuple[str, ...], str]:
        """Return (the columns that a suite looks at, the id of its checks).

        Raises:
            UsageError: there is no such suite.
        """
        if suite not in self._checks:
            raise UsageError(f"there is no suite {suite!r}; there are {', '.join(self._checks)}")
        wanted = self._checks[suite]
        return tuple(dict.fromkeys(check.column for check in wanted)), content_id([asdict(check) for check in wanted])

    def refuse(self, suite: str, rows: Rows) -> list[tuple[str, str, str]]:
        """Return (item, check, reason) for every row that fails a check of ``suite``, in the rows' order.

        Raises:
            UsageError: there is no such suite.
            RuntimeError: Great Expectations could not evaluate an expectation.
        """
        self.judged(suite)
        if not rows:
            return []
        wanted = self._checks[suite]
        result = self._batch(_frame(rows, wanted)).validate(
            self._suite(suite),
            result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["item", "row"]},
        )
        order = {check.name: nth for nth, check in enumerate(wanted)}
        failed: list[tuple[int, int]] = []
        for outcome in result.results:
            if outcome.exception_info and outcome.exception_info.get("raised_exception"):
                raise RuntimeError(f"suite {suite!r} failed to run: {outcome.exception_info['exception_message']}")
            nth = order[outcome.expectation_config.meta["check"]]
            failed.extend((int(at["row"]), nth) for at in outcome.result.get("unexpected_index_list") or [])
        return [
            (str(rows[row]["item"]), wanted[nth].name, wanted[nth].explain(rows[row].get(wanted[nth].column)))
            for row, nth in sorted(failed)
        ]

    def _suite(self, name: str) -> Any:
        """Return an expectation suite; each expectation carries the name of its check and its reason."""
        from great_expectations import ExpectationSuite

        return ExpectationSuite(name=name, expectations=[_expectation(check) for check in self._checks[name]])

    def _batch(self, frame: Any) -> Any:
        """Return rows as a batch of an ephemeral context, without telemetry and progress bars."""
        if self._batches is None:
            os.environ["GX_ANALYTICS_ENABLED"] = "false"
            logging.getLogger("great_expectations").setLevel(logging.WARNING)
            import great_expectations as gx
            from great_expectations.data_context.types import base as types

            logging.getLogger(types.__name__).setLevel(logging.WARNING)  # this module sets its own level
            context = gx.get_context(mode="ephemeral")
            context.enable_analytics(enable=False)
            context.variables.progress_bars = types.ProgressBarsConfig(globally=False, metric_calculations=False)
            asset = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
            self._batches = asset.add_batch_definition_whole_dataframe("all")
        return self._batches.get_batch({"dataframe": frame})


def _expectation(check: RowCheck) -> Any:
    """Return a check as an expectation."""
    from great_expectations import expectations

    meta = {"check": check.name, "reason": check.reason, "limit": check.limit}
    if check.kind == "number":
        return expectations.ExpectColumnValuesToBeBetween(
            column=check.column, min_value=check.low, max_value=check.high, meta=meta
        )
    if check.kind == "truth":
        return expectations.ExpectColumnValuesToBeInSet(column=check.column, value_set=[check.must_be], meta=meta)
    return expectations.ExpectColumnValuesToBeNull(column=check.column, meta=meta)


def _frame(rows: Sequence[Mapping[str, Any]], wanted: Sequence[RowCheck]) -> Any:
    """Return rows as a data frame: item, number of the row, and the judged columns; missing values are null."""
    import pandas as pd

    columns: dict[str, Any] = {"item": [str(row["item"]) for row in rows], "row": range(len(rows))}
    for check in wanted:
        values = [_known(row.get(check.column)) for row in rows]
        columns[check.column] = pd.Series(values, dtype="float64" if check.kind == "number" else "object")
    return pd.DataFrame(columns)


def _known(value: Any) -> Any:
    """Return None for None and NaN, which both mean no value."""
    return None if isinstance(value, float) and math.isnan(value) else value
