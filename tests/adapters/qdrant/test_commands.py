"""Commands of a workspace whose Qdrant server is away: one line, one code, in time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.qdrant.server import QdrantServer

POINTSMAN = str(Path(sys.executable).parent / "pointsman")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("away")
    (root / "documents").mkdir()
    (root / "documents" / "a.md").write_text("# Points\n\nThe signal box.\n")
    subprocess.run([POINTSMAN, "init", str(root), "--store", "documents"], check=True, capture_output=True)
    params = root / "params.yaml"
    params.write_text(params.read_text().replace("max_wait_seconds: 30", "max_wait_seconds: 0.3"))
    return root


def run(workspace: Path, url: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QDRANT_URL": url}
    return subprocess.run(
        [POINTSMAN, *words], cwd=workspace, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    "words", [("search", "signal"), ("plan",), ("refresh", "--json"), ("doctor",), ("status",), ("rollback",)]
)
def test_a_server_that_is_away_is_one_line_and_exit_1(workspace: Path, words: tuple[str, ...]) -> None:
    server = QdrantServer()
    server.stop()
    ended = run(workspace, server.url, *words)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stdout + ended.stderr
    if "--json" in words:
        assert json.loads(ended.stdout)["error"]["code"] == "PM-E16"
    else:
        [line] = [line for line in ended.stderr.splitlines() if line.startswith("pointsman: PM-")]
        assert line.startswith("pointsman: PM-E16: the Qdrant server at http://127.0.0.1:")
        assert "Connection refused" in line


def test_an_old_server_is_named_and_nothing_is_written(workspace: Path) -> None:
    server = QdrantServer("1.16.2")
    ended = run(workspace, server.url, "refresh", "--json")
    assert (ended.returncode, {str(each) for each in server.sent}) == (1, {"GET /"})
    assert "version 1.16" in json.loads(ended.stdout)["error"]["message"]
    server.stop()


FRESH = """
import sys
from pydantic import BaseModel
rebuild = BaseModel.__dict__["model_rebuild"]
from pointsman.adapters.qdrant.server_index import connect
from tests.ports.points import chunk, put, texts, vector
index = connect(sys.argv[1], max_wait=2)
assert BaseModel.__dict__["model_rebuild"] is rebuild
index.create("books", 8)
put(index, "books", [chunk("signal box"), chunk("coal")])
index.retire("books", [chunk("coal").point_id(1)], at=2)
print(texts(index, "books", 2, vector=vector(1), text="signal"), index.condition("books"))
"""


def test_the_client_works_in_a_process_that_imports_it_for_the_first_time() -> None:
    server = QdrantServer()
    root = Path(__file__).parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", FRESH, server.url], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    server.stop()
    assert ended.stdout == "['signal box'] Condition(unindexed=(), strangers=(), building=False)\n", ended.stderr
