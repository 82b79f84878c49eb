"""train_generator: a LoRA adapter on the generator, from the posed examples; perhaps the live one, taught more."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pointsman.adapters.models.loader import ModelShelf
from pointsman.adapters.training.generator import train_generator
from pointsman.core.errors import UsageError
from pointsman.core.release import Model
from pointsman.core.training.experience_replay import Champion, Lesson, Syllabus, form_of, syllabus
from pointsman.core.training.report import told
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.stages.artifacts import (
    CHAMPION,
    EXAMPLES,
    GENERATOR,
    GENERATOR_REPORT,
    WORKSPACE,
    read_json,
    say,
    write_json,
)
from pointsman.stages.runner import run
from pointsman.steps.supervision.recipe import recipe_of


def main() -> None:
    """Write build/generator (a PEFT adapter) and build/generator.json (losses, tokens, seconds)."""
    params = WORKSPACE.params()
    shelf = ModelShelf(WORKSPACE, params, models_folder(Endpoints()), say)
    base = shelf.base("generator")
    examples = read_json(EXAMPLES)
    held_out = examples["held_out"]
    if not examples["training"]:
        raise UsageError(
            f"no accepted example to train on in {params.examples.path}; see build/examples.json for refusals"
        )
    plan = _planned(base, examples)
    training = [examples["training"][n] for n in plan.taught]
    shutil.rmtree(GENERATOR, ignore_errors=True)
    report = train_generator(
        shelf.folder(base.model),
        GENERATOR,
        base_fingerprint=base.base,
        prompts=[row["prompt"] for row in training],
        completions=[row["completion"] for row in training],
        held_out=([row["prompt"] for row in held_out], [row["completion"] for row in held_out]),
        lora=params.generator.lora,
        seed=params.seed,
        groups=[document_of(row["item"]) for row in training],
        progress=say,
        checkpoint=WORKSPACE.checkpoint("generator"),
        checkpoint_seconds=params.budget.checkpoint_seconds,
        start=None if plan.adapter is None else shelf.kept(plan.adapter),
        replayed=[examples["training"][n]["digest"] for n in plan.replayed],
    )
    made_of = {"corpus": examples["corpus"], "set": examples["set"], **plan.as_json()}
    write_json(GENERATOR_REPORT, asdict(report) | made_of)
    print(
        f"train_generator: {len(training)} examples, {len(plan.replayed)} of them repeated, "
        f"on {'the base' if plan.adapter is None else plan.adapter} ({plan.because}), {told(report)}"
    )


def _planned(base: Model, examples: Mapping[str, Any]) -> Syllabus:
    """Return what the training starts on and learns, by the ledger's word on the live adapter."""
    params, known = WORKSPACE.params(), read_json(CHAMPION)["champion"]
    rows: Sequence[Mapping[str, Any]] = examples["training"]
    return syllabus(
        Champion.from_json(known) if known else None,
        recipe_of(params.generator.lora, base.base),
        [Lesson(row["digest"], form_of(row["completion"], row["item"]["tags"])) for row in rows],
        held_out=[row["digest"] for row in examples["held_out"]],
        stale=examples["stale"],
        seed=params.seed,
    )


def document_of(item: Mapping[str, Any]) -> str:
    """Return what an example goes with when examples are put aside: the document it cites first, else its question."""
    return str(item["cites"][0] if item["cites"] else item["question"])


if __name__ == "__main__":
    run(main)
