"""Runs a stage: it ends when the dvc that started it ends; an expected error becomes one line and an exit code."""

import sys
from collections.abc import Callable

from pointsman.adapters.child_process import end_with_parent
from pointsman.core.errors import PointsmanError


def run(main: Callable[[], None]) -> None:
    """Run a stage's ``main``, then end the process."""
    end_with_parent()
    try:
        main()
    except PointsmanError as error:
        sys.stderr.write(f"pointsman: {error}\n")
        sys.exit(error.exit_code)
