"""What init prints when it is run a second time."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pointsman.cli import app


def lines(*words: str) -> list[str]:
    return CliRunner().invoke(app, ["init", *words]).stdout.strip().splitlines()


def test_a_second_init_with_nothing_to_do_says_so_on_one_line(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    assert lines(str(tmp_path))[-1] == "Next: pointsman plan, then pointsman refresh"
    done = "nothing to do: this version has nothing new for this workspace"
    assert lines(str(tmp_path)) == [f"workspace {tmp_path}", done]
    with (tmp_path / "dvc.yaml").open("a") as file:
        file.write("# mine\n")
    edited = "  left alone  dvc.yaml, which you edited; this version has nothing new"
    assert lines(str(tmp_path)) == [f"workspace {tmp_path}", done, edited]
    (tmp_path / ".gitignore").unlink(missing_ok=True)
    (tmp_path / "params.yaml").unlink()
    assert done not in lines(str(tmp_path))


@pytest.mark.parametrize(("store", "warned"), [("../site/handbook", False), ("../site/handbok", True)])
def test_a_store_beside_a_folder_that_init_makes_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str, warned: bool
) -> None:
    (tmp_path / "site" / "handbook").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    found = [line for line in lines("wiki2", "--store", store) if line.startswith("warning")]
    assert bool(found) is warned
    assert all(str(tmp_path / "site" / "handbok") in line for line in found)
