"""How every stage runs: it ends with the dvc that started it; a foreseen error is a sentence and an exit code."""

import sys
from collections.abc import Callable

from pointsman.adapters.child_process import end_with_parent
from pointsman.core.errors import PointsmanError


def run(main: Callable[[], None]) -> None:
    """Run a stage's ``main`` as this process's whole work."""
    end_with_parent()
    try:
        main()
    except PointsmanError as error:
        sys.stderr.write(f"pointsman: {error}\n")
        sys.exit(error.exit_code)
