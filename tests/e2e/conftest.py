"""A real workspace: the sample corpus, the real command line, the real engines; one bootstrap for the session."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
POINTSMAN = str(Path(sys.executable).parent / "pointsman")
PARTS = ("pipelines", "sample", ".dvc", "dvc.yaml", "params.yaml")


@dataclass(frozen=True)
class Place:
    """A workspace and the command line in it."""

    root: Path

    @property
    def documents(self) -> Path:
        return self.root / "documents"

    def run(self, *words: str, expect: int | None = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [POINTSMAN, *words],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "COLUMNS": "200", **environment},
        )
        if expect is not None:
            assert done.returncode == expect, f"{words} → {done.returncode}\n{done.stdout}\n{done.stderr[-4000:]}"
        return done

    def json(self, *words: str, expect: int = 0) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.run(*words, "--json", expect=expect).stdout)
        return value

    def set_params(self, **sections: dict[str, Any]) -> None:
        path = self.root / "params.yaml"
        params = yaml.safe_load(path.read_text(encoding="utf-8"))
        for section, values in sections.items():
            params[section].update(values)
        path.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")


def lay_out(root: Path) -> Place:
    """Make a workspace as a clone with an edited params.yaml would be."""
    root.mkdir(parents=True)
    for name in PARTS:
        source = ROOT / name
        ignore = shutil.ignore_patterns("__pycache__", "tmp", "cache")
        shutil.copytree(source, root / name, ignore=ignore) if source.is_dir() else shutil.copyfile(source, root / name)
    (root / ".dvc" / "config.local").write_text("[core]\n    no_scm = true\n", encoding="utf-8")
    shutil.copytree(root / "sample" / "documents", root / "documents")
    (root / "examples").mkdir()
    shutil.copytree(root / "sample" / "probes", root / "probes")
    place = Place(root)
    place.set_params(store={"url": "documents"}, examples={"path": "examples"}, probes={"path": "probes"})
    return place


@pytest.fixture(scope="session")
def bootstrapped(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A workspace after its first refresh; never changed, only copied."""
    place = lay_out(tmp_path_factory.mktemp("bootstrap") / "workspace")
    report = place.json("refresh")
    assert report["decision"]["index"] == "rebuild"
    return place


@pytest.fixture
def place(bootstrapped: Place, tmp_path: Path) -> Place:
    """A workspace of the test's own, bootstrapped."""
    return copied(bootstrapped, tmp_path / "workspace")


def copied(place: Place, root: Path) -> Place:
    """Return a copy of a workspace, state and all."""
    shutil.copytree(place.root, root, symlinks=True, copy_function=sparsely)
    rehome(root / ".pointsman" / "mlflow.db", str(place.root), str(root))
    return Place(root)


def sparsely(source: str, target: str) -> str:
    """Copy a file, its zeros as holes: the engine sets far more room aside than an index of a few documents fills."""
    block = bytes(1 << 16)
    with Path(source).open("rb") as old, Path(target).open("wb") as new:
        while part := old.read(len(block)):
            if part == block[: len(part)]:
                new.seek(len(part), os.SEEK_CUR)
            else:
                new.write(part)
        new.truncate()
    shutil.copystat(source, target)
    return target


def rehome(database: Path, old: str, new: str) -> None:
    """Let MLflow's record name the copied artefacts: it keeps absolute paths, and two copies would share one folder."""
    with closing(sqlite3.connect(database)) as connection, connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            texts = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")') if "CHAR" in row[2]]
            for column in texts:
                change = f'UPDATE "{table}" SET "{column}" = replace("{column}", ?, ?) WHERE "{column}" LIKE ?'  # noqa: S608
                connection.execute(change, (old, new, f"%{old}%"))


@pytest.fixture
def loaded_modules(place: Place) -> Callable[..., set[str]]:
    """Run a command and return the modules that its process loaded."""

    def modules(*words: str) -> set[str]:
        code = (
            "import sys, json\nfrom pointsman import cli\nsys.argv = ['pointsman', *json.loads(sys.argv[1])]\n"
            "try:\n    cli.main()\nexcept SystemExit as end:\n    assert end.code in (0, 3, None), end.code\n"
            "sys.stderr.write('\\nLOADED ' + ' '.join(sys.modules))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, json.dumps(words)], cwd=place.root, capture_output=True, text=True, check=True
        )
        return set(done.stderr.rsplit("LOADED ", 1)[1].split())

    return modules
