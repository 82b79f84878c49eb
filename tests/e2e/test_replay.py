"""A real adapter is taught more: it begins where the other one ended, and only where it fits."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pointsman.adapters.generator_training import train_generator
from pointsman.core.errors import ModelMismatch, ModelMissing
from pointsman.core.training import TrainingReport
from pointsman.ports import Message
from pointsman.settings import GeneratorLora
from tests.contract.models import GENERATOR, real

LORA = GeneratorLora(rank=4, alpha=8, learning_rate=3e-3, epochs=2, batch_size=4, max_length=128)
COLOURS = ("red", "green", "blue", "black")
THINGS = ("lamp", "boiler", "gate", "bench", "roof", "tower", "clock", "bridge")


def asked(thing: str) -> list[Message]:
    return [{"role": "user", "content": f"[{thing}.md] The {thing} is there.\n\nWhat colour is the {thing}?"}]


def answer(n: int) -> str:
    return json.dumps({"answer": COLOURS[n % 4], "citations": [f"{THINGS[n]}.md"]})


def trained(
    out: Path, first: int, last: int, *, start: Path | None = None, lora: GeneratorLora = LORA
) -> TrainingReport:
    folder, id_ = real(GENERATOR)
    held_out = ([asked("door"), asked("fence")], [answer(0).replace("lamp", "door"), answer(1).replace("boiler", "x")])
    return train_generator(
        folder, out, base_fingerprint=id_, prompts=[asked(THINGS[n]) for n in range(first, last)],
        completions=[answer(n) for n in range(first, last)], held_out=held_out, lora=lora, seed=17, start=start,
        replayed=["digest of an earlier example"] if start else [],
    )  # fmt: skip


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainingReport]:
    out = tmp_path_factory.mktemp("first") / "adapter"
    return out, trained(out, 0, 4)


def test_a_training_begins_where_the_adapter_it_goes_on_from_ended(
    first: tuple[Path, TrainingReport], tmp_path: Path
) -> None:
    folder, report = first
    more = trained(tmp_path / "more", 4, 8, start=folder)
    assert report.held_out_loss_after is not None
    assert more.held_out_loss_before == pytest.approx(report.held_out_loss_after, rel=1e-3)
    assert more.adapter_fingerprint != report.adapter_fingerprint
    record = json.loads((tmp_path / "more" / "pointsman.json").read_text())
    assert (record["continues"], record["replayed"]) == (report.adapter_fingerprint, ["digest of an earlier example"])
    again = trained(tmp_path / "again", 4, 8, start=folder)
    assert again.adapter_fingerprint == more.adapter_fingerprint
    plain = json.loads((folder / "pointsman.json").read_text())
    assert (plain["continues"], plain["replayed"]) == (None, [])


def test_an_adapter_of_another_rank_is_refused_with_both_shapes(
    first: tuple[Path, TrainingReport], tmp_path: Path
) -> None:
    with pytest.raises(ModelMismatch, match=r"has shape \(4, \d+\) there and \(8, \d+\) here"):
        trained(tmp_path / "out", 4, 8, start=first[0], lora=replace(LORA, rank=8))
    assert not (tmp_path / "out").exists()


def test_a_damaged_adapter_is_not_gone_on_from(first: tuple[Path, TrainingReport], tmp_path: Path) -> None:
    cut = tmp_path / "cut"
    cut.mkdir()
    for file in first[0].iterdir():
        (cut / file.name).write_bytes(file.read_bytes()[: -10 if file.suffix == ".safetensors" else None])
    with pytest.raises(ModelMissing, match="damaged"):
        trained(tmp_path / "out", 4, 8, start=cut)
