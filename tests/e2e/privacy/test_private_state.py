"""What a workspace keeps on disk is its owner's alone, and no password of a URL is in it or in any output."""

import os
import stat
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.e2e.conftest import Place, lay_out

PASSWORD, PROXY, KEY = "top-secret-word", "proxy-secret-word", "qdrant-secret-key"
ENVIRONMENT = {
    "HTTPS_PROXY": f"http://ann:{PROXY}@127.0.0.1:9", "NO_PROXY": "127.0.0.1,localhost", "QDRANT_API_KEY": KEY,
}  # fmt: skip
OWN = (".pointsman", "build", ".dvc/cache", ".dvc/tmp")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, list[str]]:
    """A workspace over HTTP after a refresh, a forget and a refresh that failed, and all that was printed."""
    before = os.umask(0o022)
    place = lay_out(tmp_path_factory.mktemp("private") / "workspace")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(place.root)))
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://reader:{PASSWORD}@127.0.0.1:{server.server_port}/documents"
    place.set_params(store={"url": url})
    said = []
    for words in (("refresh",), ("status", "--json"), ("check",), ("plan", "--json")):
        done = place.run(*words, expect=None, **ENVIRONMENT)
        said.append(done.stdout + done.stderr)
        assert done.returncode == 0 or words == ("check",), said[-1]
    done = place.run("forget", "guide/getting-started.md", "--yes", expect=None, **ENVIRONMENT)
    said.append(done.stdout + done.stderr)
    server.shutdown()
    server.server_close()
    for words in (("refresh",), ("plan", "--json", "--debug")):
        done = place.run(*words, expect=None, **ENVIRONMENT, POINTSMAN_LOG_JSON="1")
        said.append(done.stdout + done.stderr)
    os.umask(before)
    return place, said


def files(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())


def test_no_other_user_reads_what_is_kept(worked: tuple[Place, list[str]]) -> None:
    place, _ = worked
    wide = [
        f"{stat.S_IMODE(path.stat().st_mode):o} {path.relative_to(place.root)}"
        for own in OWN
        for path in (place.root / own, *(place.root / own).rglob("*"))
        if not path.is_symlink() and path.stat().st_mode & 0o077 and "cache/files" not in path.as_posix()
    ]
    assert wide == []


def test_what_the_team_shares_stays_readable(worked: tuple[Place, list[str]]) -> None:
    place, _ = worked
    assert (place.root / "dvc.yaml").stat().st_mode & 0o044
    assert (place.root / "documents").stat().st_mode & 0o055


@pytest.mark.parametrize("secret", [PASSWORD, PROXY, KEY])
def test_no_password_is_kept_anywhere_but_in_params(worked: tuple[Place, list[str]], secret: str) -> None:
    place, _ = worked
    holding = [str(f.relative_to(place.root)) for f in files(place.root) if secret.encode() in f.read_bytes()]
    assert holding == (["params.yaml"] if secret == PASSWORD else [])


@pytest.mark.parametrize("secret", [PASSWORD, PROXY, KEY])
def test_no_password_is_printed(worked: tuple[Place, list[str]], secret: str) -> None:
    _, said = worked
    assert [text for text in said if secret in text] == []
