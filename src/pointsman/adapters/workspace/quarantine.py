"""The quarantine: what validation refused, as JSON lines with item, check, reason and byte digest, never the text."""

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
"""The suites of checks that refuse rows."""


class QuarantineFiles:
    """One ``SUITE.jsonl`` for each suite below a folder."""

    def __init__(self, root: Path) -> None:
        """Take the folder; read and write nothing."""
        self.root = root

    def replace(self, suite: str, refusals: Sequence[Refusal]) -> None:
        """Replace everything that a suite refuses by ``refusals``, in one atomic write.

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
        """Return what a suite refuses, in the order of the last ``replace``; nothing before the first.

        Raises:
            UsageError: there is no such suite, or its file is damaged.
        """
        path = self._path(suite)
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return []
        try:
            return [Refusal(**json.loads(line)) for line in lines if line]
        except (ValueError, TypeError) as error:
            raise UsageError(f"{path} is damaged ({error}); delete it, the next refresh writes it again") from error

    def counts(self) -> dict[str, int]:
        """Return suite → number of items that it refuses; an item that fails several checks counts once."""
        return {suite: len({refusal.item for refusal in self.rows(suite)}) for suite in SUITES}

    def _path(self, suite: str) -> Path:
        """Return the file of a suite.

        Raises:
            UsageError: there is no such suite.
        """
        if suite not in SUITES:
            raise UsageError(f"there is no suite {suite!r}; there are {', '.join(SUITES)}")
        return self.root / f"{suite}.jsonl"
