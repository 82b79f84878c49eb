"""init: what it refuses before it writes anything, each as a usage error that names the place and the way out."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pointsman.bootstrap import init_report
from pointsman.bootstrap.init import init_workspace
from pointsman.core.errors import UsageError

NOBODY = 65534


def everything(folder: Path) -> dict[Path, bytes]:
    """All that is below a folder: content of files, target of links."""
    return {
        path: bytes(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def refused(root: Path, folder: Path | str, **options: Any) -> str:
    """Return why init refuses ``folder``; nothing below ``root`` has changed."""
    before = everything(root)
    with pytest.raises(UsageError) as error:
        init_workspace(folder, **options)
    assert everything(root) == before
    return str(error.value)


def test_a_file_is_no_workspace(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    assert "is a file; name a folder" in refused(tmp_path, tmp_path / "notes.txt")


def test_a_workspace_inside_a_workspace_is_refused(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    said = refused(tmp_path, tmp_path / "docs" / "deep")
    assert f"lies inside the workspace {tmp_path} " in said
    assert f"run `pointsman init {tmp_path}`" in said


def test_params_of_another_layout_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("corpus: {path: docs}\nembedder: {model: x}\n")
    said = refused(tmp_path, tmp_path)
    assert "corpus" in said
    assert "embedder" in said
    assert f"rename {tmp_path / 'params.yaml'}" in said


def test_a_file_in_the_place_of_a_folder_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "infra").write_text("x")
    assert f"{tmp_path / 'infra'} is a file, and init needs a folder there" in refused(tmp_path, tmp_path)
    (tmp_path / "infra").unlink()
    (tmp_path / "dvc.yaml").mkdir()
    assert f"{tmp_path / 'dvc.yaml'} is a folder, and init needs a file there" in refused(tmp_path, tmp_path)


def test_an_empty_path_is_refused(tmp_path: Path) -> None:
    assert "the value for store.url is empty" in refused(tmp_path, tmp_path, store=" ")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Run as a user without rights where the tests run as root, who may write anywhere."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def open_to_all(folder: Path) -> None:
    """Let every user reach a folder of pytest's, which makes its own for one user; a worker has one more."""
    for each in (folder, *folder.parents):
        if each.owner() == folder.owner() and "pytest" in str(each):
            each.chmod(0o755)


@pytest.mark.parametrize("inside", [".", "new"])
def test_a_folder_that_is_not_writable_is_an_error(tmp_path: Path, inside: str) -> None:
    open_to_all(tmp_path)
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    with as_nobody():
        said = refused(tmp_path, locked / inside)
    assert said.startswith(
        f"{(locked / inside).resolve()} cannot be written to: Permission denied; choose another folder"
    )


def test_a_folder_that_cannot_be_looked_into_is_an_error(tmp_path: Path) -> None:
    open_to_all(tmp_path)
    (tmp_path / "secret").mkdir(mode=0o700)
    (tmp_path / "secret").chmod(0o000)
    with as_nobody():
        said = refused(tmp_path / "none", tmp_path / "secret" / "new")
    assert "cannot be read: Permission denied" in said


@pytest.mark.parametrize(("place", "needed"), [(".pointsman", "folder"), (".pointsman/init.json", "file")])
def test_the_record_needs_its_place(tmp_path: Path, place: str, needed: str) -> None:
    if needed == "folder":
        (tmp_path / place).write_text("x")
    else:
        (tmp_path / place).mkdir(parents=True)
    other = {"folder": "file", "file": "folder"}[needed]
    said = refused(tmp_path, tmp_path)
    assert said == f"{tmp_path / place} is a {other}, and init needs a {needed} there; rename it. Nothing was written"


@pytest.mark.parametrize("place", ["params.yaml", "flows/refresh.py", ".dvc/config"])
def test_a_folder_or_a_pipe_in_the_place_of_a_file_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / place).mkdir(parents=True)
    assert f"{tmp_path / place} is " in refused(tmp_path, tmp_path)
    (tmp_path / place).rmdir()
    os.mkfifo(tmp_path / place)
    with pytest.raises(UsageError, match="init needs a file there"):
        init_workspace(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("place", ["infra", "flows/refresh.py", ".pointsman", "params.yaml", "examples"])
def test_a_link_to_nothing_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).symlink_to(tmp_path / "nothing")
    assert f"{tmp_path / place} is a link to nothing" in refused(tmp_path, tmp_path)


@pytest.mark.parametrize("place", ["flows", "pipelines", "infra/images", ".dvc"])
def test_a_link_out_of_the_workspace_is_refused(tmp_path: Path, place: str) -> None:
    root, outside = tmp_path / "workspace", tmp_path / "outside"
    outside.mkdir()
    (root / place).parent.mkdir(parents=True)
    (root / place).symlink_to(outside)
    said = refused(tmp_path, root)
    assert f"{root / place} is a link to {outside}, and init writes nothing outside of {root}" in said


