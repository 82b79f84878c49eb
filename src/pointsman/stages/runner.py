"""Runs a stage: it ends when the dvc that started it ends; an expected error becomes one line and an exit code."""

import sys
from collections.abc import Callable

from pointsman.adapters.child_process import end_with_parent
from pointsman.core.errors import PointsmanError
from pointsman.core.visible import visible
from pointsman.settings.secrets import without_secrets


def run(main: Callable[[], None]) -> None:
    """Run a stage's ``main``, then end the process."""
    end_with_parent()
    try:
        main()
    except PointsmanError as error:
        sys.stderr.write(visible(f"pointsman: {without_secrets(str(error))}\n"))
        sys.exit(error.exit_code)
