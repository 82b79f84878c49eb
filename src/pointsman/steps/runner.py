"""How a step of the loop runs: as a plain call, or as a Prefect task."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Runner(Protocol):
    """Runs one step of the loop."""

    def __call__(self, name: str, step: Callable[..., T], /, *args: Any, **named: Any) -> T:
        """Return the result of ``step(*args, **named)``. People see ``name`` while it runs."""


def run_here(_name: str, step: Callable[..., T], /, *args: Any, **named: Any) -> T:
    """Call the step and return its result."""
    return step(*args, **named)
