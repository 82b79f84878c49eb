"""A query writes nothing: every file of the workspace is as it was, but for the journals that qdrant-edge touches."""

import hashlib
from pathlib import Path

import pytest

from tests.e2e.conftest import Place, lay_out

QUERIES = (
    ("plan",), ("status",), ("history",), ("explain",), ("search", "What is a switch?"), ("quarantine",), ("check",),
)  # fmt: skip


def files(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink() and ".pointsman/qdrant/" not in path.as_posix()
    }


@pytest.mark.parametrize("changed", [False, True])
def test_a_query_writes_nothing(place: Place, changed: bool) -> None:
    if changed:
        (place.documents / "new.md").write_text("# New\n\nThe new page says that the signal box opens at seven.\n")
        (place.root / "examples" / "mine.jsonl").write_text("{broken\n")
    before = files(place.root)
    for words in QUERIES:
        assert place.run(*words, expect=None).returncode in {0, 1 if words[0] == "check" else 0}, words
        after = files(place.root)
        assert {p for p in after.keys() | before.keys() if after.get(p) != before.get(p)} == set(), words


def test_the_first_plan_of_a_new_workspace_writes_nothing(tmp_path: Path) -> None:
    place = lay_out(tmp_path / "workspace")
    before = files(place.root)
    place.run("plan")
    assert files(place.root) == before
