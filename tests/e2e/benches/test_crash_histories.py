"""Real kills, a real lost ledger and a real lost record: what `make faults` does at length, in short."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from bench.robustness.crash_histories import TARGETS, kill_once
from tests.e2e.conftest import Place

SHORT = [
    next(t for t in TARGETS if t[1:] == wanted)
    for wanted in (("index.upsert", 1, "after"), ("ledger.swap", 1, "before"), ("ledger.swap", 1, "after"))
]


def test_a_refresh_killed_before_between_and_after_loses_nothing(place: Place) -> None:
    for number, target in enumerate(SHORT):
        kill = kill_once(place.root, number, target)
        assert kill.good, vars(kill)
        assert kill.live_was_old == (target != SHORT[2])


def second_release(place: Place) -> dict[str, object]:
    document = min(place.documents.rglob("*.md"))
    document.write_text(document.read_text() + "\n\nThe dingo damper shuts at 5 bar.\n")
    place.json("refresh")
    return place.json("status")


def test_a_lost_ledger_is_rebuilt_from_mlflow_and_answers_as_before(place: Place) -> None:
    before, history = second_release(place), place.json("history")
    shutil.move(place.root / ".pointsman/ledger", place.root / "lost")
    assert place.json("doctor", expect=1)["pointer"]
    assert not (place.root / ".pointsman/ledger/live.json").exists()
    assert place.json("doctor", "--repair")["healthy"] is True
    assert place.json("status")["release"] == before["release"]
    assert place.json("history") == history
    assert "dingo" in json.dumps(place.json("search", "dingo damper"))
    assert place.json("rollback")["release"] == before["previous"]


@pytest.mark.parametrize("lost", ["mlflow.db", "mlartifacts"])
def test_a_lost_record_is_synced_again_from_the_ledger(place: Place, lost: str) -> None:
    before = second_release(place)
    path = place.root / ".pointsman" / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    found = place.json("doctor", expect=1)
    assert (found["unmirrored"], found["unpreserved"] > 0) == (2, True)
    assert place.json("doctor", "--repair")["healthy"] is True
    shutil.rmtree(place.root / ".pointsman/ledger")
    assert place.json("doctor", "--repair")["release"] == before["release"], "what was mirrored again is complete"


def test_a_record_put_back_to_an_older_backup_catches_up(place: Place) -> None:
    database = place.root / ".pointsman/mlflow.db"
    backup(database, place.root / "backup.db")
    second_release(place)
    backup(place.root / "backup.db", database)
    found = place.json("doctor", expect=1)
    assert (found["unmirrored"], found["unregistered"], found["aliases_behind"]) == (1, 1, True)
    assert place.json("doctor", "--repair")["healthy"] is True


def backup(source: Path, target: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)


@pytest.mark.parametrize("torn", ["live.json", "release", "manifest"])
def test_a_torn_ledger_file_is_a_sentence_with_the_way_out_and_is_mended(place: Place, torn: str) -> None:
    release = place.json("status")["release"]
    path = place.root / ".pointsman/ledger" / torn
    path = next(iter(path.iterdir())) if path.is_dir() else path
    path.write_bytes(path.read_bytes()[:20])
    done = place.run("refresh", expect=1)
    assert "pointsman doctor" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert place.json("doctor", expect=1)["healthy"] is False
    assert place.json("doctor", "--repair")["healthy"] is True
    assert place.json("status")["release"] == release
