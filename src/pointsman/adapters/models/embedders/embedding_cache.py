"""Vectors already computed, kept in one file: the same text is embedded once by the same embedder."""

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from pointsman.adapters.workspace.sqlite import PATIENCE_SECONDS, opened
from pointsman.core.errors import PointsmanError
from pointsman.core.hashing import digest
from pointsman.ports.models import Embedder, Vectors

BATCH = 256
"""Texts between two commits: what a killed process loses, at most."""
QUESTION_MARKS = 500
"""Digests asked for in one statement."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    written INTEGER PRIMARY KEY,
    embedder TEXT NOT NULL,
    text TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (embedder, text)
)
"""


class CachedEmbedder:
    """An embedder that remembers. Two processes may share the file; each sees what the other has committed."""

    def __init__(self, embedder: Embedder, path: Path, *, max_bytes: int = 2 * 1024**3) -> None:
        """Name the embedder and the file; the file is made at the first ``embed``.

        Args:
            embedder: what computes a vector that is not known.
            path: an sqlite file.
            max_bytes: bytes of vectors kept, each reckoned as long as this embedder's; beyond them those
                written longest ago are dropped.
        """
        self._embedder, self._path, self._max_bytes = embedder, path, max_bytes
        self.embedded = 0
        """Texts embedded since construction."""
        self.reused = 0
        """Texts answered without embedding: from the file, or as duplicates within one call."""

    @property
    def fingerprint(self) -> str:
        """Id of the embedder's base weights and adapter."""
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._embedder.dimension

    def count_tokens(self, text: str) -> int:
        """Return the number of the embedder's tokens in ``text``, without special tokens; loads no weights."""
        return self._embedder.count_tokens(text)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each text, shape (len(texts), dimension), computing only what is not known."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        keys = [digest(text) for text in texts]
        by_key = dict(zip(keys, texts, strict=True))
        with opened(self._path, SCHEMA, what="the cache of vectors") as connection:
            known = self._read(connection, list(by_key))
            missing = [key for key in by_key if key not in known]
            for start in range(0, len(missing), BATCH):
                batch = missing[start : start + BATCH]
                fresh = self._embedder.embed([by_key[key] for key in batch])
                self._write(connection, batch, fresh)
                known |= dict(zip(batch, fresh, strict=True))
        self.embedded += len(missing)
        self.reused += len(texts) - len(missing)
        return np.stack([known[key] for key in keys]).astype(np.float32, copy=False)

    def recompute(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each text, computed now, whatever is remembered; nothing is kept."""
        return self._embedder.embed(texts)

    def _read(self, connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, Vectors]:
        """Return the vectors that are known; one of another length than the embedder's is none."""
        known: dict[str, Vectors] = {}
        for start in range(0, len(keys), QUESTION_MARKS):
            asked = keys[start : start + QUESTION_MARKS]
            marks = ",".join("?" * len(asked))
            rows = connection.execute(
                f"SELECT text, vector FROM vectors WHERE embedder = ? AND text IN ({marks})",  # noqa: S608 # only marks
                (self.fingerprint, *asked),
            )
            known |= {text: np.frombuffer(blob, dtype=np.float32) for text, blob in rows}
        return {text: vector for text, vector in known.items() if len(vector) == self.dimension}

    def _write(self, connection: sqlite3.Connection, keys: Sequence[str], vectors: Vectors) -> None:
        """Keep vectors, and drop the oldest ones beyond the bound, in one commit."""
        rows = [
            (self.fingerprint, key, np.ascontiguousarray(vector, dtype=np.float32).tobytes())
            for key, vector in zip(keys, vectors, strict=True)
        ]
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany("INSERT OR REPLACE INTO vectors (embedder, text, vector) VALUES (?, ?, ?)", rows)
            self._evict(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _evict(self, connection: sqlite3.Connection) -> None:
        """Drop the rows written longest ago until the newest ones fit into the bound."""
        row_bytes = 4 * self.dimension
        first, last = connection.execute("SELECT min(written), max(written) FROM vectors").fetchone()
        if (last - first + 1) * row_bytes > self._max_bytes:
            keep = max(1, self._max_bytes // row_bytes)
            connection.execute("DELETE FROM vectors WHERE written <= ?", (last - keep,))


def forget_texts(path: Path, digests: Collection[str]) -> int:
    """Remove the vectors of texts from a cache file, and leave no byte of them in it; return how many there were.

    Raises:
        PointsmanError: the file cannot be used, or another process keeps it to itself.
    """
    if not path.is_file():
        return 0
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            before = connection.total_changes
            connection.executemany("DELETE FROM vectors WHERE text = ?", [(each,) for each in sorted(digests)])
            gone = connection.total_changes - before
            if gone:
                connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return gone
    except sqlite3.DatabaseError as error:
        raise PointsmanError(
            f"the cache of vectors {path} cannot be cleaned ({error}); stop what has it open, or delete it"
        ) from error
