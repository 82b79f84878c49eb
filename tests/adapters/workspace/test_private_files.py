"""The workspace's own files are their owner's alone, or a group's."""

import grp
import logging
import os
import stat
from pathlib import Path

import pytest

from pointsman.adapters.workspace.private_files import make_private_folders, private_files, shared_files
from pointsman.core.errors import UsageError
from pointsman.settings.workspace import WorkspaceFolder

OTHERS = 0o077


def modes(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): stat.S_IMODE(p.lstat().st_mode) for p in sorted(folder.rglob("*"))}


@pytest.fixture
def workspace(tmp_path: Path) -> WorkspaceFolder:
    """A workspace of an earlier version: everybody may read it."""
    for name in (".pointsman/ledger/live.json", "build/chunks.jsonl", ".dvc/cache/files/ab/cd", "docs/page.md"):
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("x")
        place.chmod(0o644)
        for above in place.relative_to(tmp_path).parents:
            (tmp_path / above).chmod(0o755)
    (tmp_path / "build/run.sh").write_text("")
    (tmp_path / "build/run.sh").chmod(0o755)
    return WorkspaceFolder(tmp_path)


def test_what_is_there_is_closed_and_the_documents_are_left_alone(workspace: WorkspaceFolder) -> None:
    with private_files(workspace, None):
        pass
    found = modes(workspace.root)
    assert {name for name, mode in found.items() if mode & OTHERS} == {".dvc", "docs", "docs/page.md"}
    assert found["build/run.sh"] == 0o700
    assert found[".pointsman/ledger/live.json"] == 0o600


def test_new_files_are_private_and_the_umask_is_put_back(workspace: WorkspaceFolder) -> None:
    before = os.umask(0o022)
    try:
        with private_files(workspace, None):
            (workspace.state / "new").mkdir()
            (workspace.state / "new" / "file").write_text("x")
        assert modes(workspace.state)["new"] == 0o700
        assert modes(workspace.state)["new/file"] == 0o600
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def test_a_folder_that_dvc_made_wide_in_between_is_closed_at_the_end(workspace: WorkspaceFolder) -> None:
    with private_files(workspace, None):
        (workspace.build / "wide").mkdir(mode=0o755)
        (workspace.build / "wide").chmod(0o755)
        workspace.build.chmod(0o755)
    assert not any(mode & OTHERS for mode in modes(workspace.build).values())


def test_a_closed_folder_is_not_searched(workspace: WorkspaceFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    with private_files(workspace, None):
        pass
    monkeypatch.setattr(os, "walk", lambda *_: pytest.fail("searched"))
    with private_files(workspace, None):
        pass


def test_a_link_out_of_the_workspace_is_not_followed(workspace: WorkspaceFolder, tmp_path: Path) -> None:
    outside = tmp_path / "docs" / "page.md"
    (workspace.build / "link").symlink_to(outside)
    (workspace.build / "folder").symlink_to(outside.parent)
    with private_files(workspace, None):
        pass
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644
    assert stat.S_IMODE(outside.parent.stat().st_mode) == 0o755


def test_a_group_may_share_the_files(workspace: WorkspaceFolder) -> None:
    own = grp.getgrgid(os.getgid())
    with private_files(workspace, own.gr_name):
        (workspace.state / "new").write_text("x")
    found = modes(workspace.root)
    assert found[".pointsman"] == 0o2770
    assert found[".pointsman/ledger/live.json"] == 0o660
    assert found[".pointsman/new"] == 0o660
    assert (workspace.state / "new").stat().st_gid == own.gr_gid


def test_an_unknown_group_is_refused_and_nothing_changed(workspace: WorkspaceFolder) -> None:
    before = modes(workspace.root)
    with pytest.raises(UsageError, match=r"state\.group is 'no such group'"), private_files(workspace, "no such group"):
        pytest.fail("entered")
    assert modes(workspace.root) == before


def test_a_file_of_somebody_else_is_said_and_stops_nothing(
    workspace: WorkspaceFolder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(place: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted", str(place))

    monkeypatch.setattr(Path, "chmod", refuse)
    monkeypatch.setattr(logging.getLogger("pointsman"), "propagate", True)
    with private_files(workspace, None):
        pass
    assert "chmod -R go-rwx" in caplog.text


def test_the_folders_of_a_new_workspace_are_private(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        make_private_folders(WorkspaceFolder(tmp_path))
        with private_files(WorkspaceFolder(tmp_path), None), shared_files():
            (tmp_path / "model").write_text("x")
    finally:
        os.umask(before)
    found = modes(tmp_path)
    assert {name for name, mode in found.items() if not mode & OTHERS} == {
        ".dvc/cache", ".dvc/tmp", ".pointsman", "build",
    }  # fmt: skip
    assert found["model"] == 0o644