def test_links_that_lead_nothing_out_are_taken(tmp_path: Path) -> None:
    root, outside = tmp_path / "workspace", tmp_path / "outside"
    for path in (root / "ours", outside / "state", outside / "examples"):
        path.mkdir(parents=True)
    (root / "flows").symlink_to(root / "ours")
    (root / ".pointsman").symlink_to(outside / "state")
    (root / "examples").symlink_to(outside / "examples")
    init_workspace(root)
    assert (root / "ours" / "refresh.py").is_file()
    assert [path.name for path in outside.rglob("*") if path.is_file()] == ["init.json"]


def test_examples_behind_a_link_out_of_the_workspace_are_not_made_there(tmp_path: Path) -> None:
    root, outside = tmp_path / "workspace", tmp_path / "outside"
    outside.mkdir()
    root.mkdir()
    (root / "data").symlink_to(outside)
    assert "init writes nothing outside" in refused(tmp_path, root, examples="data/examples")


@pytest.mark.parametrize("option", ["store", "examples", "probes"])
@pytest.mark.parametrize(
    "value", ["params.yaml", "./dvc.yaml", "infra/serve.py/deep", "flows/../dvc.yaml", "{}/dvc.yaml"]
)
def test_a_path_that_names_a_file_of_the_template_is_refused(tmp_path: Path, option: str, value: str) -> None:
    said = refused(tmp_path, tmp_path, **{option: value.format(tmp_path)})
    assert said.startswith(f"{option}.{'url' if option == 'store' else 'path'}: ")
    assert "init writes the file " in said


@pytest.mark.parametrize("option", ["examples", "probes"])
@pytest.mark.parametrize("inside", [True, False])
def test_examples_and_probes_that_are_a_file_are_refused(tmp_path: Path, option: str, inside: bool) -> None:
    root = tmp_path / "workspace"
    root.mkdir()
    place = (root if inside else tmp_path) / "notes.txt"
    place.write_text("x")
    assert f"{option}.path: {place} is a file" in refused(tmp_path, root, **{option: str(place)})


@pytest.mark.parametrize("option", ["examples", "probes"])
@pytest.mark.parametrize("url", ["s3://bucket/x", "file:///srv/x", "git+file:///repo@main:x"])
def test_examples_and_probes_behind_a_url_are_refused(tmp_path: Path, option: str, url: str) -> None:
    said = refused(tmp_path, tmp_path, **{option: url})
    assert said.startswith(f"{option}.path: {url} is a URL, and examples and probes are folders")


def test_a_url_for_examples_in_params_yaml_is_refused(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace("path: examples ", "path: s3://bucket/x "))
    assert "examples.path: s3://bucket/x is a URL" in refused(tmp_path, tmp_path)


@pytest.mark.parametrize("option", ["store", "examples", "probes"])
@pytest.mark.parametrize("value", ["a\0b", "\udcff", "a\nb", "a\u2028b", "s3://bucket/\udcff", "x" * 5000, "loop/x"])
def test_a_value_that_is_no_path_is_refused(tmp_path: Path, option: str, value: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert f"{option}." in refused(tmp_path, tmp_path, **{option: value})


def test_a_path_in_params_yaml_that_is_none_is_refused(tmp_path: Path) -> None:
    init_workspace(tmp_path)
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace("path: examples ", 'path: "a\\0b" '))
    assert "examples.path: 'a\\x00b' has" in refused(tmp_path, tmp_path)


@pytest.mark.parametrize("root", ["a\0b", "~nosuchperson/x", "\udcff", "x" * 5000, "loop/x"])
def test_a_root_that_is_no_path_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "choose another folder" in refused(tmp_path, root)


@pytest.mark.parametrize(("place", "mode"), [("flows", 0o555), (".pointsman", 0o555), ("flows", 0o000)])
def test_a_folder_inside_that_refuses_is_found_before_anything_is_written(
    tmp_path: Path, place: str, mode: int
) -> None:
    open_to_all(tmp_path)
    root = tmp_path / "workspace"
    (root / place).mkdir(parents=True)
    root.chmod(0o777)
    (root / place).chmod(mode)
    with as_nobody(), pytest.raises(UsageError, match="Permission denied"):
        init_workspace(root)
    (root / place).chmod(0o755)
    assert [path.name for path in root.iterdir()] == [place]


def test_a_record_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    open_to_all(tmp_path)
    init_workspace(tmp_path)
    record = tmp_path / init_report.RECORD
    record.chmod(0o444)
    (tmp_path / ".pointsman").chmod(0o777)
    tmp_path.chmod(0o777)
    with as_nobody(), pytest.raises(UsageError, match=f"{record.name} cannot be written: Permission denied"):
        init_workspace(tmp_path)
