"""The files of a workspace after a document was forgotten."""

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pointsman.adapters.erasure.sweep import WorkspaceSweep
from pointsman.adapters.models.embedders.embedding_cache import CachedEmbedder
from pointsman.core.erasure.shingles import Shingles
from pointsman.core.erasure.traces import Trace
from pointsman.core.errors import PointsmanError
from pointsman.core.hashing import digest
from pointsman.core.release import Model
from pointsman.settings.workspace import WorkspaceFolder
from tests.fakes.model_loader import HashedEmbedder

TEXT = "Jane Doubtfire keeps seventeen violet umbrellas in the attic of the lighthouse."
TRACE = Trace(("people/jane.md",), Shingles.of([TEXT]), frozenset({digest(TEXT)}))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".pointsman" / "memory").mkdir(parents=True)
    return tmp_path


def erasure_sweep(root: Path) -> WorkspaceSweep:
    return WorkspaceSweep(WorkspaceFolder(root))


def swept_clean(root: Path) -> dict[str, int]:
    assert erasure_sweep(root).scan(TRACE)[1]
    gone = erasure_sweep(root).sweep(TRACE, "X")
    assert erasure_sweep(root).scan(TRACE)[1] == []
    return gone


def test_a_memory_loses_the_document_and_keeps_the_others(root: Path) -> None:
    memory = root / ".pointsman" / "memory" / "observed.json"
    memory.write_text(json.dumps({"documents": {"people/jane.md": [1], "b.md": [2]}}))
    assert swept_clean(root)["state"] == 1
    assert json.loads(memory.read_text()) == {"documents": {"b.md": [2]}}


def test_a_quarantine_loses_the_row_and_keeps_the_others(root: Path) -> None:
    rows = root / ".pointsman" / "quarantine" / "documents.jsonl"
    rows.parent.mkdir()
    rows.write_text('{"item":"people/jane.md"}\n{"item":"b.md"}\n')
    swept_clean(root)
    assert rows.read_text() == '{"item":"b.md"}\n'


def test_builds_and_cached_objects_that_tell_go_and_the_others_stay(root: Path) -> None:
    telling = [root / "build" / "documents.jsonl.gz", root / ".dvc" / "cache" / "files" / "md5" / "ab" / "cd"]
    other = root / "build" / "other.json.gz"
    for path in (*telling, other):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(b"other" if path == other else json.dumps({"text": TEXT}).encode()))
        path.chmod(0o444)
    assert swept_clean(root)["build"] == 1
    assert [path.exists() for path in (*telling, other)] == [False, False, True]


def test_an_index_that_was_built_goes_whole(root: Path) -> None:
    shard = root / "build" / "index" / "c-1" / "shard"
    shard.mkdir(parents=True)
    (shard / "page").write_text(TEXT)
    (shard.parent / "collection.json").write_text("{}")
    swept_clean(root)
    assert not (root / "build" / "index").exists()


def test_no_page_of_a_database_keeps_what_was_deleted_or_replaced(root: Path) -> None:
    path = root / ".pointsman" / "prefect" / "prefect.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, message TEXT, data BLOB)")
        rows = [(f"{n} {TEXT if n % 3 == 0 else 'fine'}",) for n in range(300)]
        database.executemany("INSERT INTO log (message) VALUES (?)", rows)
        database.execute("DELETE FROM log WHERE id < 100")
        database.commit()
    assert swept_clean(root)["state"] == 1
    with closing(sqlite3.connect(path)) as database:
        kept = [row[0] for row in database.execute("SELECT message FROM log ORDER BY id")]
    assert len(kept) == 201
    assert kept[0] == "X"
    assert kept[1] == "100 fine"


def test_a_database_that_somebody_keeps_to_himself_is_an_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pointsman.adapters.erasure.sweep.PATIENCE", 0.1)
    path = root / ".pointsman" / "mlflow.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("CREATE TABLE tags (value TEXT)")
        database.execute("INSERT INTO tags VALUES (?)", (TEXT,))
        database.execute("BEGIN EXCLUSIVE")
        with pytest.raises(PointsmanError, match=r"mlflow\.db.*stop what has it open"):
            erasure_sweep(root).sweep(TRACE, "X")


def test_every_vector_is_gone_from_the_cache_also_those_of_versions_that_nobody_knows(root: Path) -> None:
    path = root / ".pointsman" / "cache" / "embeddings.sqlite"
    real = HashedEmbedder(Model("m", "b"))
    vector = CachedEmbedder(real, path).embed([TEXT, "another text"])[0].astype(np.float32).tobytes()
    raw = b"".join(p.read_bytes() for p in path.parent.iterdir())
    assert vector in raw
    assert erasure_sweep(root).sweep(TRACE, "X")["embedding cache"] == 2
    assert vector not in b"".join(p.read_bytes() for p in path.parent.iterdir())
    cache = CachedEmbedder(real, path)
    cache.embed([TEXT, "another text"])
    assert (cache.embedded, cache.reused) == (2, 0)


def test_a_certificate_is_kept_for_programs_and_for_people(root: Path) -> None:
    erasure_sweep(root).keep("c1", {"id": "c1"}, "# note")
    folder = root / ".pointsman" / "certificates"
    assert (json.loads((folder / "c1.json").read_text()), (folder / "c1.md").read_text()) == ({"id": "c1"}, "# note")


def test_artefacts_that_a_moved_workspace_left_out_of_mlflows_reach_are_cleaned_too(root: Path) -> None:
    folder = root / ".pointsman" / "mlartifacts" / "run" / "artifacts"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"documents": {"people/jane.md": 1, "b.md": 2}}))
    (folder / "report.html").write_text(f"<p>fine</p>\n<p>{TEXT}</p>\n")
    assert swept_clean(root)["state"] == 2
    assert json.loads((folder / "manifest.json").read_text()) == {"documents": {"b.md": 2}}
    assert (folder / "report.html").read_text() == "<p>fine</p>\nX\n"
