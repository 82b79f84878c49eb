"""train_generator: a LoRA adapter on the generator, from the posed examples."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pipelines.files import EXAMPLES, GENERATOR, GENERATOR_REPORT, WORKSPACE, read_json, say, write_json
from pipelines.stage import run
from pointsman.adapters.generator_training import train_generator
from pointsman.adapters.shelf import ModelShelf
from pointsman.core.errors import UsageError
from pointsman.core.training import told
from pointsman.settings import Endpoints, models_folder


def main() -> None:
    """Write build/generator (a PEFT adapter) and build/generator.json (losses, tokens, seconds)."""
    params = WORKSPACE.params()
    shelf = ModelShelf(WORKSPACE, params, models_folder(Endpoints()), say)
    base = shelf.base("generator")
    examples = read_json(EXAMPLES)
    training, held_out = examples["training"], examples["held_out"]
    if not training:
        raise UsageError(
            f"no accepted example to train on in {params.examples.path}; see build/examples.json for refusals"
        )
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
    )
    write_json(
        GENERATOR_REPORT,
        asdict(report) | {"corpus": examples["corpus"], "examples": len(training), "set": examples["set"]},
    )
    print(f"train_generator: {len(training)} examples, {told(report)}")


def document_of(item: Mapping[str, Any]) -> str:
    """Return what an example goes with when examples are put aside: the document it cites first, else its question."""
    return str(item["cites"][0] if item["cites"] else item["question"])


if __name__ == "__main__":
    run(main)
