"""A cache of verdicts: a row that Great Expectations has judged with the same checks is not judged again."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pointsman.adapters.validation.great_expectations import GxValidator
from pointsman.adapters.workspace.sqlite import opened, read_only
from pointsman.core.hashing import content_id
from pointsman.ports.validation import Rows
from pointsman.settings.params import Params
from pointsman.settings.workspace import WorkspaceFolder

QUESTION_MARKS = 500
"""Keys in one SQL statement, at most."""
MAX_ROWS = 2_000_000
"""Verdicts kept, at most; then the oldest ones are dropped."""
SCHEMA = (
    "CREATE TABLE IF NOT EXISTS verdicts (given INTEGER PRIMARY KEY, row TEXT NOT NULL UNIQUE, failed TEXT NOT NULL)"
)

FailedChecks = Sequence[tuple[str, str]]
"""(check, reason) of each check that a row failed."""


class CachedValidator:
    """A validator with a cache that the refresh and its dvc stages share. Without the file it is slower, nothing else.

    A verdict depends only on the checks and on the columns that they look at; these are its key. A reason may quote
    those columns, never the text of a document.
    """

    def __init__(
        self,
        real: GxValidator,
        path: Path,
        *,
        before: Callable[[], None] | None = None,
        max_rows: int = MAX_ROWS,
        keep: bool = True,
    ) -> None:
        """Take the validator and the file.

        Args:
            real: judges the rows that the cache does not know.
            path: file of the cache.
            before: called once, before rows go to the real validator.
            max_rows: verdicts kept, at most.
            keep: whether new verdicts are written; a query reads the file and leaves it as it is.
        """
        self._real, self._path, self._before, self._max_rows, self._keep = real, path, before, max_rows, keep

    def refuse(self, suite: str, rows: Rows) -> list[tuple[str, str, str]]:
        """Return (item, check, reason) for every row that fails a check of ``suite``, in the rows' order.

        Raises:
            UsageError: there is no such suite.
        """
        columns, id_ = self._real.judged(suite)
        keys = [content_id([id_, *(_plain(row.get(column)) for column in columns)]) for row in rows]
        if not keys:
            return []
        known = self._kept(suite, keys, rows) if self._keep else self._read_only(suite, keys, rows)
        return [
            (str(row["item"]), check, reason)
            for key, row in zip(keys, rows, strict=True)
            for check, reason in known[key]
        ]

    def _kept(self, suite: str, keys: Sequence[str], rows: Rows) -> dict[str, FailedChecks]:
        """Return the verdict of each key; new ones are written."""
        with opened(self._path, SCHEMA, what="the cache of verdicts") as connection:
            known = _read(connection, keys)
            new = _unknown(keys, rows, known)
            if new:
                known |= self._judge(suite, new)
                self._write(connection, {key: known[key] for key in new})
        return known

    def _read_only(self, suite: str, keys: Sequence[str], rows: Rows) -> dict[str, FailedChecks]:
        """Return the verdict of each key; the file is left as it is, and one that cannot be read is passed over."""
        known: dict[str, FailedChecks] = {}
        with suppress(sqlite3.Error), read_only(self._path) as connection:
            known = _read(connection, keys) if connection else {}
        new = _unknown(keys, rows, known)
        return known | (self._judge(suite, new) if new else {})

    def _judge(self, suite: str, new: Mapping[str, Mapping[str, Any]]) -> dict[str, FailedChecks]:
        """Return the real validator's verdict for each new row."""
        if self._before is not None:
            self._before()
            self._before = None
        verdicts: dict[str, list[tuple[str, str]]] = {key: [] for key in new}
        for key, check, reason in self._real.refuse(suite, [{**row, "item": key} for key, row in new.items()]):
            verdicts[key].append((check, reason))
        return dict(verdicts)

    def _write(self, connection: sqlite3.Connection, verdicts: Mapping[str, FailedChecks]) -> None:
        """Store verdicts, and drop the oldest ones above the limit, in one commit."""
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(
                "INSERT OR REPLACE INTO verdicts (row, failed) VALUES (?, ?)",
                [(key, json.dumps(list(failed))) for key, failed in verdicts.items()],
            )
            (last,) = connection.execute("SELECT max(given) FROM verdicts").fetchone()
            connection.execute("DELETE FROM verdicts WHERE given <= ?", (last - self._max_rows,))
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def validator_of(
    workspace: WorkspaceFolder, params: Params, *, before: Callable[[], None] | None = None, keep: bool = True
) -> CachedValidator:
    """Return the validator of a workspace with the limits of params.yaml; nothing is imported or written yet.

    With ``keep`` off, new verdicts are not written to the cache.
    """
    limits = {"max_tokens": params.generator.lora.max_length, "max_chunk_tokens": params.chunking.max_tokens}
    real = GxValidator(params.guard, **limits)
    return CachedValidator(real, workspace.state / "cache" / "verdicts.sqlite", before=before, keep=keep)


def _unknown(keys: Sequence[str], rows: Rows, known: Mapping[str, FailedChecks]) -> dict[str, Mapping[str, Any]]:
    return {key: row for key, row in zip(keys, rows, strict=True) if key not in known}


def _read(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, FailedChecks]:
    known: dict[str, FailedChecks] = {}
    distinct = list(dict.fromkeys(keys))
    for start in range(0, len(distinct), QUESTION_MARKS):
        asked = distinct[start : start + QUESTION_MARKS]
        marks = ",".join("?" * len(asked))
        found = connection.execute(
            f"SELECT row, failed FROM verdicts WHERE row IN ({marks})",  # noqa: S608 # only marks
            asked,
        )
        known |= {row: [(check, reason) for check, reason in json.loads(failed)] for row, failed in found}
    return known


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: NaN, which means no value, becomes None."""
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 - only NaN differs from itself
