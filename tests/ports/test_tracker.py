"""What every tracker does: the fake, and MLflow on a sqlite file."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from pointsman.adapters.mlflow import tracker as mlflow_tracker
from pointsman.adapters.mlflow.tracker import MlflowTracker
from pointsman.adapters.reports.record import parts
from pointsman.core.errors import PointsmanError
from pointsman.core.release import Index, Model, Release
from pointsman.ports.tracking import Tracker
from tests.fakes.tracker import FakeTracker


class Readable(Tracker, Protocol):
    """A tracker as the doctor reads it."""

    def releases(self) -> list[dict[str, Any]]: ...
    def manifests(self) -> dict[str, Any]: ...
    def aliases(self, part: str) -> dict[str, str]: ...
    def versions(self, part: str) -> list[str]: ...


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with MLflow's tables: they take seconds to make, a copy takes none."""
    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowTracker(f"sqlite:///{path}", experiment="only the tables").releases()
    return path


@pytest.fixture
def mlflow(database: Path, tmp_path: Path) -> MlflowTracker:
    shutil.copy(database, tmp_path / "mlflow.db")
    return MlflowTracker(f"sqlite:///{tmp_path}/mlflow.db", artifacts=tmp_path / "mlartifacts")


@pytest.fixture(params=["fake", "mlflow"])
def tracker(request: pytest.FixtureRequest) -> Readable:
    return FakeTracker() if request.param == "fake" else request.getfixturevalue("mlflow")


def decision(decision_id: str = "d1", **changed: Any) -> dict[str, Any]:
    report = {
        "decision_id": decision_id,
        "release": "r1",
        "corpus": f"corpus-{decision_id}",
        "changes": {"added": 1, "edited": 2, "unchanged": 40},
        "decision": {
            "index": "update",
            "train": ["generator"],
            "hold": False,
            "reasons": [{"signal": "answers.shape", "value": 0.5, "limit": 0.9, "because": "half fit the shape"}],
            "flips": [],
            "debt": [],
        },
        "work": {"chunks_embedded": 3, "tokens_trained": 900},
        "cost": {"seconds": 2.5, "money": None},
        "gate": "promote",
        "seconds": 3.0,
    }
    return {
        "decision_id": decision_id,
        "at": "2026-11-20T10:00:00+00:00",
        "trigger": "manual",
        "report": report,
        "signals": [{"name": "answers.shape", "value": 0.5, "unit": "share", "n": 10, "low": 0.24, "high": 0.76}],
        "params": {
            "store": {"url": "https://me:hunter2@docs.example.org/kb"},
            "chunking": {"max_tokens": 200},
            "generator": {"model": "m", "api_key": "sk-visible"},
        },
        "training": {"generator": {"tokens": 900, "loss": [3.0, 2.0, 1.5], "validation_loss": [[2, 2.5], [3, 2.25]]}},
        "datasets": {"documents": {"id": "c1", "n": 43, "source": "https://me:hunter2@docs.example.org/kb"}},
        "release": "r1",
    } | changed


def release(revision: int, *, adapter: str | None = None, decision_id: str = "d1") -> dict[str, Any]:
    embedder = Model("bundled:e", "e0")
    return Release(
        corpus=f"corpus at {revision}",
        documents=43,
        max_tokens=200,
        index=Index("c-1", revision, embedder.fingerprint, "k1"),
        embedder=embedder,
        generator=Model("bundled:g", "g0", adapter),
        prompt="p1",
        decision=decision_id,
    ).as_json()


def content(value: dict[str, Any], part: str) -> str:
    return parts(value)[part][0]


def client(tracker: MlflowTracker) -> Any:
    return mlflow_tracker._client(tracker._uri)


def test_recording_a_decision_twice_updates_one_run(tracker: Readable) -> None:
    first = tracker.record(decision(), files={})
    assert tracker.record(decision(), files={}) == first
    assert tracker.record(decision("d2"), files={}) != first


def test_a_recorded_manifest_can_be_read_back(tracker: Readable, tmp_path: Path) -> None:
    (tmp_path / "any-name.json").write_text(json.dumps({"a.md": {"size": 3}}))
    tracker.record(decision(), files={"manifest": tmp_path / "any-name.json"})
    tracker.record(decision("d2"), files={})
    assert tracker.manifests() == {"corpus-d1": {"a.md": {"size": 3}}}


def test_a_missing_file_or_id_records_nothing(tracker: Readable, tmp_path: Path) -> None:
    with pytest.raises(PointsmanError, match=r"manifest: .*gone"):
        tracker.record(decision(), files={"manifest": tmp_path / "gone.json"})
    with pytest.raises(PointsmanError, match="no decision_id"):
        tracker.record({"report": None}, files={})
    assert tracker.manifests() == {}


