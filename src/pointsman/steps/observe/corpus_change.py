"""The documents to serve, compared with the live ones."""

from dataclasses import dataclass

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.release import Release


@dataclass(frozen=True)
class CorpusChange:
    """The documents to serve, compared with the live release."""

    live: Release | None
    """The live release."""
    live_manifest: Manifest
    """Its documents."""
    manifest: Manifest
    """The documents to serve."""
    diff: Diff
    """From the live documents to those to serve."""
    listed: int
    """Number of documents that the store listed."""
