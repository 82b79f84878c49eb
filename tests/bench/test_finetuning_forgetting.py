"""Bench (d), catastrophic forgetting, on a tiny random model: merge, train and evaluate with the real parts."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from bench.finetuning import catastrophic_forgetting
from bench.finetuning.shared_steps import SMOKE, SharedSteps
from bench.finetuning.sheets import Sheet
from pointsman.adapters.models.fingerprint import fingerprint
from pointsman.adapters.training.generator import train_generator
from pointsman.adapters.training.inputs import (
    BaseModel,
    ChatExample,
    GeneratorData,
    StartingPoint,
    TrainingOptions,
)
from pointsman.core.evaluation.answer_scoring import Item
from pointsman.core.prompt import build_prompt
from pointsman.settings.params import GeneratorLora
from tests.fakes.bare_workspaces import bare_workspaces
from tests.ports.models import GENERATOR, real


def example_row(sheet: Sheet, *, order: bool) -> catastrophic_forgetting.Row:
    """Return an example as build/examples.json holds it, with its own sheet in the prompt."""

    class Shown:
        document, text = sheet.document, sheet.text()

    example = sheet.order(0) if order else sheet.example(0)
    item = Item(example.id, example.question, example.completion, example.cites, example.cites, tags=example.tags)
    prompt = build_prompt(example.question, [Shown()], 40)
    return {"prompt": prompt, "completion": example.completion, "item": json.loads(json.dumps(asdict(item)))}


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SharedSteps:
    """A course in which (a) is done: a tiny base, an adapter on it, both behaviours posed."""
    from transformers import LlamaConfig, LlamaForCausalLM

    bare_workspaces(tmp_path, monkeypatch)
    monkeypatch.setattr(catastrophic_forgetting, "LORA", {"learning_rate": 1e-2, "epochs": 1, "rank": 4, "alpha": 8})
    course, base, adapter = SharedSteps(SMOKE), tmp_path / "tiny", tmp_path / "adapter"
    shutil.copytree(real(GENERATOR)[0], base, ignore=shutil.ignore_patterns("*.safetensors", "config.json"))
    config = LlamaConfig(
        vocab_size=49152, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=2048, tie_word_embeddings=True,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(base)
    sheets = course.plant.taught
    first, second = ([example_row(s, order=order) for s in sheets[:12]] for order in (False, True))
    train_generator(
        StartingPoint(BaseModel(base, fingerprint(base, cache=None))),
        adapter,
        data=GeneratorData([ChatExample(r["prompt"], r["completion"]) for r in first[:4]]),
        options=TrainingOptions(GeneratorLora(rank=4, alpha=8, epochs=1, learning_rate=1e-2), 1),
    )
    course.prompts_file.write_text(json.dumps({"training": first[:8], "held_out": first[8:]}))
    catastrophic_forgetting._file(course, "training.json").write_text(json.dumps(second[:6]))
    catastrophic_forgetting._file(course, "held-out.json").write_text(json.dumps(second[6:]))
    monkeypatch.setattr(catastrophic_forgetting, "_base", lambda *_: (base, adapter))
    return course


def test_both_arms_begin_where_the_adapter_ended_and_only_replay_repeats_earlier_examples(course: SharedSteps) -> None:
    merged = catastrophic_forgetting._merge(course, {})
    assert merged["base"] != fingerprint(course.place.root.parents[1] / "tiny", cache=None)
    reports = {arm: catastrophic_forgetting._train(course, arm) for arm in catastrophic_forgetting.ARMS}
    assert [(r["new"], r["replayed"]) for r in reports.values()] == [(6, 0), (6, 6)]
    assert reports["replay"]["training"]["tokens"] > reports["alone"]["training"]["tokens"]
    exams = {
        arm: catastrophic_forgetting._evaluate(course, arm)
        for arm in (catastrophic_forgetting.START, *catastrophic_forgetting.ARMS)
    }
    for result in exams.values():
        assert [len(result[name]) for name in ("first", "second")] == [4, 6]
    assert len({row["nll"] for row in (result["first"][0] for result in exams.values())}) == 3
    verdict = catastrophic_forgetting.judged(course, reports, json.loads(json.dumps(exams)))
    assert not verdict.met, "a random model proves nothing"
