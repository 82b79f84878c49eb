"""How a step of the loop is run: called here, or as a Prefect task."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Runner(Protocol):
    """Runs one step of the loop."""

    def __call__(self, name: str, step: Callable[..., T], /, *args: Any, **named: Any) -> T:
        """Return what ``step(*args, **named)`` returns; ``name`` is what people read while it runs."""


def run_here(_name: str, step: Callable[..., T], /, *args: Any, **named: Any) -> T:
    """Run a step by calling it."""
    return step(*args, **named)
