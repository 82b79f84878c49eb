"""The weights track with real models: examples arrive, a LoRA is trained through dvc, gated and released."""

import json
import shutil

import pytest

from tests.e2e.conftest import ROOT, Place, copied
from tests.e2e.training.repro import repro


@pytest.fixture(scope="module")
def taught(bootstrapped: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A workspace to which the sample's examples have come, and one refresh."""
    root = tmp_path_factory.mktemp("taught") / "workspace"
    place = copied(bootstrapped, root)
    shutil.copytree(ROOT / "sample" / "examples", place.root / "examples", dirs_exist_ok=True)
    lora = {"rank": 16, "alpha": 32, "learning_rate": 2e-3, "epochs": 1, "batch_size": 4, "max_length": 1024}
    place.set_params(generator={"lora": lora}, retriever={"lora": {"max_pairs": 32, "batch_size": 16}})
    return place


def test_examples_of_a_new_shape_train_the_generator_and_it_answers_in_that_shape(taught: Place) -> None:
    before = taught.json("status")
    planned = taught.json("plan")
    assert planned["decision"]["train"] == ["generator"]
    assert planned["work"]["tokens_trained"] > 0
    assert planned["release"] == before["release"]
    report = taught.json("refresh")
    assert report["decision"]["index"] == "keep"
    assert report["decision"]["train"] == ["generator"]
    assert report["work"]["tokens_trained"] > 0
    assert report["work"]["chunks_embedded"] == 0
    assert report["gate"] == "promote", report["gates"]
    after = taught.json("status")
    assert after["generator"] != before["generator"]
    assert after["collection"] == before["collection"]
    found = taught.json("ask", "What should I do when the simulator reports an error code?")
    assert found["release"] == after["release"]
    assert set(json.loads(found["raw"])) == {"answer", "citations"}
    again = taught.json("refresh")
    assert again["decision"] == {**again["decision"], "index": "keep", "train": [], "hold": False}
    shown = taught.run("explain").stdout
    for said in (
        "held-out answers",
        "gain against cost",
        "training the generator",
        "went live",
        "gives the same decision",
    ):
        assert said in shown
    (expected,) = taught.json("explain")["report"]["decision"]["expected"]
    assert (expected["role"], expected["worth"] > expected["seconds"] > 0) == ("generator", True)


def test_the_exam_of_a_real_adapter_is_recorded_with_its_contexts_rules_and_cost(taught: Place) -> None:
    records = [json.loads(path.read_text()) for path in (taught.root / ".pointsman/ledger/decision").glob("*.json")]
    record = next(record for record in records if record["exam"])
    exam, cost = record["exam"], record["training"]["generator"]
    assert set(exam["contexts"]) == {"oracle", "retrieved", "without", "turned"}
    assert exam["slices"]["json-citations"]["challenger"] == exam["challenger"]
    assert exam["challenger"]["shape_valid"] >= 0.9 > exam["champion"]["shape_valid"]
    assert exam["challenger"]["token_f1"] > exam["champion"]["token_f1"]
    assert {rule: said["verdict"] for rule, said in exam["rulings"].items()} == {"gain": "promote", "slices": "promote"}
    assert 0.5 < cost["estimate"]["tokens_ratio"] < 2.0
    assert cost["estimate"]["seconds_ratio"] > 0


def test_dvc_repro_builds_the_rest_and_then_has_nothing_to_do(taught: Place) -> None:
    repro(taught)
    build = taught.root / "build"
    evaluation = json.loads((build / "evaluation.json").read_text())
    assert evaluation["generator"]["adapter"]["shape_valid"] > evaluation["generator"]["base"]["shape_valid"]
    assert evaluation["probes"]["n"] == 24
    assert (build / "retriever" / "adapter_model.safetensors").is_file()
    said = repro(taught)
    assert "Running stage 'snapshot'" in said, "dvc cannot see into a store, so it is listed each time"
    for stage in ("validate", "chunk", "index", "examples", "train_generator", "train_retriever", "evaluate"):
        assert f"Stage '{stage}' didn't change" in said


def test_the_release_records_the_dvc_lock_it_came_from(taught: Place) -> None:
    release = taught.json("status")["release"]
    ledger = taught.root / ".pointsman" / "ledger"
    lock = json.loads((ledger / "release" / f"{release}.json").read_text())["dvc_lock"]
    assert "train_generator" in json.loads((ledger / "dvc-lock" / f"{lock}.json").read_text())["stages"]
