"""Progress bars in a terminal; a line now and then where there is none."""

import logging
import math
import sys
import threading
import time
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pointsman.cli.logs import logs_are_json

SAY_EVERY_SECONDS = 5.0
"""How often progress is said where there is no terminal to draw bars in."""


LOG = logging.getLogger("pointsman.progress")


def progress() -> "Bars | LoggedProgress":
    """Return what shows progress: JSON log lines where logs are JSON, else bars."""
    return LoggedProgress() if logs_are_json() else Bars()


class LoggedProgress:
    """A log record now and then."""

    def __init__(self) -> None:
        """Log nothing yet."""
        self._said: dict[str, float] = {}

    def __call__(self, label: str, done: int, total: int) -> None:
        """Log that ``done`` of ``total`` steps of ``label`` are done: the first, the last, and one every 5 seconds."""
        now = time.monotonic()
        if done >= total or now - self._said.get(label, -math.inf) > SAY_EVERY_SECONDS:
            self._said[label] = now
            LOG.info("%s: %d of %d", label, done, total, extra={"step": label, "done": done, "total": total})

    def close(self) -> None:
        """Do nothing: log lines stay."""


class Bars:
    """Progress bars on a terminal's stderr; a line now and then elsewhere; nothing for quick work."""

    def __init__(self) -> None:
        """Draw nothing yet."""
        self._console = Console(stderr=True)
        self._bars: Progress | None = None
        self._tasks: dict[str, Any] = {}
        self._begun: dict[str, tuple[float, int]] = {}
        self._said: dict[str, float] = {}
        self._last_line = time.monotonic()
        """When the last line was written; at first, when the command began."""
        self._turn = threading.Lock()

    def __call__(self, label: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` steps of ``label`` are done; any thread may say so."""
        with self._turn:
            self._show(label, done, total)

    def close(self) -> None:
        """Remove every bar, also of work that was given up; the next progress draws new ones."""
        with self._turn:
            if self._bars is not None:
                self._bars.stop()
            self._bars = None
            self._tasks.clear()
            self._begun.clear()

    def _show(self, label: str, done: int, total: int) -> None:
        if done < total and label not in self._begun:
            self._said[label] = time.monotonic()
            self._begun[label] = self._said[label], done
            if not self._console.is_terminal and time.monotonic() - self._last_line > SAY_EVERY_SECONDS:
                self._write(f"{label} …")
        if self._console.is_terminal:
            self._draw(label, done, total)
        elif label in self._begun and time.monotonic() - self._said[label] > SAY_EVERY_SECONDS:
            self._said[label] = time.monotonic()
            begun, before = self._begun[label]
            elapsed = time.monotonic() - begun
            left = elapsed / max(1, done - before) * (total - done)
            about = f"done after {elapsed:.0f} s" if total == 1 else f"{done} of {total}, about {left:.0f} s left"
            self._write(f"{label}: {about}")
        if done >= total:
            self._begun.pop(label, None)
            self._end(label)

    def _write(self, line: str) -> None:
        self._last_line = time.monotonic()
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    def _draw(self, label: str, done: int, total: int) -> None:
        if self._bars is None:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bars = Progress(*columns, console=self._console, transient=True)
            self._bars.start()
        if label not in self._tasks:
            self._tasks[label] = self._bars.add_task(
                label, total=total, completed=done
            )  # what was done before is no speed
        self._bars.update(self._tasks[label], completed=done, total=total)

    def _end(self, label: str) -> None:
        task = self._tasks.pop(label, None)
        if self._bars is not None and task is not None:
            self._bars.remove_task(task)
        if self._bars is not None and not self._tasks:
            self._bars.stop()
            self._bars = None
