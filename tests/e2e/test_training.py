"""Real models learn for a few steps: the loss falls, the adapter loads on its base and on nothing else."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from pointsman.adapters import language_model
from pointsman.adapters.attention import NAME, register
from pointsman.adapters.embedder import SentenceEmbedder
from pointsman.adapters.generator import CausalGenerator
from pointsman.adapters.generator_training import train_generator
from pointsman.adapters.models import fingerprint, joined
from pointsman.adapters.retriever_training import train_retriever
from pointsman.core.errors import ModelMismatch, ModelMissing, UsageError
from pointsman.core.training import TrainingReport
from pointsman.ports import Message
from pointsman.settings import GeneratorLora, RetrieverLora
from tests.contract.models import EMBEDDER, GENERATOR, real

COLOURS = ("red", "green", "blue", "black", "white", "yellow")
THINGS = ("lamp", "boiler", "gate", "bench", "roof", "tower", "clock", "bridge")
LORA = GeneratorLora(rank=8, alpha=16, learning_rate=3e-3, epochs=2, batch_size=4, max_length=256)

Kept = tuple[Path, str, TrainingReport]
"""An adapter, the fingerprint of its base, and what its training said."""


def asked(thing: str, colour: str, other: str) -> list[Message]:
    passages = f"[docs/{thing}.md]\nThe {thing} is {colour}.\n\n[docs/other.md]\nThe sign is {other}."
    return [{"role": "user", "content": f"{passages}\n\nWhat colour is the {thing}?"}]


def answer(thing: str, colour: str) -> str:
    return json.dumps({"answer": colour, "citations": [f"docs/{thing}.md"]})


FACTS = [(thing, COLOURS[i % 6], COLOURS[(i + 2) % 6]) for i, thing in enumerate(THINGS * 3)]
PROMPTS = [asked(*fact) for fact in FACTS]
COMPLETIONS = [answer(thing, colour) for thing, colour, _ in FACTS]
HELD_OUT = [("door", "green", "red"), ("fence", "black", "white"), ("window", "blue", "yellow")]


def trained(out: Path, *, seed: int = 17, steps: int = len(FACTS)) -> TrainingReport:
    folder, id_ = real(GENERATOR)
    return train_generator(
        folder,
        out,
        base_fingerprint=id_,
        prompts=PROMPTS[:steps],
        completions=COMPLETIONS[:steps],
        held_out=([asked(*fact) for fact in HELD_OUT], [answer(thing, colour) for thing, colour, _ in HELD_OUT]),
        lora=LORA,
        seed=seed,
    )


@pytest.fixture(scope="module")
def generator_adapter(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    out = tmp_path_factory.mktemp("generator") / "adapter"
    return out, real(GENERATOR)[1], trained(out)


@pytest.fixture(scope="module")
def retriever_adapter(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    out = tmp_path_factory.mktemp("retriever") / "adapter"
    folder, id_ = real(EMBEDDER)
    names = ("zorblat", "quixel", "fnordic", "wumpus", "glarch", "snarfle", "blivet", "grommick")
    pairs = [(f"How do I clean a {name}?", f"The {thing} is washed monthly.") for name, thing in zip(names, THINGS)]  # noqa: B905
    settings = RetrieverLora(rank=8, alpha=16, learning_rate=2e-3, epochs=16, batch_size=8)
    return out, id_, train_retriever(folder, out, base_fingerprint=id_, pairs=pairs, lora=settings, seed=17)


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
    folder, id_ = real(GENERATOR)
    long = asked("lamp", "red " * 400, "blue")

    def attempt(prompts: list[list[Message]], completions: list[str]) -> None:
        train_generator(
            folder,
            tmp_path / "adapter",
            base_fingerprint=id_,
            prompts=prompts,
            completions=completions,
            held_out=([], []),
            lora=LORA,
            seed=1,
        )

    with pytest.raises(UsageError, match=r"example 1 has [45]\d\d tokens, the limit is 256"):
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
    folder, id_ = real(EMBEDDER)
    for pairs, match in (([("a", "same"), ("b", "same")], "no batch"), ([("a", " "), ("b", "c")], r"\[0\] of 2")):
        with pytest.raises(UsageError, match=match):
            train_retriever(
                folder, tmp_path / "adapter", base_fingerprint=id_, pairs=pairs, lora=RetrieverLora(), seed=1
            )


def test_blocked_attention_agrees_with_the_one_of_torch() -> None:
    import torch

    folder, _ = real(GENERATOR)
    chat, model = language_model.Chat(folder), language_model.load(folder).float()
    prompts = [chat.prompt([{"role": "user", "content": "The lamp is green. " * n}]) for n in (70, 30)]
    batch = chat.tokenizer.pad({"input_ids": prompts}, return_tensors="pt")
    assert batch["attention_mask"].sum(dim=1).tolist() == [len(prompt) for prompt in prompts]
    register()
    logits = []
    for name in (NAME, "sdpa"):
        model.set_attn_implementation(name)
        with torch.inference_mode():
            logits.append(model(**batch, logits_to_keep=1).logits)
    assert not torch.equal(*logits)
    assert torch.allclose(*logits, atol=2e-3)
