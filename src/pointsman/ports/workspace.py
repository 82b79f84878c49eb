"""The ports of files in a workspace: what people write, what runs remember, what was refused."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pointsman.core.corpus.documents import Refusal
from pointsman.core.erasure.traces import Trace


class Lines(Protocol):
    """A folder of JSON-lines files that a person writes."""

    def stamp(self) -> str:
        """Return a cheap fingerprint (names, sizes, times) that changes when a file does."""

    def texts(self) -> list[tuple[str, str]]:
        """Return (file name, text) of every file, ordered by name."""


class Memory(Protocol):
    """Small facts kept between runs to save work. Losing them costs time, never correctness."""

    def get(self, name: str) -> dict[str, Any]:
        """Return what was put under ``name``; empty when nothing or nothing readable was."""

    def put(self, name: str, value: Mapping[str, Any]) -> None:
        """Keep ``value`` under ``name``, atomically."""


class QuarantineShelf(Protocol):
    """Where refused rows wait with their reason."""

    def replace(self, suite: str, refusals: Sequence[Refusal]) -> None:
        """Make ``refusals`` the rows of ``suite``."""

    def rows(self, suite: str) -> list[Refusal]:
        """Return the rows of ``suite``."""

    def counts(self) -> dict[str, int]:
        """Return the number of rows of every suite."""


class Residue(Protocol):
    """The files that runs leave in a workspace, beside what the other ports keep."""

    def sweep(self, trace: Trace, instead: str) -> dict[str, int]:
        """Take a document out of caches, builds and memories; return how much went, by place.

        What can be made again is removed; of what cannot, only the document is taken out and ``instead`` put there.
        """

    def scan(self, trace: Trace) -> tuple[dict[str, int], list[dict[str, Any]]]:
        """Read every file, packed ones too; return ({"files", "bytes"}, {"place", "named", "shingles"} by finding)."""

    def keep(self, name: str, certificate: Mapping[str, Any], note: str) -> None:
        """Write a certificate, and the same for people, to files that stay."""
