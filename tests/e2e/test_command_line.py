"""The commands on a real workspace: MiniLM, qdrant-edge, DVC, Great Expectations, Prefect and MLflow as they are."""

import json
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import POINTSMAN, Place

CONTRACT = {"decision_id", "release", "corpus", "changes", "decision", "work", "cost", "gate", "seconds"}
KINDS = {"added", "removed", "renamed", "edited", "cosmetic", "metadata", "unchanged", "quarantined"}
CHANGES = KINDS | {"examples_added", "examples_removed", "exposed", "narrowed"}
QUESTION = "What should I do when the simulator reports an error code?"


def some_document(place: Place) -> Path:
    return min(place.documents.rglob("*.md"))


def test_plan_and_refresh_keep_the_contract_before_and_after_an_edit(place: Place) -> None:
    before = place.json("plan")
    assert set(before) >= CONTRACT
    assert set(before["changes"]) == CHANGES
    assert before["decision"]["index"] == "keep"
    document = some_document(place)
    document.write_text(document.read_text() + "\n\nThe quokka interlock closes after 41 seconds.\n")
    planned = place.json("plan")
    assert planned["decision"]["index"] == "update"
    assert planned["changes"]["edited"] == 1
    assert planned["release"] == before["release"], "plan never changes what readers see"
    done = place.json("refresh")
    assert set(done) >= CONTRACT
    assert done["gate"] == "promote"
    assert done["work"]["chunks_embedded"] == planned["work"]["chunks_embedded"] <= 2
    found = place.json("search", "quokka interlock")
    assert found["release"] == done["release"] != before["release"]
    assert set(found["hits"][0]) >= {"document", "chunk", "score", "text"}
    assert "quokka" in found["hits"][0]["text"]


def test_nothing_changed_loads_no_engine(place: Place, loaded_modules: Callable[..., set[str]]) -> None:
    heavy = {
        "torch",
        "transformers",
        "mlflow",
        "prefect",
        "great_expectations",
        "qdrant_client",
        "pandas",
    }
    assert not heavy & loaded_modules("plan")
    assert not heavy & loaded_modules("refresh", "--json")


def test_a_renamed_folder_costs_no_embedding_and_no_model(place: Place) -> None:
    (place.documents / "guide").rename(place.documents / "handbook")
    report = place.json("refresh")
    assert report["decision"]["index"] == "patch"
    assert report["work"]["chunks_embedded"] == 0
    assert report["changes"]["renamed"] > 0
    hits = place.json("search", QUESTION, "--top-k", "50")["hits"]
    assert not [h for h in hits if h["document"].startswith("guide/")]


def test_a_mass_deletion_is_held_and_the_old_release_still_answers(place: Place) -> None:
    live = place.json("status")["release"]
    for path in sorted(p for p in place.documents.rglob("*") if p.is_file())[:15]:
        path.unlink()
    report = place.json("refresh", expect=3)
    assert report["decision"]["hold"] is True
    assert report["release"] == live
    assert len(place.json("search", QUESTION)["hits"]) == 5
    again = place.json("refresh", expect=3)
    assert again["decision"]["hold"] is True, "the hold lasts until a person or the store releases it"
    assert place.json("refresh", "--yes")["gate"] == "promote"


def test_rollback_returns_the_old_passages_and_the_next_refresh_holds(place: Place) -> None:
    first = place.json("status")["release"]
    document = some_document(place)
    document.write_text(document.read_text() + "\n\nThe wombat relay opens at 9 volts.\n")
    second = place.json("refresh")["release"]
    assert place.json("rollback")["release"] == first
    assert "wombat" not in json.dumps(place.json("search", "wombat relay"))
    assert place.json("refresh", expect=3)["decision"]["hold"] is True
    assert place.json("rollback", second[:6])["release"] == second
    assert "wombat" in json.dumps(place.json("search", "wombat relay"))


def test_ask_answers_with_citations_and_the_release(place: Place) -> None:
    found = place.json("ask", QUESTION)
    assert set(found) >= {"release", "answer", "citations", "context"}
    assert found["answer"]
    assert set(found["citations"]) <= {hit["document"] for hit in found["context"]}


def test_doctor_finds_and_heals_points_that_were_deleted_behind_its_back(place: Place) -> None:
    from pointsman.adapters.qdrant.edge_index import EdgeIndex

    status = place.json("status")
    index = EdgeIndex(place.root / ".pointsman" / "qdrant")
    lost = sorted(p.id for p in index.points(status["collection"]))[::10]
    index.delete(status["collection"], lost)
    index.close()
    found = place.json("doctor", expect=1)
    assert found["missing"] == len(lost)
    healed = place.json("doctor", "--repair")
    assert (healed["missing"], healed["points"]) == (0, status["points"])
    assert place.json("doctor")["healthy"] is True


def test_the_decision_is_explained_and_replays(place: Place) -> None:
    shown = place.run("explain").stdout
    assert "there is no release yet" in shown
    assert "the same decision" in shown


def test_mlflow_has_the_run_the_registered_versions_and_the_aliases(place: Place) -> None:
    from pointsman.adapters.mlflow.tracker import MlflowTracker

    release = place.json("status")["release"]
    tracker = MlflowTracker(
        f"sqlite:///{place.root}/.pointsman/mlflow.db", artifacts=place.root / ".pointsman/mlartifacts"
    )
    assert tracker.aliases("release")["live"] == release
    for part in ("index", "retriever", "generator"):
        assert tracker.versions(part)
    assert tracker.releases()[0]["id"] == release


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("rollback",), 2), (("rollback", "nosuch"), 2), (("explain", "nosuch"), 2), (("search", "  "), 2),
        (("search", "x", "--top-k", "0"), 2), (("refresh", "--nosuch"), 2), (("nosuch",), 2),
    ],
)  # fmt: skip
def test_a_wrong_command_is_refused_with_two_and_a_sentence(place: Place, words: tuple[str, ...], code: int) -> None:
    done = place.run(*words, expect=code)
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_a_wrong_params_file_names_every_wrong_key_at_once(place: Place) -> None:
    place.set_params(policy={"min_examples": -1, "no_such_key": 1}, guard={"removed_share": 7})
    done = place.run("plan", expect=2)
    for key in ("policy.min_examples", "policy.no_such_key", "guard.removed_share"):
        assert key in done.stderr


