"""The commands: a thin layer over ``pointsman.api``. Results go to stdout, everything else to stderr."""

import os
import sys

from pointsman.cli import backtest, history, init, maintain, query, refresh, review
from pointsman.cli.app import app
from pointsman.cli.errors import broken_pipe, report, wants_json
from pointsman.cli.interrupt import Interrupt
from pointsman.cli.logs import set_up_logs

__all__ = ["app", "backtest", "history", "init", "main", "maintain", "query", "refresh", "review"]

ORDER = (
    "init", "check", "plan", "refresh", "watch", "search", "ask", "status", "quarantine", "show", "history", "explain",
    "approve", "reject", "confirm", "rollback", "forget", "doctor", "models", "ui", "backtest",
)  # fmt: skip
"""Commands as the help lists them: in the order in which people meet them."""

app.registered_commands.sort(key=lambda each: ORDER.index(each.name or getattr(each.callback, "__name__", ORDER[-1])))

PRIVATE = 0o077
"""Mode bits that no file gets which a command writes, unless params.yaml names a group."""

EVERYWHERE = ("--log-json", "--debug")
"""Options of every command, wherever they stand on the line."""


def main() -> None:
    """Run the command line; every error becomes one sentence and an exit code (0 done, 1 failed, 2 usage, 3 held)."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    words, options = _sorted_out(sys.argv[1:])
    if words[:1] != ["init"]:  # what init writes is the team's; everything else is private (settings/state.py)
        os.umask(PRIVATE)
    debug, as_json = "--debug" in options, wants_json(words)
    set_up_logs(as_json="--log-json" in options, debug=debug)
    interrupt = Interrupt(lambda number: _say_interrupted(words, number, as_json=as_json))
    interrupt.install()
    try:
        code = app(args=[*options, *words], standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.exit(broken_pipe())
    except Exception as error:  # noqa: BLE001 - the last place where an error can be said
        interrupt.go_first()
        sys.exit(report(error, as_json=as_json, debug=debug))
    sys.exit(code if isinstance(code, int) else 0)


def _sorted_out(words: list[str]) -> tuple[list[str], list[str]]:
    """Return (the command line without the options of every command, those options)."""
    end = words.index("--") if "--" in words else len(words)
    found = [word for word in words[:end] if word in EVERYWHERE]
    return [word for n, word in enumerate(words) if n >= end or word not in EVERYWHERE], found


def _say_interrupted(words: list[str], number: int, *, as_json: bool) -> None:
    """Say that a command was interrupted, and how to go on."""
    report(KeyboardInterrupt(next(iter(words), ""), number), as_json=as_json, debug=False)
