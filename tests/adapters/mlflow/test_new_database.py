"""A database whose making was cut off is begun anew; one that is whole is never touched."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from pointsman.adapters.mlflow.new_database import made_whole


def tables(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [name for (name,) in database.execute("SELECT name FROM sqlite_master ORDER BY name")]


def make(path: Path, *names: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for name in names:
            database.execute(f"CREATE TABLE {name} (x)")


@pytest.mark.parametrize("killed", [True, False])
def test_what_was_cut_off_is_made_anew_and_what_is_whole_stays(tmp_path: Path, killed: bool) -> None:
    path = tmp_path / "mlflow.db"
    uri = f"sqlite:///{path}"
    with suppress(RuntimeError), made_whole(uri):
        make(path, "one")
        if killed:
            raise RuntimeError
        make(path, "two")
    with made_whole(uri):
        assert path.exists() is not killed
        if killed:
            make(path, "one", "two")
    assert tables(path) == ["one", "two"]
    with made_whole(uri):
        assert tables(path) == ["one", "two"]


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    make(path, "theirs")
    with made_whole(f"sqlite:///{path}"):
        assert tables(path) == ["theirs"]
    assert [each.name for each in tmp_path.iterdir()] == ["mlflow.db"]


def test_a_server_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with made_whole("http://localhost:5000"):
        assert list(tmp_path.iterdir()) == []
