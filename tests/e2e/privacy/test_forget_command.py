"""Forgetting with the real parts: engine, ledger, MLflow, DVC, Prefect's database; killed once, and finished."""

import gzip
import json
import os
import signal
import subprocess
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import POINTSMAN, Place, copied

JANE = "people/jane-doubtfire.md"
FIRST = "# Jane\n\nJane Doubtfire keeps seventeen violet umbrellas in the attic of the lighthouse at Quenby Sands.\n"
THEN = FIRST + "\n## Later\n\nIn the spring she gave eleven ochre parasols to the harbour master of Grommet Bay.\n"
MARKS = [b"doubtfire", b"violet umbrellas", b"ochre parasols", b"grommet bay", b"snorkwise"]


@pytest.fixture(scope="module")
def planted(bootstrapped: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A workspace with two releases that hold the document, a question about it, and an example that cites it."""
    root = tmp_path_factory.mktemp("planted") / "workspace"
    place = copied(bootstrapped, root)
    (place.documents / "people").mkdir()
    probe = {"question": "How many violet umbrellas has Jane Doubtfire?", "documents": [JANE]}
    said = [
        {"role": "user", "content": "What has Jane Doubtfire got?"},
        {"role": "assistant", "content": "Umbrellas, snorkwise: seventeen violet umbrellas in an attic by the sea."},
    ]
    (root / "probes" / "jane.jsonl").write_text(json.dumps(probe) + "\n")
    (root / "examples" / "jane.jsonl").write_text(json.dumps({"messages": said, "cites": [JANE]}) + "\n")
    for text in (FIRST, THEN):
        (place.documents / JANE).write_text(text)
        place.run("refresh")
    (root / ".pointsman" / "scratch" / "packed.json.gz").write_bytes(gzip.compress(THEN.encode()))
    return place


@pytest.fixture
def place(planted: Place, tmp_path: Path) -> Place:
    return copied(planted, tmp_path / "workspace")


def holding(place: Place) -> set[str]:
    """Return the files outside the user's own folders that tell of the document, read in a way of this test's own."""
    found = set()
    for path in place.root.rglob("*"):
        top = path.relative_to(place.root).parts[0]
        if path.is_file() and top in {".pointsman", "build", ".dvc", "dvc.lock"}:
            raw = path.read_bytes()
            views = [raw, raw.replace(b"\0", b"")]
            if raw[:2] == b"\x1f\x8b":
                views.append(gzip.decompress(raw))
            if raw[:1] == b"\x78":
                views.extend(_inflated(raw))
            if any(mark in view.lower() for view in views for mark in MARKS):
                found.add(str(path.relative_to(place.root)))
    return found


def _inflated(raw: bytes) -> Iterator[bytes]:
    try:
        yield zlib.decompress(raw)
    except zlib.error:
        return


def test_a_document_is_forgotten_in_every_file_and_stays_so(place: Place) -> None:
    assert len(holding(place)) > 5
    live = place.json("status")["release"]
    certificate = place.json("forget", JANE, "--yes", "--note", f"{JANE} asked")
    assert (certificate["complete"], certificate["removed"]["points"]) == (True, 2)
    assert holding(place) == set()
    source = certificate["source"]
    assert (source["documents"], source["examples"], source["probes"]) == (1, ["jane.jsonl:1"], ["jane.jsonl:1"])
    found = place.json("search", "violet umbrellas of Jane Doubtfire in the lighthouse", "--top-k", "100")
    assert found["release"] == certificate["releases"][live]
    assert JANE not in {hit["document"] for hit in found["hits"]}
    assert place.json("doctor")["healthy"]
    assert place.json("history")["certificates"][0]["id"] == certificate["id"]

    (place.documents / "guide" / "new.md").write_text("# Buffers\n\nBuffers at the end of a siding stop the wagons.\n")
    assert place.json("refresh")["gate"] == "promote"
    assert holding(place) == set()
    assert place.json("rollback")["release"] == certificate["releases"][live]
    assert place.json("doctor", "--repair")["healthy"]
    assert holding(place) == set()
    runs = place.root / ".pointsman" / "mlartifacts"
    assert certificate in [json.loads(path.read_text()) for path in runs.rglob("certificate.json")]


def test_a_forgetting_that_was_killed_serves_on_and_is_finished_by_the_doctor(place: Place) -> None:
    ledger = place.root / ".pointsman" / "ledger"
    with subprocess.Popen([POINTSMAN, "forget", JANE, "--yes"], cwd=place.root) as process:
        while not list(ledger.glob("rewritten/[!.]*")) and process.poll() is None:
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert place.json("status")["forgetting"]
    assert len(place.json("search", "how do I start a session", "--top-k", "5")["hits"]) == 5
    assert place.json("doctor", expect=1)["forgetting"] == 1
    assert place.json("doctor", "--repair")["healthy"]
    assert holding(place) == set()
    assert place.json("history")["certificates"][0]["complete"]


def test_it_asks_first_and_a_dry_run_changes_nothing(place: Place) -> None:
    before = holding(place)
    refused = place.run("forget", JANE, expect=2)
    assert "--yes" in refused.stderr
    shown = place.json("forget", JANE, "--dry-run")
    assert (sum(shown["points"].values()), shown["examples"], len(shown["releases"])) == (2, ["jane.jsonl:1"], 2)
    assert holding(place) == before
    assert place.json("status")["forgotten"] == 0
    place.run("forget", "people/nobody.md", "--yes", expect=2)