def test_a_record_of_little_more_than_an_id_is_recorded(tracker: Readable) -> None:
    empty = {"report": None, "signals": None, "exam": None, "gates": {"index": None}, "datasets": {"documents": None}}
    assert tracker.record({"decision_id": "d1", **empty}, files={}) is not None


def test_the_same_content_is_registered_once(tracker: Readable) -> None:
    first, second = release(1), release(2)
    for value in (first, second, first, second):
        tracker.sync(value, live=first["id"], previous=None)
    assert tracker.versions("release") == [first["id"], second["id"]]
    assert tracker.versions("index") == [content(first, "index"), content(second, "index")]
    assert tracker.versions("retriever") == [content(first, "retriever")]
    assert tracker.versions("generator") == [content(first, "generator")]


def test_promotion_moves_the_aliases_of_the_release_and_of_its_parts(tracker: Readable) -> None:
    old, new = release(1), release(2, adapter="a1", decision_id="d2")
    tracker.sync(old, live=old["id"], previous=None)
    assert tracker.aliases("release") == {"live": old["id"]}
    tracker.sync(new, live=old["id"], previous=None)
    assert tracker.aliases("release") == {"live": old["id"], "candidate": new["id"]}
    tracker.sync(new, live=new["id"], previous=old["id"])
    for part in ("release", "index", "retriever", "generator"):
        assert tracker.aliases(part) == {"live": content(new, part), "previous": content(old, part)}


def test_rollback_moves_the_aliases_back(tracker: Readable) -> None:
    old, new = release(1), release(2, decision_id="d2")
    tracker.sync(old, live=old["id"], previous=None)
    tracker.sync(new, live=new["id"], previous=old["id"])
    tracker.sync(old, live=old["id"], previous=new["id"])
    for part in ("release", "index"):
        assert tracker.aliases(part) == {"live": content(old, part), "previous": content(new, part)}


def test_an_alias_never_stays_on_what_it_no_longer_names(tracker: Readable) -> None:
    old, new = release(1), release(2, decision_id="d2")
    tracker.sync(old, live=old["id"], previous=None)
    tracker.sync(new, live="never-registered", previous=None)
    assert tracker.aliases("release") == {"candidate": new["id"]}
    assert tracker.aliases("index") == {"candidate": content(new, "index")}


def test_a_lost_ledger_is_rebuilt_from_the_releases(tracker: Readable) -> None:
    made = [release(1), release(2, decision_id="d2"), release(3, decision_id="d2")]
    tracker.record(decision(), files={})
    for value in made:
        tracker.sync(value, live=value["id"], previous=None)
    found = tracker.releases()
    assert sorted(found, key=lambda r: r["index"]["revision"]) == made
    assert [Release.from_json(value).id for value in found] == [value["id"] for value in found]


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _down_fake(_folder: Path) -> Readable:
    fake = FakeTracker()
    fake.down = True
    return fake


def _server_down(_folder: Path) -> Readable:
    return MlflowTracker(f"http://me:hunter2@127.0.0.1:{_closed_port()}")


def _postgres_down(_folder: Path) -> Readable:
    return MlflowTracker(f"postgresql://me:hunter2@127.0.0.1:{_closed_port()}/mlflow")


def _no_folder(folder: Path) -> Readable:
    (folder / "file").write_text("")
    return MlflowTracker(f"sqlite:///{folder}/file/mlflow.db")


def _no_database(folder: Path) -> Readable:
    (folder / "mlflow.db").write_text("this is not a database" * 100)
    return MlflowTracker(f"sqlite:///{folder}/mlflow.db")


@pytest.mark.parametrize("make", [_down_fake, _server_down, _postgres_down, _no_folder, _no_database])
def test_a_tracker_out_of_reach_says_why_and_refuses(make: Callable[[Path], Readable], tmp_path: Path) -> None:
    tracker = make(tmp_path)
    reason = tracker.reachable()
    assert reason is not None
    assert "hunter2" not in reason
    with pytest.raises(PointsmanError) as refusal:
        tracker.record(decision(), files={})
    assert str(refusal.value).startswith(reason)
    with pytest.raises(PointsmanError, match="still answers"):
        tracker.sync(release(1), live=None, previous=None)


def test_a_write_that_lands_and_loses_its_reply_can_be_repeated() -> None:
    tracker = FakeTracker()
    tracker.loses_replies = 1
    with pytest.raises(PointsmanError, match="safe to run this again"):
        tracker.record(decision(), files={})
    tracker.record(decision(), files={})
    assert len(tracker.runs) == 1


