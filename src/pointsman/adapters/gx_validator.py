"""Judges rows with Great Expectations: one suite each for documents, chunks, examples, probes and pairs."""

import logging
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pointsman.core.errors import UsageError
from pointsman.core.identity import content_id
from pointsman.core.pairs import NEAREST
from pointsman.ports import Rows
from pointsman.settings import Guard


@dataclass(frozen=True, slots=True)
class Check:
    """One named check of one column. None (or NaN) in the column means there was nothing to judge."""

    name: str
    column: str
    reason: str
    """Template: ``{value}`` is the row's value, ``{limit}`` the limit; it ends with the way out."""
    low: float | None = None
    """The value must be at least this."""
    high: float | None = None
    """The value must be at most this."""
    must_be: bool | None = None
    """The value must be this truth value."""

    @property
    def limit(self) -> float | bool | None:
        """What the value is held against."""
        return next((limit for limit in (self.low, self.high, self.must_be) if limit is not None), None)

    @property
    def kind(self) -> str:
        """``number``, ``truth``, or ``absent`` for a column that must hold nothing."""
        if self.low is not None or self.high is not None:
            return "number"
        return "absent" if self.must_be is None else "truth"

    def explain(self, value: Any) -> str:
        """Return the reason for a value that fails."""
        return self.reason.format(value=_plain(value), limit=_plain(self.limit))


