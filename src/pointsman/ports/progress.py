"""The port of progress bars."""

from typing import Protocol


class Progress(Protocol):
    """Shows how far a long task is."""

    def __call__(self, label: str, done: int, total: int, /) -> None:
        """Show that ``done`` of ``total`` steps of the task ``label`` are done."""
