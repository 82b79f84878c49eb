"""The ledger in files: locks, torn files, interrupted writes."""

import gzip
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from pointsman.adapters.ledger.file_ledger import FileLedger
from pointsman.core.errors import IndexDamaged, LedgerConflict

MINE, THEIRS = {"owner": "a", "run": "1", "until": 10.0}, {"owner": "b", "run": "2", "until": 20.0}
RELEASE: dict[str, Any] = {"release": "a1f3", "n": [1, 2.5, None, True], "deep": {"ключ": 'quote " and \n line'}}


def test_two_processes_move_the_pointer_and_no_move_is_lost(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from pointsman.adapters.ledger.file_ledger import FileLedger
from pointsman.core.errors import LedgerConflict
ledger, done = FileLedger(Path(sys.argv[1])), 0
while done < 40:
    held = ledger.pointer()
    try:
        ledger.swap(held, {"n": held["n"] + 1})
    except LedgerConflict:
        continue
    done += 1
"""
    ledger = FileLedger(tmp_path)
    ledger.swap(None, {"n": 0})
    processes = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(2)]

    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert ledger.pointer() == {"n": 80}


def test_a_lock_that_is_never_released_is_a_conflict_that_names_it(tmp_path: Path) -> None:
    with FileLock(tmp_path / ".lock"), pytest.raises(LedgerConflict, match=r"\.lock"):
        FileLedger(tmp_path, timeout=0.05).swap(None, {"release": "a"})
    assert FileLedger(tmp_path).pointer() is None


@pytest.mark.parametrize("content", [b"", b'{"release": "a1', b"[]", b"\xff\xfe", b"\x1f\x8b\x08 torn"])
@pytest.mark.parametrize(("kind", "file"), [("release", "a.json"), ("manifest", "a.json.gz")])
def test_a_torn_file_is_named_with_the_way_out_and_putting_it_again_mends_it(
    tmp_path: Path, kind: str, file: str, content: bytes
) -> None:
    ledger = FileLedger(tmp_path)
    ledger.put(kind, "a", RELEASE)
    path = tmp_path / kind / file
    path.write_bytes(gzip.compress(content) if content == b"[]" and file.endswith("gz") else content)

    with pytest.raises(IndexDamaged, match=rf"{file} .*pointsman doctor"):
        ledger.get(kind, "a")

    ledger.put(kind, "a", RELEASE)
    assert ledger.get(kind, "a") == RELEASE


def test_a_torn_manifest_of_which_half_is_left_is_found_out(tmp_path: Path) -> None:
    ledger = FileLedger(tmp_path)
    ledger.put("manifest", "m", {"documents": {str(n): secrets.token_hex(16) for n in range(500)}})
    path = tmp_path / "manifest" / "m.json.gz"
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(IndexDamaged, match="pointsman doctor"):
        ledger.get("manifest", "m")


def test_a_torn_pointer_is_named_and_not_moved(tmp_path: Path) -> None:
    ledger = FileLedger(tmp_path)
    ledger.swap(None, {"release": "a"})
    (tmp_path / "live.json").write_text('{"release"')

    for call in (ledger.pointer, lambda: ledger.swap({"release": "a"}, {"release": "b"})):
        with pytest.raises(IndexDamaged, match=r"live\.json.*pointsman doctor"):
            call()
    assert (tmp_path / "live.json").read_text() == '{"release"'


def test_a_torn_pointer_is_mended_and_a_torn_claim_is_nobodys(tmp_path: Path) -> None:
    ledger = FileLedger(tmp_path)
    ledger.swap(None, {"release": "a"})
    ledger.set_lease(None, MINE)
    (tmp_path / "live.json").write_text('{"release"')
    (tmp_path / "writer.json").write_text("")

    ledger.restore_pointer({"release": "a"})
    assert ledger.lease() is None
    ledger.set_lease(None, THEIRS)
    assert (ledger.pointer(), ledger.lease()) == ({"release": "a"}, THEIRS)


def test_an_interrupted_write_leaves_no_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = FileLedger(tmp_path)

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match="No space left"):
        ledger.put("release", "a", RELEASE)

    assert ledger.ids("release") == []
    assert list((tmp_path / "release").iterdir()) == []