def _plain(value: Any) -> Any:
    """Return a number as people write it."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else round(value, 3)
    return value


def checks(guard: Guard, *, max_tokens: int, max_chunk_tokens: int | None = None) -> dict[str, tuple[Check, ...]]:
    """Return the checks of every suite, in the order in which their reasons are given.

    An example has ``max_tokens`` at most, a chunk ``max_chunk_tokens``, or ``max_tokens`` when that is None.
    """
    return {
        "documents": _document_checks(guard),
        "chunks": _chunk_checks(max_tokens if max_chunk_tokens is None else max_chunk_tokens),
        "examples": _example_checks(max_tokens),
        "probes": _probe_checks(),
        "pairs": _pair_checks(),
    }


def _document_checks(guard: Guard) -> tuple[Check, ...]:
    """Return what a document must be before it is cut."""
    return (
        Check("readable", "problem", "it cannot be opened: {value}; mend the entry or exclude it"),
        Check(
            "size",
            "size",
            "document has {value} bytes, the limit is {limit}; raise guard.max_bytes or exclude it",
            high=guard.max_bytes,
        ),
        Check(
            "text",
            "is_binary",
            "document is binary (NUL bytes or many control characters); exclude it or save it as UTF-8 text",
            must_be=False,
        ),
        Check("format", "unreadable", "document {value}"),
        Check("utf8", "utf8_ok", "document is not UTF-8; save it as UTF-8 or exclude it", must_be=True),
        Check(
            "words",
            "words",
            "document has {value} words, the least is {limit}; add text, lower guard.min_words or exclude it",
            low=guard.min_words,
        ),
        Check(
            "navigation",
            "link_share",
            "document is only navigation: links are a share of {value} of its words, the limit is {limit}; "
            "add text, raise guard.max_link_share or exclude it",
            high=guard.max_link_share,
        ),
        Check(
            "copies",
            "copies",
            f"the same text comes {{value}} times before it and {guard.max_copies} copies are kept; "
            "remove the copies or raise guard.max_copies",
            high=guard.max_copies - 1,
        ),
        Check(
            "secrets",
            "secrets",
            "document holds credentials: {value}; remove and revoke them, or exclude the document",
        ),
        Check("access", "access", "its access tags cannot be trusted, so it is not published: {value}"),
    )


def _chunk_checks(max_tokens: int) -> tuple[Check, ...]:
    """Return what a chunk must be before it is embedded."""
    return (
        Check(
            "text",
            "text_length",
            "chunk has {value} characters, the least is {limit}; mend its document",
            low=1,
        ),
        Check(
            "tokens",
            "tokens",
            "chunk has {value} tokens, the limit is {limit}: the embedder would cut it off; "
            "raise chunking.max_tokens or break up its longest line",
            high=max_tokens,
        ),
    )


def _example_checks(max_tokens: int) -> tuple[Check, ...]:
    """Return what an example must be before anything learns from it."""
    return (
        Check("parses", "parse_error", "example cannot be read: {value}; mend the line"),
        Check(
            "roles",
            "roles_ok",
            "roles must be system, user and assistant, in turns; mend messages",
            must_be=True,
        ),
        Check(
            "assistant_last",
            "last_is_assistant",
            "the last message is not the assistant's, so there is nothing to learn; add the answer",
            must_be=True,
        ),
        Check(
            "completion",
            "completion_length",
            "the answer has {value} characters, the least is {limit}; write it or remove the example",
            low=1,
        ),
        Check("cites", "missing_cites", "cites documents that are not in the store: {value}; correct cites"),
        Check("id", "id_of", "its id is that of example {value}, which says something else; give it one of its own"),
        Check(
            "schema",
            "off_schema",
            "its answer is not what examples.schema asks for: {value}; correct the answer or the schema",
        ),
        Check("unique", "duplicate_of", "says the same as example {value}; remove one of the two"),
        Check(
            "consistent",
            "contradicts",
            "answers the question of example {value} otherwise; keep the right one",
        ),
        Check(
            "tokens",
            "tokens",
            "example has {value} tokens, the limit is {limit}; shorten it or raise generator.lora.max_length",
            high=max_tokens,
        ),
    )


def _probe_checks() -> tuple[Check, ...]:
    """Return what a probe must be before anything is measured with it."""
    return (
        Check("parses", "parse_error", "probe cannot be read: {value}; mend the line"),
        Check(
            "question",
            "question_length",
            "the question has {value} characters, the least is {limit}; write it or remove the probe",
            low=1,
        ),
        Check(
            "documents",
            "missing_documents",
            "the documents that answer it are not in the store: {value}; correct documents or remove it",
        ),
    )


def _pair_checks() -> tuple[Check, ...]:
    """Return what a retriever pair must be before the embedder learns from it."""
    return (
        Check(
            "query", "query_length", "the query has {value} characters, the least is {limit}; mend its source", low=1
        ),
        Check("passage", "passage_length", "the passage has {value} characters, the least is {limit}", low=1),
        Check("unique", "asked_before", "the query comes {value} times before it; one passage for each", high=0),
        Check("negatives", "own_negatives", "a negative is of a document that answers the query: {value}"),
        Check(
            "false_negatives",
            "nearest",
            "a negative has {value} of the positive's score, the limit is {limit}: it may answer the query too",
            high=NEAREST,
        ),
    )


class GxValidator:
    """Great Expectations in memory: nothing is written, nothing is sent, and every failing row comes back."""

    def __init__(self, guard: Guard, *, max_tokens: int, max_chunk_tokens: int | None = None) -> None:
        """Take the limits (see ``checks``); imports nothing."""
        self._checks = checks(guard, max_tokens=max_tokens, max_chunk_tokens=max_chunk_tokens)
        self._batches: Any = None
        """Batch definition of the one context, made when the first rows come."""

    def judged(self, suite: str) -> tuple[tuple[str, ...], str]:
        """Return the columns that a suite looks at, and the id of its checks.

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
        """Return the expectation suite of a name; every expectation carries its check and its reason."""
        from great_expectations import ExpectationSuite

        return ExpectationSuite(name=name, expectations=[_expectation(check) for check in self._checks[name]])

    def _batch(self, frame: Any) -> Any:
        """Return rows as a batch of an ephemeral context, without telemetry and progress bars."""
        if self._batches is None:
            os.environ["GX_ANALYTICS_ENABLED"] = "false"
            logging.getLogger("great_expectations").setLevel(logging.WARNING)
            import great_expectations as gx
            from great_expectations.data_context.types import base as types

            logging.getLogger(types.__name__).setLevel(logging.WARNING)  # it sets a level of its own
            context = gx.get_context(mode="ephemeral")
            context.enable_analytics(enable=False)
            context.variables.progress_bars = types.ProgressBarsConfig(globally=False, metric_calculations=False)
            asset = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
            self._batches = asset.add_batch_definition_whole_dataframe("all")
        return self._batches.get_batch({"dataframe": frame})


def _expectation(check: Check) -> Any:
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


def _frame(rows: Sequence[Mapping[str, Any]], wanted: Sequence[Check]) -> Any:
    """Return rows as a data frame: item, number of the row, and judged columns; absent ones are null."""
    import pandas as pd

    columns: dict[str, Any] = {"item": [str(row["item"]) for row in rows], "row": range(len(rows))}
    for check in wanted:
        values = [_known(row.get(check.column)) for row in rows]
        columns[check.column] = pd.Series(values, dtype="float64" if check.kind == "number" else "object")
    return pd.DataFrame(columns)


def _known(value: Any) -> Any:
    """Return None for what stands for nothing: None and NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value
