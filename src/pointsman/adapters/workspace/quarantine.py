"""What validation refused, as JSON lines: item, check, reason and byte digest, never the text itself."""

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pointsman.core.corpus.documents import Refusal
from pointsman.core.errors import UsageError
from pointsman.core.hashing import canonical

SUITES = ("documents", "chunks", "examples", "probes", "pairs")
"""The suites that refuse rows."""


class Quarantine:
    """One ``SUITE.jsonl`` for each suite below a folder."""

    def __init__(self, root: Path) -> None:
        """Name the folder; nothing is read or made."""
        self.root = root

    def replace(self, suite: str, refusals: Sequence[Refusal]) -> None:
        """Make ``refusals`` all that a suite refuses, in one atomic write.

        Raises:
            UsageError: there is no such suite.
        """
        path = self._path(suite)
        self.root.mkdir(parents=True, exist_ok=True)
        lines = "".join(canonical(asdict(refusal)) + "\n" for refusal in refusals)
        handle, name = tempfile.mkstemp(dir=self.root, prefix=f".{suite}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(lines.encode("utf-8", "backslashreplace"))
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def rows(self, suite: str) -> list[Refusal]:
        """Return what a suite refuses, in the order it was given; nothing when it was never asked.

        Raises:
            UsageError: there is no such suite, or its file was damaged.
        """
        path = self._path(suite)
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return []
        try:
            return [Refusal(**json.loads(line)) for line in lines if line]
        except (ValueError, TypeError) as error:
            raise UsageError(f"{path} is damaged ({error}); remove it, the next refresh writes it anew") from error

    def counts(self) -> dict[str, int]:
        """Return how many items each suite refuses; an item that fails several checks counts once."""
        return {suite: len({refusal.item for refusal in self.rows(suite)}) for suite in SUITES}

    def _path(self, suite: str) -> Path:
        """Return the file of a suite.

        Raises:
            UsageError: there is no such suite.
        """
        if suite not in SUITES:
            raise UsageError(f"there is no suite {suite!r}; there are {', '.join(SUITES)}")
        return self.root / f"{suite}.jsonl"
