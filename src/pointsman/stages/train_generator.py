"""train_generator: train a LoRA adapter of the generator on the examples, from the base or from the live adapter."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pointsman.adapters.models.folders import ModelFolders
from pointsman.adapters.training.generator import train_generator
from pointsman.adapters.training.inputs import (
    BaseModel,
    ChatExample,
    CheckpointPolicy,
    GeneratorData,
    StartingPoint,
    TrainingOptions,
)
from pointsman.core.release import Model
from pointsman.core.training.experience_replay import (
    Champion,
    TrainingExample,
    TrainingSelection,
    behaviour_of,
    select_examples,
)
from pointsman.core.training.report import TrainingReport, summary_line
from pointsman.settings.params import Params
from pointsman.stages.runner import run
from pointsman.stages.shared import context
from pointsman.stages.shared.artifacts import (
    CHAMPION,
    EXAMPLES,
    GENERATOR,
    GENERATOR_REPORT,
    WORKSPACE,
    read_json,
    write_json,
    write_skipped,
)
from pointsman.stages.shared.messages import plural, show_progress
from pointsman.steps.supervision.recipe import recipe_of


def main() -> None:
    """Write build/generator (a PEFT adapter) and build/generator.json (losses, tokens, seconds).

    Without an accepted example there is nothing to train: build/generator says so then.
    """
    params, folders = context.params(), context.model_folders()
    examples = read_json(EXAMPLES)
    if not examples["training"]:
        _skip(params, examples)
        return
    base = folders.base_model(params.generator.model)
    selection = _select(params, base, examples)
    start = _starting_point(folders, base, examples, selection)
    report = _train(params, start, _data(examples, selection))
    source = {"corpus": examples["corpus"], "set": examples["set"]}
    write_json(GENERATOR_REPORT, asdict(report) | source | selection.as_json())
    print(_message(selection, report))


def _skip(params: Params, examples: Mapping[str, Any]) -> None:
    """Write that nothing was trained, and why, in the place of an adapter."""
    reason = f"no accepted example to train on in {params.examples.path}; see build/examples.json for refusals"
    write_skipped(GENERATOR, reason)
    write_json(GENERATOR_REPORT, {"skipped": reason, "corpus": examples["corpus"], "set": examples["set"], "tokens": 0})
    print(f"train_generator: nothing was trained: {reason}")


def _select(params: Params, base: Model, examples: Mapping[str, Any]) -> TrainingSelection:
    """Return the examples to learn, and whether the training continues from the live adapter."""
    live = read_json(CHAMPION)["champion"]
    return select_examples(
        Champion.from_json(live) if live else None,
        recipe_of(params.generator.lora, base.base),
        [
            TrainingExample(row["digest"], behaviour_of(row["completion"], row["item"]["tags"]))
            for row in examples["training"]
        ],
        held_out=[row["digest"] for row in examples["held_out"]],
        stale=examples["stale"],
        seed=params.seed,
    )


def _starting_point(
    folders: ModelFolders, base: Model, examples: Mapping[str, Any], selection: TrainingSelection
) -> StartingPoint:
    """Return the base, and the live adapter where the training continues from it."""
    return StartingPoint(
        BaseModel(folders.base(base.model), base.base),
        adapter=None if selection.adapter is None else folders.adapter(selection.adapter),
        replayed=[examples["training"][n]["digest"] for n in selection.replayed],
    )


def _data(examples: Mapping[str, Any], selection: TrainingSelection) -> GeneratorData:
    """Return the selected training examples, and the held-out ones."""
    return GeneratorData(
        training=[_chat_example(examples["training"][n]) for n in selection.selected],
        held_out=[_chat_example(row) for row in examples["held_out"]],
    )


def _chat_example(row: Mapping[str, Any]) -> ChatExample:
    """Return a row of build/examples.json; its group is the first document that it cites, or else its question."""
    item = row["item"]
    group = str(item["cites"][0] if item["cites"] else item["question"])
    return ChatExample(row["prompt"], row["completion"], group=group)


def _train(params: Params, start: StartingPoint, data: GeneratorData) -> TrainingReport:
    """Train from the last checkpoint, if there is one; replace build/generator."""
    shutil.rmtree(GENERATOR, ignore_errors=True)
    return train_generator(
        start,
        GENERATOR,
        data=data,
        options=TrainingOptions(params.generator.lora, params.seed),
        checkpoints=CheckpointPolicy(WORKSPACE.checkpoint("generator"), every=params.budget.checkpoint_seconds),
        progress=show_progress,
    )


def _message(selection: TrainingSelection, report: TrainingReport) -> str:
    """Return what people read when the training has ended."""
    start = "the base model" if selection.adapter is None else f"the live adapter {selection.adapter}"
    return (
        f"train_generator: learned {plural(len(selection.selected), 'example')} "
        f"({len(selection.replayed)} of them repeated), starting from {start} because {selection.because}; "
        f"{summary_line(report)}"
    )


if __name__ == "__main__":
    run(main)
