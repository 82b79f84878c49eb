"""The wheel, installed where no clone is: an empty folder becomes a workspace that refreshes, searches and builds."""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGES = next(path for path in sys.path if path.endswith("site-packages"))
"""Where the dependencies of this environment are."""
ALWAYS = {"code", "snapshot"}
"""Stages that always run, of those that `index` needs: DVC cannot see into a store."""
DOCUMENTS = {
    "gate.md": "# The gate\n\nThe harbour gate opens at nine o'clock in the morning and closes at eight.\n",
    "ferry.md": "# The ferry\n\nThe ferry to the island leaves every twenty minutes from pier four, also on Sundays.\n",
    "museum.rst": "The museum\n==========\n\nThe museum shows two hundred ship models. Children pay nothing.\n",
}


@dataclass(frozen=True)
class Installed:
    """A virtual environment with the wheel in it, and beside it the dependencies of this one."""

    root: Path

    def run(self, cwd: Path, *words: str, expect: int = 0) -> str:
        """Run a command of the environment in a folder and return what it printed, errors included."""
        kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        path = f"{self.root / 'bin'}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [str(self.root / "bin" / words[0]), *words[1:]],
            cwd=cwd,
            env={**kept, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == expect, f"{words} ended with {done.returncode}:\n{done.stdout[-4000:]}"
        return done.stdout

    def repro(self, workspace: Path, stage: str) -> set[str]:
        """Run `dvc repro` and return the stages that ran."""
        return set(re.findall(r"Running stage '(\w+)'", self.run(workspace, "python", "-m", "dvc", "repro", stage)))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", str(ROOT), "--no-deps", "--no-build-isolation", "-w", str(folder)],
        check=True,
    )
    return next(folder.glob("pointsman-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    root = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root)], check=True)
    python = str(root / "bin" / "python")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", str(wheel)],
        check=True,
    )
    site = next((root / "lib").glob("python*/site-packages"))
    (site / "dependencies.pth").write_text(f"{PACKAGES}\n", encoding="utf-8")  # its own .pth files are not read
    return Installed(root)


def laid_out(folder: Path, installed: Installed, documents: Mapping[str, str] = DOCUMENTS) -> Path:
    """Make a workspace as a new user does, in a folder outside of any clone."""
    (folder / "docs").mkdir(parents=True)
    for name, text in documents.items():
        (folder / "docs" / name).write_text(text, encoding="utf-8")
    said = installed.run(folder, "pointsman", "init", "--store", "./docs")
    assert "warning" not in said
    return folder


@pytest.fixture(scope="module")
def refreshed(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = laid_out(tmp_path_factory.mktemp("outside") / "workspace", installed)
    installed.run(workspace, "pointsman", "refresh")
    return workspace


def test_the_wheel_has_everything_under_one_name(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"pointsman"}
    assert "pointsman/py.typed" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    template = ROOT / "src" / "pointsman" / "template"
    files = {f"pointsman/template/{path.relative_to(template).as_posix()}" for path in template.rglob("*")}
    assert {name for name in names if name.startswith("pointsman/template/")} == {
        name for name in files if (ROOT / "src" / name).is_file() and "__pycache__" not in name
    }


def test_the_code_that_runs_is_the_wheels(installed: Installed, tmp_path: Path) -> None:
    place = installed.run(tmp_path, "python", "-c", "import pointsman; print(pointsman.__file__)")
    assert Path(place.strip()).is_relative_to(installed.root)


def test_an_empty_folder_becomes_a_workspace_that_answers(installed: Installed, refreshed: Path) -> None:
    assert "gate.md" in installed.run(refreshed, "pointsman", "search", "When can I enter the harbour?")


def test_an_unchanged_workspace_builds_nothing_a_second_time(installed: Installed, tmp_path: Path) -> None:
    workspace = laid_out(tmp_path / "workspace", installed)
    assert installed.repro(workspace, "index") == ALWAYS | {"validate", "chunk", "index"}
    assert installed.repro(workspace, "index") == ALWAYS
    digests = yaml.safe_load((workspace / "build" / "code.yaml").read_text(encoding="utf-8"))
    (workspace / "build" / "code.yaml").write_text("index: 'edited by hand'\n", encoding="utf-8")
    assert installed.repro(workspace, "index") == ALWAYS
    assert yaml.safe_load((workspace / "build" / "code.yaml").read_text(encoding="utf-8")) == digests


def test_packages_called_flows_and_pipelines_change_nothing(installed: Installed, refreshed: Path) -> None:
    site = next((installed.root / "lib").glob("python*/site-packages"))
    for name in ("flows", "pipelines"):
        (site / name).mkdir()
        (site / name / "__init__.py").write_text(f"raise ImportError('another package called {name}')\n")
    edited = DOCUMENTS["gate.md"].replace("nine o'clock", "ten o'clock")
    (refreshed / "docs" / "gate.md").write_text(edited, encoding="utf-8")
    assert '"index": "update"' in installed.run(refreshed, "pointsman", "refresh", "--json")
    found = installed.run(refreshed, "pointsman", "search", "--json", "When does the harbour gate open?")
    assert "opens at ten o'clock" in found
    assert installed.repro(refreshed, "index") >= ALWAYS
