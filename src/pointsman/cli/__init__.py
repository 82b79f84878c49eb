"""The commands. Each says what it does, with examples; results go to stdout, everything else to stderr."""

import os
import sys

from pointsman.cli import backtest, history, init, maintain, query, refresh, review
from pointsman.cli.app import app, err
from pointsman.core.errors import PointsmanError

__all__ = ["app", "backtest", "history", "init", "main", "maintain", "query", "refresh", "review"]


def main() -> None:
    """Run the command line; every error becomes one sentence and an exit code (0 done, 1 failed, 2 usage, 3 held)."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        app()
    except PointsmanError as error:
        err.print(f"pointsman: {error}", style="red", markup=False, highlight=False)
        sys.exit(error.exit_code)