def test_bad_documents_are_quarantined_and_the_rest_proceeds(place: Place) -> None:
    good = some_document(place)
    (place.documents / "empty.md").write_bytes(b"")
    (place.documents / "binary.md").write_bytes(bytes(range(256)) * 20)
    (place.documents / "latin.md").write_bytes("# Café\n\nDie Tür ist auf.\n".encode("latin-1") * 9)
    (place.documents / "two\nlines.md").write_text("# Newline\n\nA file name with a newline in it.\n")
    (place.documents / "out.md").symlink_to("/etc/hostname")
    with (place.documents / "huge.md").open("wb") as file:
        file.truncate(50_000_000)
    for number in range(500):
        (place.documents / f"copy-{number:03}.md").write_text("# Same\n\nFive hundred times the very same words.\n")
    good.write_text(good.read_text() + "\n\nThe numbat valve has 3 positions.\n")
    report = place.json("refresh")
    assert report["changes"]["quarantined"] == 6 + 480
    assert report["changes"]["added"] == 20
    assert "numbat" in json.dumps(place.json("search", "numbat valve"))
    rows = [
        json.loads(line) for line in (place.root / ".pointsman/quarantine/documents.jsonl").read_text().splitlines()
    ]
    refused = {row["item"] for row in rows}
    assert {"empty.md", "binary.md", "latin.md", "out.md", "huge.md"} <= refused
    assert all(row["reason"] for row in rows)


def test_a_document_that_turns_bad_keeps_its_last_good_version(place: Place) -> None:
    document = some_document(place)
    name = str(document.relative_to(place.documents))
    before = [h for h in place.json("search", QUESTION, "--top-k", "200")["hits"] if h["document"] == name]
    document.write_bytes(b"\x00\x01\x02" * 1000)
    report = place.json("refresh")
    assert report["changes"]["quarantined"] == 1
    after = [h for h in place.json("search", QUESTION, "--top-k", "200")["hits"] if h["document"] == name]
    assert {h["chunk"] for h in after} == {h["chunk"] for h in before} != set()


def test_bad_examples_are_quarantined_with_their_line(place: Place) -> None:
    cited = str(some_document(place).relative_to(place.documents))
    good = {
        "messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}],
        "cites": [cited],
    }
    stale = {**good, "messages": [{"role": "user", "content": "Where?"}, good["messages"][1]], "cites": ["no/such.md"]}
    lines = [json.dumps(good), '{"messages": [broken', json.dumps(stale), json.dumps({"messages": []})]
    (place.root / "examples" / "mixed.jsonl").write_text("\n".join(lines))
    report = place.json("refresh")
    assert report["decision"]["train"] == []
    assert report["changes"]["examples_added"] == 1
    assert any("more examples" in line for line in report["decision"]["debt"])
    rows = (place.root / ".pointsman/quarantine/examples.jsonl").read_text()
    for line in ("mixed.jsonl:2", "mixed.jsonl:3", "mixed.jsonl:4"):
        assert line in rows
    assert "no/such.md" in rows


def test_kill_nine_leaves_the_old_release_and_the_next_run_converges(place: Place) -> None:
    document = some_document(place)
    document.write_text(document.read_text() + "\n\nThe bilby lamp burns for 77 hours.\n")
    for path in sorted(place.documents.rglob("*.md"))[1:4]:
        path.write_text(path.read_text().replace("the", "ye"))
    live, draw = place.json("status")["release"], random.Random(7)
    killed = 0
    for _ in range(3):
        quiet = subprocess.DEVNULL
        process = subprocess.Popen([POINTSMAN, "refresh"], cwd=place.root, stdout=quiet, stderr=quiet)
        try:
            process.wait(timeout=draw.uniform(4.0, 18.0))
        except subprocess.TimeoutExpired:
            killed += 1
            process.kill()
            process.wait()
        now = place.json("status")["release"]
        found = json.dumps(place.json("search", "bilby lamp"))
        assert ("bilby" in found) == (now != live), "a reader sees the whole old release or the whole new one"
    report = place.json("refresh")
    assert killed > 0
    assert report["decision"]["index"] in {"update", "keep"}
    found = place.json("doctor")
    assert (found["missing"], found["foreign"], found["unfinished"]) == (0, 0, 0), "what the source cut anew would give"
    assert found["points"] == found["expected"]
    assert "bilby" in json.dumps(place.json("search", "bilby lamp"))


def test_watch_turns_a_storm_of_events_into_one_refresh(place: Place) -> None:
    process = subprocess.Popen(
        [POINTSMAN, "watch", "--once", "--debounce", "1"],
        cwd=place.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    assert "watching" in process.stderr.readline()
    deadline, number = time.monotonic() + 120, 0
    while process.poll() is None and time.monotonic() < deadline:
        number += 1
        (place.documents / f"storm-{number % 300}.md").write_text(
            f"# Storm {number}\n\nEvent number {number} came in.\n"
        )
        if number % 300 == 0:
            time.sleep(2.5)
    assert process.wait(timeout=120) == 0
    assert len(place.json("history")["decisions"]) == 2, "the bootstrap and one refresh"
