"""The erasure sweep: removes a document from the files of a workspace, and verifies that nothing of it is left."""

import json
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from filelock import FileLock

from pointsman.adapters.erasure.archives import views
from pointsman.adapters.models.embedders.embedding_cache import forget_all
from pointsman.core.erasure.redaction import redacted_text
from pointsman.core.erasure.traces import Trace, TraceMatch
from pointsman.core.errors import PointsmanError
from pointsman.settings.workspace import WorkspaceFolder

SQLITE = b"SQLite format 3\0"
LARGEST_FILE = 1 << 32
"""Bytes of a file that is searched, at most; a larger one is named."""
REMOVED = ".removed"
"""Ending of a mirror that is being removed."""
PATIENCE = 30.0
"""Seconds to wait for another process that has a database open."""
KEPT_BY_OTHERS = ("qdrant", "ledger", "adapters", "certificates")
"""Folders of the state that the index and the ledger clean themselves, or that only a person may remove.

MLflow's artefacts are swept here: in a workspace that was moved or copied, MLflow still writes to the old place.
"""


class WorkspaceSweep:
    """All files in ``.pointsman``, ``build`` and ``.dvc``, with the state of Prefect and MLflow."""

    def __init__(self, workspace: WorkspaceFolder) -> None:
        """Take the workspace; read nothing."""
        self._workspace = workspace

    def sweep(self, trace: Trace, instead: str) -> dict[str, int]:
        """Remove a document from caches, builds, memories and databases; return place → number of entries removed.

        Raises:
            PointsmanError: another process has locked a database.
        """
        state, root = self._workspace.state, self._workspace.root
        gone = Counter({"embedding cache": forget_all(state / "cache" / "embeddings.sqlite")})
        gone["scratch"] = _remove_all(state / "scratch")
        gone["git mirrors"] = _remove_mirrors(state / "git")
        gone["build"] = _remove_holding(self._workspace.build, trace)
        gone["dvc cache"] = _remove_holding(root / ".dvc" / "cache", trace)
        gone["dvc tmp"] = _remove_holding(root / ".dvc" / "tmp", trace)
        for path in _files(state):
            if path.relative_to(state).parts[0] not in KEPT_BY_OTHERS:
                gone["state"] += _clean(path, trace, instead)
        return dict(gone)

    def scan(self, trace: Trace) -> tuple[dict[str, int], list[dict[str, Any]], list[str]]:
        """Read every file and what is packed in it.

        Returns:
            How much was read, the place and extent of each finding, and what was not searched.
        """
        root, files, size = self._workspace.root, 0, 0
        found: list[dict[str, Any]] = []
        unread: list[str] = []
        for folder in (self._workspace.state, self._workspace.build, root / ".dvc"):
            for path in _files(folder):
                place, gaps = path.relative_to(root).as_posix(), set[str]()
                sight, read = _sight(path, trace, gaps)
                files, size = files + 1, size + read
                unread += [f"{place}: {gap}" for gap in sorted(gaps)]
                if sight:
                    found.append({"place": place, "named": sight.named, "shingles": sight.shingles})
        return {"files": files, "bytes": size}, found, unread

    def keep(self, name: str, certificate: Mapping[str, Any], note: str) -> None:
        """Write ``certificates/NAME.json`` and ``.md`` below the state."""
        folder = self._workspace.state / "certificates"
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / f"{name}.json", json.dumps(certificate, indent=2, sort_keys=True, ensure_ascii=False))
        _write(folder / f"{name}.md", note)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, in order; links are not followed."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (path for name in sorted(names) if not (path := Path(place) / name).is_symlink())


def _sight(path: Path, trace: Trace, gaps: set[str] | None = None) -> tuple[TraceMatch, int]:
    """Return (what a file holds of the document, the bytes that were read); add to ``gaps`` what was not searched."""
    gaps, nothing = set() if gaps is None else gaps, TraceMatch(named=False, shingles=0)
    try:
        if path.stat().st_size > LARGEST_FILE:
            gaps.add(f"larger than {LARGEST_FILE:,} bytes")
            return nothing, 0
        raw = path.read_bytes()
    except FileNotFoundError:
        return nothing, 0  # a temporary file that vanished in the meantime
    except OSError as error:
        gaps.add(f"cannot be read ({error.strerror})")
        return nothing, 0
    seen = [trace.find_in(view) for view in views(raw, gaps)]
    return TraceMatch(any(s.named for s in seen), max(s.shingles for s in seen)), len(raw)


