"""How a step of the loop is run: called here, or as a Prefect task."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Do(Protocol):
    """Runs one step of the loop."""

    def __call__(self, name: str, step: Callable[..., T], /, *args: Any) -> T:
        """Return what ``step(*args)`` returns."""


def call(_name: str, step: Callable[..., T], /, *args: Any) -> T:
    """Run a step by calling it."""
    return step(*args)
