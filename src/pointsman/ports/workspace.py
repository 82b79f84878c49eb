"""The ports of files in a workspace: examples and probes, memory between runs, quarantine, erasure."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pointsman.core.corpus.documents import Refusal
from pointsman.core.erasure.traces import Trace


class JsonLinesFiles(Protocol):
    """A folder of JSON-lines files that people write."""

    def stamp(self) -> str:
        """Return a fingerprint (names, sizes, times of change) that changes when a file does."""

    def texts(self) -> list[tuple[str, str]]:
        """Return (file name, text) of every file that can be read, sorted by name.

        A byte that is not UTF-8 is a lone surrogate in the text.
        """

    def problems(self) -> list[tuple[str, str]]:
        """Return (file name, why) of every file that the last ``texts`` could not read."""


class Memory(Protocol):
    """Small values that are kept between runs to save work. Losing them costs time, never correctness."""

    def get(self, name: str) -> dict[str, Any]:
        """Return the value of ``name``; empty if there is none or it cannot be read."""

    def put(self, name: str, value: Mapping[str, Any]) -> None:
        """Store ``value`` under ``name`` in one atomic write."""


class QuarantineStore(Protocol):
    """The refused rows, each with its reason."""

    def replace(self, suite: str, refusals: Sequence[Refusal]) -> None:
        """Replace all rows of ``suite`` by ``refusals``."""

    def rows(self, suite: str) -> list[Refusal]:
        """Return the rows of ``suite``."""

    def counts(self) -> dict[str, int]:
        """Return the number of rows by suite."""


class ErasureSweep(Protocol):
    """Removes a document from the files that no other port owns: caches, builds and memories."""

    def sweep(self, trace: Trace, instead: str) -> dict[str, int]:
        """Remove a document from caches, builds and memories; return how much was removed, by place.

        Files that can be made again are deleted. In the others, ``instead`` replaces the traces of the document.
        """

    def scan(self, trace: Trace) -> tuple[dict[str, int], list[dict[str, Any]], list[str]]:
        """Search every file, archives included, for traces of a document.

        Returns:
            How much was read (``files``, ``bytes``), the findings (``place``, ``named``, ``shingles``), and what could
            not be searched, in words.
        """

    def keep(self, name: str, certificate: Mapping[str, Any], note: str) -> None:
        """Write a certificate as JSON, and ``note`` as text for people, to files that stay."""