def _remove_all(folder: Path) -> int:
    """Remove a folder and return the number of its files."""
    count = sum(1 for _ in _files(folder))
    shutil.rmtree(folder, ignore_errors=not folder.exists())
    return count


def _remove_mirrors(folder: Path) -> int:
    """Remove every mirror of a repository; the next listing fetches it anew. Return their number.

    A mirror is renamed before it is removed, so that a killed run leaves either a whole one or none; what is left of
    a removal goes with the next one.
    """
    mirrors = [path for path in sorted(folder.iterdir()) if path.is_dir()] if folder.is_dir() else []
    for mirror in mirrors:
        if mirror.suffix == REMOVED:
            shutil.rmtree(mirror)
            continue
        with FileLock(f"{mirror}.lock"):
            aside = mirror.with_name(f"{mirror.name}.{os.getpid()}{REMOVED}")
            mirror.rename(aside)
        shutil.rmtree(aside)
    return len(mirrors)


def _remove_holding(folder: Path, trace: Trace) -> int:
    """Remove the outputs that hold the document, an index as a whole; return the number of files that did."""
    gone = 0
    for path in list(_files(folder)):
        if path.exists() and _sight(path, trace)[0]:
            top = folder / path.relative_to(folder).parts[0]
            whole = top.is_dir() and any(top.glob("*/collection.json"))
            if whole:
                shutil.rmtree(top)
            else:
                path.chmod(0o600)
                path.unlink()
            gone += 1
    return gone


def _clean(path: Path, trace: Trace, instead: str) -> int:
    """Remove the document from one file of the state; return 1 when it was there, else 0."""
    if path.suffix in {"-wal", "-shm"} or path.name.endswith(("-wal", "-shm", "-journal")):
        return 0  # part of a database, which is cleaned as a whole
    if _is_database(path):
        return _clean_database(path, trace, instead)
    if not _sight(path, trace)[0]:
        return 0
    try:
        text = path.read_text(encoding="utf-8", errors="surrogatepass")
    except UnicodeDecodeError:
        path.unlink()
        return 1
    if path.suffix == ".jsonl":
        rows = [line for line in text.split("\n") if line and not _occurs(line, trace)]
        _write(path, "".join(f"{row}\n" for row in rows))
    else:
        _write(path, redacted_text(text, lambda part: _occurs(part, trace), instead))
    return 1


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def _clean_database(path: Path, trace: Trace, instead: str) -> int:
    """Remove the document from every text of a database, also from pages that are free.

    Raises:
        PointsmanError: another process has locked it.
    """
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as database:
            database.execute("PRAGMA secure_delete = ON")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if not _sight(path, trace)[0]:
                return 0
            for table, column in list(_text_columns(database)):
                _clean_column(database, table, column=column, trace=trace, instead=instead)
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise PointsmanError(
            f"{path} holds the document and cannot be cleaned ({error}); stop what has it open and run this again"
        ) from error
    return 1


def _text_columns(database: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Yield (table, column), without the tables of text searches, which sqlite fills from others."""
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
    for (table,) in tables.fetchall():
        for row in database.execute(f'PRAGMA table_info("{table}")').fetchall():
            yield table, row[1]


def _clean_column(database: sqlite3.Connection, table: str, column: str, trace: Trace, instead: str) -> None:
    """Write ``instead`` where a value of one column holds the document."""
    try:
        rows = database.execute(
            f'SELECT rowid, "{column}" FROM "{table}" WHERE typeof("{column}") IN (\'text\', \'blob\')'  # noqa: S608 - names from the database's own schema
        )
    except sqlite3.OperationalError:
        return  # a table without row ids only has keys
    for row, text in rows.fetchall():
        new = _cleaned(text, trace, instead)
        if new != text:
            database.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (new, row))  # noqa: S608 - as above


def _cleaned(value: str | bytes, trace: Trace, instead: str) -> str | bytes:
    """Return a value of a database without the document; bytes that hold it are replaced whole."""
    if isinstance(value, str):
        return redacted_text(value, lambda part: _occurs(part, trace), instead)
    return instead.encode() if any(trace.find_in(view) for view in views(value)) else value


def _occurs(text: str, trace: Trace) -> bool:
    """Return whether a text holds the document, also packed or encoded."""
    return any(trace.find_in(view) for view in views(text.encode("utf-8", "surrogatepass")))


def _write(path: Path, text: str) -> None:
    """Write a file: first a temporary one, which is then renamed."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8", errors="surrogatepass")
    aside.replace(path)
