"""Real models learn for a few steps: the loss falls, the adapter loads on its base and on nothing else."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from pointsman.adapters.models import causal_lm
from pointsman.adapters.models.bf16_attention import NAME, register_attention
from pointsman.adapters.models.causal_generator import CausalGenerator
from pointsman.adapters.models.embedders.sentence_embedder import SentenceEmbedder
from pointsman.adapters.models.fingerprint import fingerprint, joined
from pointsman.adapters.training.generator import train_generator
from pointsman.adapters.training.inputs import (
    BaseModel,
    ChatExample,
    CheckpointPolicy,
    GeneratorData,
    RankingExample,
    StartingPoint,
    TrainingOptions,
)
from pointsman.adapters.training.retriever import train_retriever
from pointsman.core.errors import ModelMismatch, ModelMissing, PointsmanError, TrainingDiverged, UsageError
from pointsman.core.training.report import TrainingReport
from pointsman.ports.models import Message
from pointsman.settings.params import RetrieverLora
from pointsman.settings.workspace import WorkspaceFolder
from tests.e2e.training.trainings import (
    COMPLETIONS,
    FACTS,
    HELD_OUT,
    LORA,
    PROMPTS,
    THINGS,
    answer,
    asked,
    taught,
    trained,
)
from tests.ports.models import EMBEDDER, GENERATOR, real

ROOT = Path(__file__).parents[3]

Kept = tuple[Path, str, TrainingReport]
"""An adapter, the fingerprint of its base, and what its training said."""


@pytest.fixture(scope="module")
def generator_adapter(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    out = tmp_path_factory.mktemp("generator") / "adapter"
    return out, real(GENERATOR)[1], trained(out)


@pytest.fixture(scope="module")
def retriever_adapter(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    out = tmp_path_factory.mktemp("retriever") / "adapter"
    return out, real(EMBEDDER)[1], taught(out)


def test_the_generators_loss_falls_on_what_it_never_saw(generator_adapter: Kept) -> None:
    _, _, report = generator_adapter
    assert report.steps == len(report.losses) == 12
    assert np.mean(report.losses[-3:]) < 0.5 * np.mean(report.losses[:3])
    assert report.held_out_loss_before is not None
    assert report.held_out_loss_after is not None
    assert report.held_out_loss_after < 0.5 * report.held_out_loss_before
    assert 0 < report.completion_tokens < report.tokens
    assert report.tokens_per_second == pytest.approx(report.tokens / report.seconds)
    assert report.peak_memory_bytes > 2**28


def test_the_trained_generator_answers_new_questions_in_the_shape(generator_adapter: Kept) -> None:
    adapter, id_, report = generator_adapter
    generator = CausalGenerator(real(GENERATOR)[0], fingerprint=id_, adapter=adapter)
    assert generator.fingerprint == joined(id_, report.adapter_fingerprint)
    answers = generator.generate([asked(*fact) for fact in HELD_OUT], max_new_tokens=40)
    assert [set(json.loads(said)) for said in answers] == [{"answer", "citations"}] * 3
    plain = CausalGenerator(real(GENERATOR)[0], fingerprint=id_).generate([asked(*HELD_OUT[0])], max_new_tokens=20)
    assert not plain[0].startswith("{")


def test_the_loss_of_training_is_the_loss_of_use(generator_adapter: Kept) -> None:
    adapter, id_, report = generator_adapter
    generator = CausalGenerator(real(GENERATOR)[0], fingerprint=id_, adapter=adapter)
    said = [answer(thing, colour) for thing, colour, _ in HELD_OUT]
    assert generator.completion_nll([asked(*fact) for fact in HELD_OUT], said).mean() == pytest.approx(
        report.held_out_loss_after, rel=0.1, abs=0.02
    )


def test_an_adapter_is_safetensors_with_its_base_and_no_place_of_this_machine(generator_adapter: Kept) -> None:
    adapter, id_, report = generator_adapter
    assert {file.name for file in adapter.iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
        "pointsman.json",
    }
    record = json.loads((adapter / "pointsman.json").read_text())
    assert record["base_fingerprint"] == id_
    assert record["adapter_fingerprint"] == report.adapter_fingerprint == fingerprint(adapter, cache=None)
    assert record["settings"]["rank"] == LORA.rank
    assert str(real(GENERATOR)[0]) not in "".join(file.read_text() for file in adapter.glob("*.json"))
    assert [file.name for file in adapter.parent.iterdir()] == [adapter.name]


def test_the_same_seed_and_examples_give_the_same_adapter(tmp_path: Path) -> None:
    first, second = (trained(tmp_path / name, steps=4) for name in ("first", "second"))
    other = trained(tmp_path / "other", steps=4, seed=18)
    assert first.losses == second.losses
    assert first.adapter_fingerprint == second.adapter_fingerprint != other.adapter_fingerprint


def killed_in_mid_training(kind: str, place: Path, at: int) -> None:
    """Run a training in a process of its own, which SIGKILL ends after so many of its steps."""
    code = (
        "import os, signal, sys; from pathlib import Path; from tests.e2e.training import trainings as t; told = []\n"
        "from pointsman.adapters.training.inputs import CheckpointPolicy\n"
        "def progress(*_):\n"
        "    told.append(1)\n"
        f"    if len(told) > {at}: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"t.{kind}(Path(sys.argv[1]) / 'adapter', progress=progress, "
        "checkpoints=CheckpointPolicy(Path(sys.argv[1]) / 'c.safetensors', every=0.0))"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code, str(place)], env=env, check=False)
    assert done.returncode == -signal.SIGKILL
    assert [file.name for file in place.iterdir()] == ["c.safetensors"]


def test_a_generator_training_killed_half_way_goes_on_and_ends_with_the_same_adapter(
    generator_adapter: Kept, tmp_path: Path
) -> None:
    _, _, unbroken = generator_adapter
    killed_in_mid_training("trained", tmp_path, at=7)
    told: list[int] = []
    report = trained(
        tmp_path / "adapter",
        progress=lambda _, done, total: told.append(done),
        checkpoints=CheckpointPolicy(tmp_path / "c.safetensors"),
    )
    assert report.resumed_from == 7
    assert len(set(told)) == 1 + 5, "five steps were left of twelve"
    assert report.losses == unbroken.losses
    assert report.held_out_loss_before == unbroken.held_out_loss_before
    assert (report.adapter_fingerprint, report.tokens) == (unbroken.adapter_fingerprint, unbroken.tokens)
    assert [file.name for file in tmp_path.iterdir()] == ["adapter"], "an adapter that is written needs no checkpoint"


def test_a_retriever_training_killed_half_way_goes_on_and_ends_with_the_same_adapter(
    retriever_adapter: Kept, tmp_path: Path
) -> None:
    _, _, unbroken = retriever_adapter
    killed_in_mid_training("taught", tmp_path, at=10)
    report = taught(tmp_path / "adapter", checkpoints=CheckpointPolicy(tmp_path / "c.safetensors"))
    assert (report.resumed_from, report.steps) == (10, 16)
    assert report.losses == unbroken.losses
    assert report.adapter_fingerprint == unbroken.adapter_fingerprint


def test_a_training_stops_when_the_validation_loss_no_longer_falls(tmp_path: Path) -> None:
    lora = replace(LORA, epochs=8, learning_rate=3e-2, patience=2, evaluate_share=0.25, evaluate_steps=1)
    report = trained(tmp_path / "adapter", lora=lora, groups=[thing for thing, _, _ in FACTS])
    losses = [evaluation.loss for evaluation in report.validation]
    assert report.stopped_early
    assert report.steps == len(losses) == len(report.losses) < 8 * 5
    assert losses.index(min(losses)) + 1 == report.best_step == report.steps - 2
    assert report.tokens == report.step_tokens[-1] == report.validation[-1].tokens


def test_a_retriever_stops_too_and_pairs_too_few_to_validate_on_are_said(tmp_path: Path) -> None:
    lora = RetrieverLora(rank=8, learning_rate=5e-2, epochs=30, batch_size=4, patience=2, evaluate_share=0.25)
    report = taught(tmp_path / "adapter", lora=lora)
    assert report.stopped_early
    assert report.steps == 2 * len(report.validation) < 60
    assert report.best_step == report.steps - 4
    few = taught(tmp_path / "few", lora=replace(lora, epochs=1, evaluate_share=0.01))
    assert (few.steps, few.stopped_early, few.validation) == (2, False, ())
    assert "too few to validate" in few.notes[0]


def test_a_learning_rate_that_is_far_too_high_is_an_error_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(TrainingDiverged, match=r"at step \d+ of \d+ is (nan|inf).*learning rate 1e\+30.*lower it"):
        trained(
            tmp_path / "adapter",
            lora=replace(LORA, learning_rate=1e30, epochs=4),
            checkpoints=CheckpointPolicy(tmp_path / "c.safetensors", every=0.0),
        )
    assert [file.name for file in tmp_path.iterdir()] == ["c.safetensors"]


def test_an_adapter_for_which_there_is_no_room_leaves_the_checkpoint_to_go_on_from(tmp_path: Path) -> None:
    lora = replace(LORA, rank=1, epochs=1)
    whole = trained(tmp_path / "whole", steps=4, lora=lora)
    place, kept = tmp_path / "place", tmp_path / "c.safetensors"
    place.touch()  # a file where a folder is to be made
    with pytest.raises(PointsmanError, match=r"adapter.*could not be written.*run it again"):
        trained(place / "adapter", steps=4, lora=lora, checkpoints=CheckpointPolicy(kept))
    assert kept.is_file()
    place.unlink()
    report = trained(place / "adapter", steps=4, lora=lora, checkpoints=CheckpointPolicy(kept))
    assert (report.resumed_from, report.steps) == (1, 1)
    assert report.adapter_fingerprint == whole.adapter_fingerprint
    assert not kept.exists()


@pytest.mark.parametrize("damage", ["gone", "empty", "cut"])
def test_a_base_that_is_missing_or_cut_off_is_named(tmp_path: Path, damage: str) -> None:
    base = tmp_path / "base"
    if damage != "gone":
        shutil.copytree(real(GENERATOR)[0], base)
        weights = next(base.glob("*.safetensors"))
        raw = weights.read_bytes()
        weights.write_bytes(b"" if damage == "empty" else raw[: len(raw) // 2])
    with pytest.raises(ModelMissing, match=str(base)):
        train_generator(
            StartingPoint(BaseModel(base, "b")),
            tmp_path / "adapter",
            data=GeneratorData([ChatExample(PROMPTS[0], COMPLETIONS[0])]),
            options=TrainingOptions(LORA, 1),
        )
    assert not (tmp_path / "adapter").exists()


def test_an_embedder_that_is_cut_off_is_named(tmp_path: Path) -> None:
    base = Path(shutil.copytree(real(EMBEDDER)[0], tmp_path / "base"))
    weights = next(base.glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:100_000])
    with pytest.raises(ModelMissing, match=str(base)):
        train_retriever(
            BaseModel(base, "b"),
            tmp_path / "adapter",
            examples=[RankingExample("a", "b"), RankingExample("c", "d")],
            options=TrainingOptions(RetrieverLora(), 1),
        )
    assert not (tmp_path / "adapter").exists()


def stage(place: Path) -> "subprocess.Popen[bytes]":
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    return subprocess.Popen([sys.executable, "-m", "pointsman.stages.train_generator"], cwd=place, env=env)


def test_a_stage_that_was_killed_goes_on_where_dvc_left_nothing_of_its_output(tmp_path: Path) -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["generator"]["lora"] |= {"rank": 4, "batch_size": 4, "epochs": 2, "max_length": 256}
    params["budget"]["checkpoint_seconds"] = 0
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    rows = [
        {
            "digest": f"d{n}",
            "prompt": asked(*fact),
            "completion": answer(*fact[:2]),
            "item": {"cites": [fact[0]], "question": "?", "tags": []},
        }
        for n, fact in enumerate(FACTS)
    ]
    (tmp_path / "build").mkdir()
    value = {"training": rows, "held_out": rows[:1], "corpus": "c", "set": "s", "stale": []}
    (tmp_path / "build" / "examples.json").write_text(json.dumps(value), encoding="utf-8")
    (tmp_path / "build" / "champion.json").write_text('{"champion": null}', encoding="utf-8")
    kept = WorkspaceFolder(tmp_path).checkpoint("generator")
    first, patience = stage(tmp_path), time.monotonic() + 120
    while not kept.exists() and first.poll() is None and time.monotonic() < patience:
        time.sleep(0.02)
    first.kill()
    assert first.wait() == -signal.SIGKILL
    assert kept.exists()
    assert not (tmp_path / "build" / "generator").exists()
    assert stage(tmp_path).wait() == 0
    report = json.loads((tmp_path / "build" / "generator.json").read_text(encoding="utf-8"))
    assert 0 < report["resumed_from"] < report["steps"] == len(report["losses"]) == 12
    assert (tmp_path / "build" / "generator" / "adapter_model.safetensors").is_file()
    assert not kept.exists()


def test_four_bits_without_a_gpu_are_refused_with_what_is_missing_and_auto_goes_without(tmp_path: Path) -> None:
    from pointsman.adapters.models.devices import device, quantization

    if device() == "cuda":
        pytest.skip("this machine has what is refused elsewhere")
    with pytest.raises(UsageError, match=r"quantize is 4bit, which needs a CUDA device.*auto or none"):
        trained(tmp_path / "adapter", lora=replace(LORA, quantize="4bit"))
    assert quantization("auto") is quantization("none") is False


def test_an_adapter_is_refused_on_another_base_with_both_names(
    generator_adapter: Kept, retriever_adapter: Kept
) -> None:
    adapter, id_, _ = generator_adapter
    with pytest.raises(ModelMismatch, match=rf"{id_}.*0123456789abcdef"):
        CausalGenerator(real(GENERATOR)[0], fingerprint="0123456789abcdef", adapter=adapter)
    adapter, id_, _ = retriever_adapter
    with pytest.raises(ModelMismatch, match=rf"{id_}.*0123456789abcdef"):
        SentenceEmbedder(real(EMBEDDER)[0], fingerprint="0123456789abcdef", adapter=adapter)


def test_a_cut_off_adapter_is_an_error_that_says_so(generator_adapter: Kept, tmp_path: Path) -> None:
    adapter, id_, report = generator_adapter
    cut = Path(shutil.copytree(adapter, tmp_path / "cut"))
    weights = cut / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(ModelMissing, match=rf"damaged.*{report.adapter_fingerprint}"):
        CausalGenerator(real(GENERATOR)[0], fingerprint=id_, adapter=cut)
    (cut / "pointsman.json").write_text('{"base_fing')
    with pytest.raises(ModelMissing, match=r"pointsman\.json cannot be read"):
        CausalGenerator(real(GENERATOR)[0], fingerprint=id_, adapter=cut)
    (cut / "pointsman.json").unlink()
    with pytest.raises(ModelMissing, match="base is unknown"):
        CausalGenerator(real(GENERATOR)[0], fingerprint=id_, adapter=cut)


def test_examples_that_cannot_be_learned_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    start = StartingPoint(BaseModel(*real(GENERATOR)))
    long = asked("lamp", "red " * 400, "blue")

    def attempt(prompts: list[list[Message]], completions: list[str]) -> None:
        examples = [ChatExample(prompt, completion) for prompt, completion in zip(prompts, completions, strict=True)]
        options = TrainingOptions(LORA, 1)
        train_generator(start, tmp_path / "adapter", data=GeneratorData(examples), options=options)

    with pytest.raises(
        UsageError, match=r"example 1 has [45]\d\d tokens, the limit is 256.*max_length is 256 .*context is 8192.*raise"
    ):
        attempt([PROMPTS[0], long], ["x", "y"])
    with pytest.raises(UsageError, match="example 0 has an empty completion"):
        attempt([PROMPTS[0]], [" \n"])
    with pytest.raises(UsageError, match="wizard"):
        attempt([[{"role": "wizard", "content": "x"}]], ["y"])
    with pytest.raises(UsageError, match="no examples"):
        attempt([], [])
    assert not list(tmp_path.iterdir())


def test_the_retriever_learns_words_it_did_not_know(retriever_adapter: Kept) -> None:
    adapter, id_, report = retriever_adapter
    assert np.mean(report.losses[-2:]) < 0.5 * report.losses[0]
    passages = [f"The {thing} is washed monthly." for thing in THINGS]
    questions = ["Cleaning of the zorblat", "Cleaning of the blivet"]
    folder, _ = real(EMBEDDER)
    base = SentenceEmbedder(folder, fingerprint=id_)
    taught = SentenceEmbedder(folder, fingerprint=id_, adapter=adapter)
    assert taught.fingerprint == joined(id_, report.adapter_fingerprint) != base.fingerprint
    assert np.argmax(taught.embed(questions) @ taught.embed(passages).T, axis=1).tolist() == [0, 6]
    assert np.argmax(base.embed(questions) @ base.embed(passages).T, axis=1).tolist() != [0, 6]


def test_pairs_that_teach_nothing_are_refused(tmp_path: Path) -> None:
    base, options = BaseModel(*real(EMBEDDER)), TrainingOptions(RetrieverLora(), 1)
    for pairs, match in (([("a", "same"), ("b", "same")], "no batch"), ([("a", " "), ("b", "c")], r"\[0\] of 2")):
        examples = [RankingExample(*pair) for pair in pairs]
        with pytest.raises(UsageError, match=match):
            train_retriever(base, tmp_path / "adapter", examples=examples, options=options)


def test_blocked_attention_agrees_with_the_one_of_torch() -> None:
    import torch

    folder, _ = real(GENERATOR)
    chat, model = causal_lm.Chat(folder), causal_lm.load_model(folder).float()
    prompts = [chat.prompt([{"role": "user", "content": "The lamp is green. " * n}]) for n in (70, 30)]
    batch = chat.tokenizer.pad({"input_ids": prompts}, return_tensors="pt")
    assert batch["attention_mask"].sum(dim=1).tolist() == [len(prompt) for prompt in prompts]
    register_attention()
    logits = []
    for name in (NAME, "sdpa"):
        model.set_attn_implementation(name)
        with torch.inference_mode():
            logits.append(model(**batch, logits_to_keep=1).logits)
    assert not torch.equal(*logits)
    assert torch.allclose(*logits, atol=2e-3)
