"""A cache of vectors in one file: an embedder embeds the same text only once."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

import numpy as np

from pointsman.adapters.workspace.sqlite import PATIENCE_SECONDS, opened, read_only
from pointsman.core.errors import PointsmanError
from pointsman.core.hashing import digest
from pointsman.ports.models import Embedder, Vectors

BATCH = 256
"""Texts between two commits. A killed process loses at most so many vectors."""
QUESTION_MARKS = 500
"""Digests in one SQL statement."""
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
    """An embedder with a cache. Several processes may share the file; each sees what the others have committed."""

    def __init__(self, embedder: Embedder, path: Path, *, max_bytes: int = 2 * 1024**3, keep: bool = True) -> None:
        """Use an embedder and a file; the file is created at the first ``embed``.

        Args:
            embedder: computes the vectors that the cache does not have.
            path: an sqlite file.
            max_bytes: limit of the vectors' size, all counted with this embedder's dimension; the oldest vectors
                above it are deleted.
            keep: whether new vectors are written; a query reads the file and leaves it as it is.
        """
        self._embedder, self._path, self._max_bytes, self._keep = embedder, path, max_bytes, keep
        self.embedded = 0
        """Texts embedded by this object."""
        self.reused = 0
        """Texts that were not embedded: their vectors came from the file, or from a copy in the same call."""

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
        """Return one vector for each text, shape (len(texts), dimension); only unknown texts are embedded."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        keys = [digest(text) for text in texts]
        by_key = dict(zip(keys, texts, strict=True))
        known, missing = self._kept(by_key) if self._keep else self._read_only(by_key)
        self.embedded += len(missing)
        self.reused += len(texts) - len(missing)
        return np.stack([known[key] for key in keys]).astype(np.float32, copy=False)

    def _kept(self, texts: Mapping[str, str]) -> tuple[dict[str, Vectors], list[str]]:
        """Return the vector of each digest, and the digests that were embedded; new vectors are written by batch."""
        with opened(self._path, SCHEMA, what="the cache of vectors") as connection:
            known = self._read(connection, list(texts))
            missing = [key for key in texts if key not in known]
            for start in range(0, len(missing), BATCH):
                batch = missing[start : start + BATCH]
                fresh = self._embedder.embed([texts[key] for key in batch])
                self._write(connection, batch, fresh)
                known |= dict(zip(batch, fresh, strict=True))
        return known, missing

    def _read_only(self, texts: Mapping[str, str]) -> tuple[dict[str, Vectors], list[str]]:
        """Return the same without writing; a file that cannot be read counts as empty."""
        known: dict[str, Vectors] = {}
        with suppress(sqlite3.Error), read_only(self._path) as connection:
            known = self._read(connection, list(texts)) if connection else {}
        missing = [key for key in texts if key not in known]
        fresh: Sequence[Vectors] = list(self._embedder.embed([texts[key] for key in missing])) if missing else []
        return known | dict(zip(missing, fresh, strict=True)), missing

    def recompute(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each text, computed now and not taken from the cache; nothing is cached."""
        return self._embedder.embed(texts)

    def _read(self, connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, Vectors]:
        """Return the cached vectors; vectors of another length than the embedder's do not count."""
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
        """Cache vectors and delete the oldest ones above the limit, in one commit."""
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
        """Delete the oldest rows until the others fit into the limit."""
        row_bytes = 4 * self.dimension
        first, last = connection.execute("SELECT min(written), max(written) FROM vectors").fetchone()
        if (last - first + 1) * row_bytes > self._max_bytes:
            keep = max(1, self._max_bytes // row_bytes)
            connection.execute("DELETE FROM vectors WHERE written <= ?", (last - keep,))


def forget_all(path: Path) -> int:
    """Delete every vector from a cache file, and every byte of it; return how many there were.

    Texts of earlier versions of a document are known to nobody any more, so the cache cannot tell its vectors apart.

    Raises:
        PointsmanError: the file cannot be used, or another process has locked it.
    """
    if not path.is_file():
        return 0
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            deleted = int(connection.execute("SELECT count(*) FROM vectors").fetchone()[0])
            connection.execute("DELETE FROM vectors")
            if deleted:
                connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return deleted
    except sqlite3.DatabaseError as error:
        raise PointsmanError(
            f"the cache of vectors {path} cannot be cleaned ({error}); stop what has it open, or delete it"
        ) from error
