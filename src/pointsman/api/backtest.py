"""Backtest: a git history of documents, replayed through the diff, the guards and the policy."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointsman.api.phrases import short
from pointsman.api.results import Result
from pointsman.api.tables.result import ResultTable, lines_table
from pointsman.core.errors import UsageError

if TYPE_CHECKING:
    from pointsman.bootstrap.backtest import Backtest
    from pointsman.ports.progress import Progress

HOLDS_SHOWN = 12
"""Held moments in the table; all of them are in the JSON and in the page."""
COSTS = ("rule", "runs", "chunks embedded", "hours", "money")


@dataclass(frozen=True, kw_only=True)
class BacktestReport(Result):
    """What would have been decided, done and held; what it costs against simpler rules."""

    repository: str
    replayed: int
    """Moments that were replayed."""
    moments: int
    """Moments of the history."""
    variants: Sequence[Mapping[str, Any]]
    complete: bool = True
    """False when it was interrupted."""
    shallow: bool = False
    """Whether the clone's history begins where it was cut off."""

    @property
    def exit_code(self) -> int:
        """0, or 1 when the replay was interrupted."""
        return 0 if self.complete else 1

    def tables(self) -> tuple[ResultTable, ...]:
        """Return the measures of each variant, what each rule costs, and the last held moments."""
        v = self.value
        title = (
            f"backtest of {v['repository']}, {v['path']}: {v['replayed']} of {v['moments']} moments "
            f"from {v['from']} to {v['to']}, {v['seconds']:.1f} s"
        )
        names = [each["name"] for each in self.variants]
        tables = [lines_table(title, ["", *names], _rows([each["summary"] for each in self.variants]))]
        tables += [lines_table(f"predicted cost: {v['name']}", COSTS, _costs(v["summary"])) for v in self.variants]
        return (*tables, *self._holds())

    def _holds(self) -> list[ResultTable]:
        held = [(each["name"], s) for each in self.variants for s in each["steps"] if s["held"]]
        if not held:
            return []
        more = f", the last {HOLDS_SHOWN} of {len(held)}" if len(held) > HOLDS_SHOWN else ""
        rows = [_held(name, step) for name, step in held[-HOLDS_SHOWN:]]
        return [lines_table(f"held{more}", ["variant", "day", "commit", "what", "because"], rows)]


def replay(
    root: Path, git: Path, path: str, *, html: Path | None, progress: "Progress", **options: Any
) -> BacktestReport:
    """Replay a history and return the report; ``html`` gets a page with plots. ``options`` are those of a backtest.

    An interrupt ends the replay: the report tells what was replayed so far.
    """
    from pointsman.bootstrap.backtest import open_backtest

    if html is not None:
        _writable(html)
    started = time.monotonic()
    test = open_backtest(root, git, path, progress=progress, **options)
    try:
        _run(test)
    finally:
        test.close()
    report = test.report(seconds=time.monotonic() - started)
    if html is not None:
        from pointsman.adapters.reports.backtest_html import page

        html.write_text(page(report, test.curves()), encoding="utf-8")
    return BacktestReport.of(report, complete=test.complete, shallow=test.history.shallow)


def _run(test: "Backtest") -> None:
    """Go through the moments, until an interrupt."""
    try:
        for _ in test:
            pass
    except KeyboardInterrupt:
        return


def _writable(html: Path) -> None:
    """Refuse a page that could not be written after the replay.

    Raises:
        UsageError: its folder is not there.
    """
    if not html.absolute().parent.is_dir():
        raise UsageError(f"--html {html}: there is no folder {html.absolute().parent}; make it, or name another file")


def _costs(summary: Mapping[str, Any]) -> list[Sequence[object]]:
    return [
        (r["name"], r["runs"], r["embedded"], round(r["seconds"] / 3600, 2), round(r["money"], 2))
        for r in summary["rules"]
    ]


def _rows(summaries: Sequence[Mapping[str, Any]]) -> list[Sequence[object]]:
    """Return a row for each measure: its name, and its value in each variant."""
    rows: list[Sequence[object]] = []
    for section in ("outcomes", "changes", "work", "holds", "debt", "measured"):
        for name in dict.fromkeys(name for s in summaries for name in s[section]):
            values = [s[section].get(name, 0) for s in summaries]
            rows.append((f"{section}: {name.replace('_', ' ')}", *map(_shown, values)))
    return rows


def _shown(value: object) -> object:
    """Return a value as a cell: guards with their counts, lists in one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {n}" for name, n in value.items())
    return "; ".join(map(str, value)) if isinstance(value, list) else value


def _held(name: str, step: Mapping[str, Any]) -> Sequence[object]:
    day = datetime.fromtimestamp(step["at"], UTC).date().isoformat()
    return name, day, short(step["commit"]), step["held"], "; ".join(alarm["because"] for alarm in step["alarms"])
