"""The port of the build tool."""

from collections.abc import Mapping
from typing import Any, Protocol


class Builder(Protocol):
    """Runs the heavy stages of dvc.yaml, reproducibly."""

    def build(self, stage: str) -> Mapping[str, Any]:
        """Bring a stage of dvc.yaml up to date and return its report: the JSON file that the stage writes.

        Raises:
            BuildFailed: the stage failed. The message ends with the last lines of its output.
        """

    def lock(self) -> Mapping[str, Any] | None:
        """Return the workspace's dvc.lock as a mapping, or None if there is none."""
