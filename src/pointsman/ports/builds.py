"""The port of the build tool."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pointsman.core.corpus.documents import Listed


class Builder(Protocol):
    """Runs the heavy stages of dvc.yaml, reproducibly."""

    def build(self, stage: str, listing: Sequence[Listed] | None = None) -> Mapping[str, Any]:
        """Bring a stage of dvc.yaml up to date and return its report: the JSON file that the stage writes.

        Args:
            stage: name of the stage.
            listing: what the store listed just before; the build need not list it again then.

        Raises:
            BuildFailed: the stage failed. The message ends with the last lines of its output.
        """

    def lock(self) -> Mapping[str, Any] | None:
        """Return the workspace's dvc.lock as a mapping, or None if there is none."""
