"""A planted sentence in many hiding places: each is cleaned, or named as not searched."""

import base64
import bz2
import gzip
import io
import json
import lzma
import quopri
import sqlite3
import subprocess
import time
import urllib.parse
import zipfile
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from pointsman.adapters.erasure.sweep import WorkspaceSweep
from pointsman.core.erasure.shingles import Shingles
from pointsman.core.erasure.traces import Trace
from pointsman.settings.workspace import WorkspaceFolder

TEXT = "Jane Müller was born in Hamburg and keeps eleven parrots in her attic flat near the harbour."
RAW = TEXT.encode()
TRACE = Trace(("people/jane.md",), Shingles.of([TEXT]))


def zipped(text: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", text)
    return file.getvalue()


BARE = zlib.compress(RAW)[2:-4]
FORMS = {
    "plain": RAW, "upper case": TEXT.upper().encode(), "latin-1": TEXT.encode("latin-1"),
    "utf-16": TEXT.encode("utf-16"),
    "utf-16 in the middle": b"-" * 99 + TEXT.encode("utf-16-le"), "json escapes": json.dumps(TEXT).encode(),
    "every letter escaped": "".join(f"\\u{ord(c):04x}" for c in TEXT).encode(),
    "html numbers": "".join(f"&#{ord(c)};" for c in TEXT).encode(), "html names": TEXT.replace("ü", "&uuml;").encode(),
    "url": urllib.parse.quote(TEXT).encode(), "quoted-printable": quopri.encodestring(RAW),
    "soft hyphens": TEXT.replace("a", "a\u00ad").encode(), "no-break spaces": TEXT.replace(" ", "\u00a0").encode(),
    "line breaks": TEXT.replace(" ", "\r\n").encode(),
    "base64": base64.b64encode(RAW), "base64 at another place": b"x" + base64.b64encode(b"y" + RAW),
    "base64 in lines": base64.encodebytes(RAW),
    "base64 in json": json.dumps({"p": base64.b64encode(RAW).decode()}).encode(),
    "hex": RAW.hex().encode(), "gzip": gzip.compress(RAW), "gzip after others": b"#" * 70_000 + gzip.compress(RAW),
    "zlib after others": b"#" * 5000 + zlib.compress(RAW, 9), "bare deflate": BARE,
    "bare deflate later": b"#" * 999 + BARE,
    "zip": zipped(RAW), "zip after others": b"#" * 90_000 + zipped(RAW), "zip without directory": zipped(RAW)[:-60],
    "bzip2 after others": b"##" + bz2.compress(RAW), "xz": lzma.compress(RAW),
    "lzma": lzma.compress(RAW, format=lzma.FORMAT_ALONE), "gzip in base64": base64.b64encode(gzip.compress(RAW)),
    "zip in gzip": gzip.compress(zipped(RAW)),
}  # fmt: skip
PLACES = (".pointsman/memory/note.bin", "build/out.bin", ".dvc/cache/files/md5/ab/cd", ".dvc/cache/runs/ab/cd")


def erasure_sweep(root: Path) -> WorkspaceSweep:
    return WorkspaceSweep(WorkspaceFolder(root))


def planted(root: Path, place: str, raw: bytes) -> None:
    path = root / place
    path.parent.mkdir(parents=True)
    path.write_bytes(raw)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", FORMS)
def test_each_form_in_each_place_is_found_and_erased(tmp_path: Path, form: str, place: str) -> None:
    planted(tmp_path, place, FORMS[form])
    assert erasure_sweep(tmp_path).scan(TRACE)[1], "the search sees it"
    erasure_sweep(tmp_path).sweep(TRACE, "X")
    assert erasure_sweep(tmp_path).scan(TRACE)[1] == []


@pytest.mark.parametrize("kind", ["TEXT", "BLOB"])
@pytest.mark.parametrize("form", ["plain", "base64", "gzip"])
def test_a_value_of_a_database_is_replaced(tmp_path: Path, form: str, kind: str) -> None:
    value = FORMS[form].decode("latin-1") if kind == "TEXT" else FORMS[form]
    path = tmp_path / ".pointsman" / "mlflow.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"CREATE TABLE params (value {kind})")
        database.executemany("INSERT INTO params VALUES (?)", [(value,), ("fine",)])
        database.commit()
    erasure_sweep(tmp_path).sweep(TRACE, "X")
    assert erasure_sweep(tmp_path).scan(TRACE)[1] == []
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT value FROM params").fetchall()[1] == ("fine",)


@pytest.mark.parametrize("left", ["", ".7.removed"])
def test_a_mirror_goes_whole_also_one_whose_removal_was_killed(tmp_path: Path, left: str) -> None:
    mirror = tmp_path / ".pointsman" / "git" / f"abc{left}"
    mirror.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", "--bare", mirror], check=True)
    subprocess.run(["git", "-C", mirror, "hash-object", "-w", "--stdin"], input=RAW, check=True, capture_output=True)
    assert erasure_sweep(tmp_path).sweep(TRACE, "X")["git mirrors"] == 1
    assert not mirror.exists()
    assert not list(mirror.parent.glob("*.removed"))


def test_what_cannot_be_searched_is_named(tmp_path: Path) -> None:
    locked = bytearray(zipped(RAW))
    locked[6] |= 1
    noise = bytes(range(256)) * 40
    for name, raw in {
        "torn.gz": gzip.compress(noise)[:-9],
        "locked.zip": bytes(locked),
        "x.zst": b"\x28\xb5\x2f\xfd...",
        "torn.bz2": bz2.compress(noise)[:-9],
        "deep": gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(RAW))))),
    }.items():
        planted(tmp_path, f".pointsman/{name}/f", raw)
    unread = " ".join(erasure_sweep(tmp_path).scan(TRACE)[2])
    for word in ("torn.gz", "locked.zip", "x.zst", "torn.bz2", "deep"):
        assert word in unread


def test_crafted_bytes_with_a_stream_at_every_place_are_bounded_and_named(tmp_path: Path) -> None:
    planted(tmp_path, ".pointsman/x/f", b"z" * 1_000_000)
    began = time.monotonic()
    assert "without a header" in erasure_sweep(tmp_path).scan(TRACE)[2][0]
    assert time.monotonic() - began < 20


def test_sound_files_leave_nothing_unsearched(tmp_path: Path) -> None:
    for form, raw in FORMS.items():
        if form != "zip without directory":
            planted(tmp_path, f".pointsman/{form}/f", raw)
    assert erasure_sweep(tmp_path).scan(TRACE)[2] == []


@pytest.mark.parametrize(
    "text", ["Another text about the ferries of Altona, and about nobody at all.", "parrots " * 99]
)
def test_other_texts_are_not_taken_for_it(tmp_path: Path, text: str) -> None:
    planted(tmp_path, ".pointsman/other/f", text.encode())
    assert erasure_sweep(tmp_path).scan(TRACE)[1] == []
