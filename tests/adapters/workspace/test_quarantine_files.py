"""The quarantine: what was refused and why, without the text."""

import json
from pathlib import Path

import pytest

from pointsman.adapters.workspace.quarantine import QuarantineFiles
from pointsman.core.corpus.documents import Refusal
from pointsman.core.errors import UsageError

ONE = Refusal("a.rst", "size", "too big", "d1")
TWO = Refusal('odd "name"\n\udce9', "utf8", "not UTF-8\nat all", "d2")


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    QuarantineFiles(tmp_path / "q").replace("documents", [TWO, ONE])
    assert QuarantineFiles(tmp_path / "q").rows("documents") == [TWO, ONE]


def test_every_refusal_is_one_line_without_document_text(tmp_path: Path) -> None:
    QuarantineFiles(tmp_path).replace("documents", [ONE, TWO])
    lines = (tmp_path / "documents.jsonl").read_bytes().splitlines()
    assert [set(json.loads(line)) for line in lines] == [{"item", "check", "reason", "byte_digest"}] * 2


def test_replacing_forgets_what_was_refused_before(tmp_path: Path) -> None:
    quarantine = QuarantineFiles(tmp_path)
    quarantine.replace("documents", [ONE])
    quarantine.replace("examples", [TWO])
    quarantine.replace("documents", [])
    assert quarantine.rows("documents") == []
    assert quarantine.rows("examples") == [TWO]


def test_an_item_counts_once_however_many_checks_it_fails(tmp_path: Path) -> None:
    quarantine = QuarantineFiles(tmp_path)
    quarantine.replace("documents", [ONE, Refusal("a.rst", "words", "too short"), TWO])
    assert quarantine.counts() == {"documents": 2, "chunks": 0, "examples": 0, "probes": 0, "pairs": 0}


def test_a_write_that_fails_leaves_the_rows_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quarantine = QuarantineFiles(tmp_path)
    quarantine.replace("documents", [ONE])

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        quarantine.replace("documents", [TWO])
    assert quarantine.rows("documents") == [ONE]
    assert [path.name for path in tmp_path.iterdir()] == ["documents.jsonl"]


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "documents.jsonl").write_text('{"item": ')
    with pytest.raises(UsageError, match="damaged"):
        QuarantineFiles(tmp_path).rows("documents")


def test_an_unknown_suite_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="documents, chunks"):
        QuarantineFiles(tmp_path).replace("../escape", [ONE])
