"""Files of examples and probes: one that cannot be read is named, and its lines never spoil those of the others."""

import os
from pathlib import Path

import pytest

from pointsman.adapters.workspace.files import JsonLines
from pointsman.core.errors import UsageError
from pointsman.core.supervision.examples import parse_lines

GOOD = b'{"id": "a"}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "examples"
    made.mkdir()
    (made / "good.jsonl").write_bytes(GOOD)
    return made


def problems(folder: Path) -> dict[str, str]:
    lines = JsonLines(folder)
    assert [name for name, _ in lines.texts()] == ["good.jsonl"]
    return dict(lines.problems())


def test_files_that_cannot_be_read_are_named(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "folder.jsonl").mkdir()
    (folder / "gone.jsonl").symlink_to("nowhere")
    (folder / "round.jsonl").symlink_to("round.jsonl")
    (folder / "wide.jsonl").write_bytes(GOOD.decode().encode("utf-16"))
    found = problems(folder)
    assert sorted(found) == ["folder.jsonl", "gone.jsonl", "pipe.jsonl", "round.jsonl", "wide.jsonl"]
    assert "UTF-16" in found["wide.jsonl"]
    assert "pipe" in found["pipe.jsonl"]


def test_a_file_that_may_not_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "locked.jsonl").write_bytes(GOOD)
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "locked.jsonl":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "Permission denied" in problems(folder)["locked.jsonl"]


def test_a_file_that_vanishes_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "listdir", lambda _: ["good.jsonl", "went.jsonl"])
    assert problems(folder) == {}
    assert JsonLines(folder).stamp()


def test_only_the_line_that_is_not_utf_8_is_refused(folder: Path) -> None:
    (folder / "good.jsonl").write_bytes(GOOD + b'{"id": "Zw\xf6lf"}\n' + GOOD)
    [(name, text)] = JsonLines(folder).texts()
    rows, refused = parse_lines(text, name)
    assert [row["_origin"] for row in rows] == ["good.jsonl:1", "good.jsonl:3"]
    assert refused == [("good.jsonl:2", "not UTF-8; save the file as UTF-8")]


def test_a_byte_order_mark_is_no_part_of_the_first_line(folder: Path) -> None:
    (folder / "good.jsonl").write_bytes(b"\xef\xbb\xbf" + GOOD)
    [(name, text)] = JsonLines(folder).texts()
    assert parse_lines(text, name)[1] == []


def test_a_name_that_is_not_utf_8_can_be_printed(folder: Path) -> None:
    (folder / os.fsdecode(b"la\xe9.jsonl")).write_bytes(GOOD)
    lines = JsonLines(folder)
    assert [name.encode("utf-8") for name, _ in lines.texts()] == [b"good.jsonl", rb"la\udce9.jsonl"]


def test_an_edit_that_keeps_size_and_time_changes_the_stamp(folder: Path) -> None:
    os.utime(folder / "good.jsonl", ns=(10**18, 10**18))
    before = JsonLines(folder).stamp()
    (folder / "new").write_bytes(GOOD.replace(b"a", b"b"))
    os.utime(folder / "new", ns=(10**18, 10**18))
    (folder / "new").rename(folder / "good.jsonl")
    assert JsonLines(folder).stamp() != before


def test_a_folder_that_may_not_be_listed_is_no_empty_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(UsageError, match="Permission denied"):
        JsonLines(folder).texts()
