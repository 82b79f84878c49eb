"""The stage that trains the generator: what it gives the trainer, and what it prints."""

import json
from pathlib import Path
from typing import Any

import pytest

from pointsman.adapters.training.inputs import BaseModel
from pointsman.core.errors import ModelMissing
from pointsman.core.release import Model
from pointsman.core.training.experience_replay import TrainingSelection
from pointsman.settings.params import Params, parse_params
from pointsman.stages import train_generator as stage


def row(digest: str, *cites: str) -> dict[str, Any]:
    item = {"cites": list(cites), "question": f"question of {digest}", "tags": []}
    prompt = [{"role": "user", "content": digest}]
    return {"digest": digest, "prompt": prompt, "completion": f"answer {digest}", "item": item}


EXAMPLES = {"training": [row("a", "x.md", "y.md"), row("b"), row("c", "x.md")], "held_out": [row("d")], "stale": []}


@pytest.fixture
def params() -> Params:
    return parse_params(
        {
            "store": {"url": "d"},
            "examples": {"path": "some/examples"},
            "probes": {"path": "p"},
            "retriever": {"model": "m"},
            "generator": {"model": "m"},
        }
    )


def test_only_the_selected_examples_are_learned_and_the_held_out_ones_are_measured() -> None:
    data = stage._data(EXAMPLES, TrainingSelection("adapter", "why", (0, 2), (2,)))
    assert [example.completion for example in data.training] == ["answer a", "answer c"]
    assert [example.completion for example in data.held_out] == ["answer d"]


def test_examples_of_one_document_are_one_group_and_others_go_by_their_question() -> None:
    data = stage._data(EXAMPLES, TrainingSelection(None, "why", (0, 1, 2)))
    assert [example.group for example in data.training] == ["x.md", "question of b", "x.md"]


class Folders:
    """Folders in which one adapter lies."""

    def base(self, model: str) -> str:
        return f"folder of {model}"

    def adapter(self, id_: str) -> str:
        if id_ != "live":
            raise ModelMissing(id_)
        return "folder of the live adapter"


def test_a_training_starts_from_the_base_or_continues_from_the_selected_adapter() -> None:
    folders: Any = Folders()
    model = Model("m", "fingerprint")
    fresh = stage._starting_point(folders, model, EXAMPLES, TrainingSelection(None, "why", (0, 1)))
    assert (fresh.base, fresh.adapter, list(fresh.replayed)) == (BaseModel(folders.base("m"), "fingerprint"), None, [])
    more = stage._starting_point(folders, model, EXAMPLES, TrainingSelection("live", "why", (0, 1, 2), (0, 2)))
    assert (more.adapter, list(more.replayed)) == ("folder of the live adapter", ["a", "c"])
    with pytest.raises(ModelMissing, match="gone"):
        stage._starting_point(folders, model, EXAMPLES, TrainingSelection("gone", "why", (0,)))


def test_without_an_example_nothing_is_trained_and_the_folder_says_why(
    params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stage, "GENERATOR", tmp_path / "generator")
    monkeypatch.setattr(stage, "GENERATOR_REPORT", tmp_path / "generator.json")
    stage._skip(params, {"training": [], "corpus": "c", "set": "s"})
    report = json.loads((tmp_path / "generator.json").read_text())
    assert (report["corpus"], report["set"], report["tokens"]) == ("c", "s", 0)
    assert "no accepted example" in report["skipped"]
    assert (tmp_path / "generator" / "skipped.txt").read_text().strip() == report["skipped"]
    assert "nothing was trained" in capsys.readouterr().out


def test_without_a_live_adapter_all_examples_are_learned_from_the_base(
    params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "read_json", lambda _: {"champion": None})
    selection = stage._select(params, Model("m", "fingerprint"), EXAMPLES)
    assert (selection.adapter, selection.selected, selection.replayed) == (None, (0, 1, 2), ())