def test_a_reachable_tracker_has_no_complaint(tracker: Readable) -> None:
    assert tracker.reachable() is None


def test_recording_prints_nothing_where_the_commands_json_goes(
    tracker: Readable, capfd: pytest.CaptureFixture[str]
) -> None:
    tracker.record(decision(), files={})
    tracker.sync(release(1), live=None, previous=None)
    tracker.releases()
    assert capfd.readouterr().out == ""


def test_asking_whether_mlflow_is_reachable_does_not_import_it(tmp_path: Path) -> None:
    program = (
        "import sys; from pointsman.adapters.mlflow.tracker import MlflowTracker;"
        f"assert MlflowTracker('sqlite:///{tmp_path}/mlflow.db').reachable() is None;"
        "heavy = {'mlflow', 'matplotlib', 'pandas'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=os.environ)
    assert not (tmp_path / "mlflow.db").exists()


def test_a_run_shows_what_changed_and_why(mlflow: MlflowTracker, tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text("schema: '2.0'")
    run_id = mlflow.record(decision(), files={"dvc.lock": tmp_path / "dvc.lock"})
    run = client(mlflow).get_run(run_id)
    assert run.info.run_name == "update +generator · promote"
    assert run.info.status == "FINISHED"
    assert run.data.params["chunking.max_tokens"] == "200"
    wanted = {"changes/edited": 2.0, "signals/answers.shape": 0.5, "intervals/answers.shape.low": 0.24}
    assert wanted.items() <= run.data.metrics.items()
    wanted_tags = {"index": "update", "train": "generator", "hold": "no", "gate": "promote", "corpus": "corpus-d1"}
    assert wanted_tags.items() <= run.data.tags.items()
    assert "half fit the shape" in run.data.tags["mlflow.note.content"]
    names = {entry.path for entry in client(mlflow).list_artifacts(run_id)}
    assert names == {"decision.json", "report.html", "dvc.lock"}
    documents = run.inputs.dataset_inputs[0]
    assert (documents.dataset.name, documents.dataset.digest) == ("documents", "c1")


def test_repeating_a_record_adds_no_point_to_a_chart(mlflow: MlflowTracker) -> None:
    run_id = mlflow.record(decision(), files={})
    again = decision()
    again["report"]["gate"] = "refuse"
    again["report"]["changes"]["edited"] = 1
    mlflow.record(again, files={})
    curve = client(mlflow).get_metric_history(run_id, "training/generator.loss")
    assert [(point.step, point.value) for point in curve] == [(1, 3.0), (2, 2.0), (3, 1.5)]
    curve = client(mlflow).get_metric_history(run_id, "training/generator.validation_loss")
    assert [(point.step, point.value) for point in curve] == [(2, 2.5), (3, 2.25)]
    run = client(mlflow).get_run(run_id)
    assert run.data.tags["gate"] == "refuse"
    assert run.data.metrics["changes/edited"] == 1.0


def test_no_secret_reaches_the_database_or_the_artefacts(mlflow: MlflowTracker, tmp_path: Path) -> None:
    mlflow.record(decision(), files={})
    mlflow.sync(release(1), live=None, previous=None)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"mlflow.db", "decision.json", "report.html", "release.json"} <= {path.name for path in written}
    for path in written:
        raw = path.read_bytes()
        assert b"hunter2" not in raw, path
        assert b"sk-visible" not in raw, path


def test_a_file_can_neither_leave_its_run_nor_replace_the_record(mlflow: MlflowTracker, tmp_path: Path) -> None:
    (tmp_path / "evil.json").write_text("{}")
    run_id = mlflow.record(decision(), files={"../../out": tmp_path / "evil.json", "decision": tmp_path / "evil.json"})
    assert {entry.path for entry in client(mlflow).list_artifacts(run_id)} == {
        "decision.json",
        "files",
        "out.json",
        "report.html",
    }
    text = (tmp_path / "mlartifacts" / run_id / "artifacts" / "decision.json").read_text()
    assert json.loads(text)["decision_id"] == "d1"


# What a lost ledger is rebuilt from.


def test_objects_of_the_ledger_come_back_as_they_were_kept(tracker: Readable) -> None:
    manifest = {"documents": {"führer.md": ["a", "b", "c", 7]}}
    tracker.preserve([("manifest", "m1", manifest), ("release", "r1", release(1)), ("move", "00000001-r1", {"seq": 1})])
    tracker.preserve([("manifest", "m1", manifest), ("decision", "d1", decision())])

    kept = {("manifest", "m1"), ("release", "r1"), ("move", "00000001-r1"), ("decision", "d1")}
    assert tracker.preserved() == kept
    assert tracker.recall("manifest", "m1") == manifest
    assert tracker.recall("release", "r1") == release(1)
    assert tracker.recall("release", "no-such") is None
    found = tracker.recall("decision", "d1")
    assert found is not None
    assert found["decision_id"] == "d1"
    assert "hunter2" not in json.dumps(found)
    assert "sk-visible" not in json.dumps(found)


def test_what_is_let_go_is_kept_no_longer_and_can_be_kept_anew(tracker: Readable) -> None:
    tracker.preserve([("release", "r1", release(1)), ("move", "00000001-r1", {"seq": 1})])
    tracker.remove_preserved([("release", "r1"), ("release", "unknown")])
    assert tracker.preserved() == {("move", "00000001-r1")}
    assert tracker.recall("release", "r1") is None
    tracker.preserve([("release", "r1", release(1))])
    assert tracker.recall("release", "r1") == release(1)


def test_only_decisions_count_as_recorded(tracker: Readable) -> None:
    tracker.preserve([("move", "00000001-r1", {"seq": 1})])
    assert tracker.recorded() == set()
    tracker.record(decision("d1"), files={})
    tracker.sync(release(1, decision_id="d2"), live=None, previous=None)
    assert tracker.recorded() == {"d1"}, "a run that only holds a release is no record of its decision"


def test_a_kept_object_that_was_cut_off_is_none(mlflow: MlflowTracker, tmp_path: Path) -> None:
    mlflow.preserve([("release", "r1", release(1))])
    path = next((tmp_path / "mlartifacts").rglob("r1.json.gz"))
    path.write_bytes(path.read_bytes()[:-9])
    assert mlflow.recall("release", "r1") is None


def test_lost_artefacts_are_not_kept_any_more(mlflow: MlflowTracker, tmp_path: Path) -> None:
    mlflow.preserve([("release", "r1", release(1))])
    shutil.rmtree(tmp_path / "mlartifacts")
    assert mlflow.preserved() == set()
    mlflow.preserve([("release", "r1", release(1))])
    assert mlflow.recall("release", "r1") == release(1)


def test_every_text_is_offered_for_rewriting_and_what_comes_back_is_kept(tracker: Readable, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps({"secret.md": 1, "b.md": 2}))
    tracker.record(decision(changed={"edited": ["secret.md"]}), files={"manifest": tmp_path / "m.json"})
    offered: list[str] = []

    def change(text: str) -> str:
        offered.append(text)
        return text.replace("secret.md", "gone")

    assert tracker.rewrite(change) > 0
    assert any("secret.md" in text for text in offered)
    assert tracker.manifests() == {"corpus-d1": {"gone": 1, "b.md": 2}}
    offered.clear()
    assert tracker.rewrite(change) == 0
    assert offered
    assert not any("secret.md" in text for text in offered)


def test_a_registered_adapter_can_be_tainted_and_an_unknown_one_cannot(tracker: Readable) -> None:
    value = release(1, adapter="a1")
    tracker.sync(value, live=value["id"], previous=None)
    assert tracker.taint("generator", content(value, "generator"), "request-1")
    assert not tracker.taint("generator", "unknown", "request-1")
    assert tracker.taint("generator", content(value, "generator"), None)
    assert tracker.taint("generator", content(value, "generator"), None)


def test_a_certificate_is_one_run_however_often_it_is_written(tracker: Readable) -> None:
    first = tracker.certify({"id": "c1", "complete": True}, "# all gone")
    assert tracker.certify({"id": "c1", "complete": True}, "# all gone") == first
    assert tracker.certify({"id": "c2", "complete": False}, "# not all gone") != first


def test_a_certificate_can_be_read_in_mlflow_and_a_taint_seen(mlflow: MlflowTracker) -> None:
    value = release(1, adapter="a1")
    mlflow.sync(value, live=value["id"], previous=None)
    mlflow.taint("generator", content(value, "generator"), "request-1")
    run_id = mlflow.certify({"id": "c1", "complete": True}, "# all gone")
    talk = client(mlflow)
    run = talk.get_run(run_id)
    assert (run.info.run_name, run.data.tags["forget"]) == ("forget", "complete")
    assert run.data.tags["mlflow.note.content"] == "# all gone"
    assert {entry.path for entry in talk.list_artifacts(run_id)} == {"certificate.json", "certificate.md"}
    found = talk.search_model_versions("name = 'pointsman-generator'")
    assert [version.tags["tainted"] for version in found] == ["request-1"]
    mlflow.taint("generator", content(value, "generator"), None)
    again = talk.search_model_versions("name = 'pointsman-generator'")
    assert [version.tags.get("tainted") for version in again] == [None]
