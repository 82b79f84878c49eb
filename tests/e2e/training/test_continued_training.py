"""A real adapter is taught more: it begins where the other one ended, and only where it fits."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from pointsman.adapters.training.generator import train_generator
from pointsman.adapters.training.inputs import (
    BaseModel,
    ChatExample,
    GeneratorData,
    StartingPoint,
    TrainingOptions,
)
from pointsman.bootstrap.workspace import open_resources
from pointsman.core.errors import ModelMismatch, ModelMissing
from pointsman.core.training.report import TrainingReport
from pointsman.ports.models import Message
from pointsman.settings.params import GeneratorLora
from pointsman.steps.ledger.releases import PROMOTE, move_pointer, put_release
from pointsman.steps.observe.state import observe_state
from pointsman.steps.supervision.taint import note_learned
from tests.e2e.conftest import ROOT, Place
from tests.e2e.training.repro import repro
from tests.ports.models import GENERATOR, real

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
    return train_generator(
        StartingPoint(BaseModel(*real(GENERATOR)), start, replayed=["digest of an earlier example"] if start else []),
        out,
        data=GeneratorData(
            training=[ChatExample(asked(THINGS[n]), answer(n)) for n in range(first, last)],
            held_out=[
                ChatExample(asked("door"), answer(0).replace("lamp", "door")),
                ChatExample(asked("fence"), answer(1).replace("boiler", "x")),
            ],
        ),
        options=TrainingOptions(lora, 17),
    )


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


def written(place: Place, first: int, last: int) -> None:
    """Let the workspace's examples be those of the sample from ``first`` to ``last``."""
    lines = (ROOT / "sample" / "examples" / "house_style.jsonl").read_text(encoding="utf-8").splitlines()
    (place.root / "examples" / "some.jsonl").write_text("\n".join(lines[first:last]) + "\n", encoding="utf-8")


def built(place: Place) -> dict[str, Any]:
    repro(place, "train_generator")
    report: dict[str, Any] = json.loads((place.root / "build" / "generator.json").read_text(encoding="utf-8"))
    return report


def test_dvc_goes_on_from_the_adapter_that_the_ledger_says_is_live(place: Place) -> None:
    lora = {"rank": 4, "alpha": 8, "epochs": 1, "max_length": 1024, "start": "live", "replay": 0.5}
    generator = yaml.safe_load((place.root / "params.yaml").read_text(encoding="utf-8"))["generator"]
    place.set_params(generator={"passages": 1, "lora": generator["lora"] | lora})
    written(place, 0, 8)
    first = built(place)
    assert (first["start"], first["start_because"]) == ("base", "the live generator has no adapter")
    adapter = went_live(place)
    written(place, 0, 16)
    second = built(place)
    assert (second["start"], second["continues"]) == ("live", adapter)
    new = second["examples"] - second["replayed"]
    assert min(first["examples"], -(-new // 2)) <= second["replayed"] <= new, "every behaviour is met at least once"
    record = json.loads((place.root / "build" / "generator" / "pointsman.json").read_text(encoding="utf-8"))
    assert (record["continues"], len(record["replayed"])) == (adapter, second["replayed"])
    lora["rank"] = 8
    place.set_params(generator={"lora": generator["lora"] | lora})
    assert "has rank 4, alpha 8 and params.yaml asks for rank 8, alpha 8" in built(place)["start_because"]


def went_live(place: Place) -> str:
    """Make the adapter that dvc built the live one, as a gate that promotes it would."""
    with open_resources(place.root) as resources:
        state = observe_state(
            resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
        )
        assert state.live is not None
        adapter = resources.models.store_adapter("generator")
        note_learned(
            state.supervision,
            adapter,
            live=state.live,
            example_files=resources.examples,
            ledger=resources.ledger,
            params=resources.params,
        )
        taught = replace(
            state.live, generator=replace(state.live.generator, adapter=adapter),
            trained_on=state.supervision.set_id, examples=state.supervision.set_id,
        )  # fmt: skip
        put_release(resources.ledger, taught, state.live_manifest)
        move_pointer(
            resources.ledger, resources.ledger.pointer(), taught.id, why=PROMOTE, decision=None, at=resources.now()
        )
        return adapter
