"""train_retriever: train a LoRA adapter of the embedder on the pairs of the stage `pairs`."""

import json
import shutil
from dataclasses import asdict

from pointsman.adapters.training.inputs import BaseModel, CheckpointPolicy, RankingExample, TrainingOptions
from pointsman.adapters.training.retriever import train_retriever
from pointsman.core.errors import UsageError
from pointsman.core.training.report import TrainingReport, summary_line
from pointsman.settings.params import Params
from pointsman.stages import context
from pointsman.stages.artifacts import (
    PAIRS,
    RETRIEVER,
    RETRIEVER_REPORT,
    VALIDATED,
    WORKSPACE,
    read_json,
    write_json,
)
from pointsman.stages.messages import plural, show_progress
from pointsman.stages.runner import run


def main() -> None:
    """Write build/retriever (a PEFT adapter) and build/retriever.json (losses, seconds)."""
    examples = _read_pairs()
    report = _train(context.params(), examples)
    corpus = read_json(VALIDATED)["corpus"]
    write_json(RETRIEVER_REPORT, asdict(report) | {"corpus": corpus, "pairs": len(examples)})
    print(f"train_retriever: learned {plural(len(examples), 'pair')}; {summary_line(report)}")


def _read_pairs() -> list[RankingExample]:
    """Return build/pairs.jsonl.

    Raises:
        UsageError: it has no pair.
    """
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").split("\n") if line]
    if not rows:
        raise UsageError("the corpus gives no pair to train on: no chunk has a heading or a sentence of its own")
    return [
        RankingExample(row["query"], row["passage"], negatives=tuple(n["text"] for n in row["negatives"]))
        for row in rows
    ]


def _train(params: Params, examples: list[RankingExample]) -> TrainingReport:
    """Train from the last checkpoint, if there is one; replace build/retriever."""
    folders = context.model_folders()
    base = folders.base_model(params.retriever.model)
    shutil.rmtree(RETRIEVER, ignore_errors=True)
    return train_retriever(
        BaseModel(folders.base(base.model), base.base),
        RETRIEVER,
        examples=examples,
        options=TrainingOptions(params.retriever.lora, params.seed),
        checkpoints=CheckpointPolicy(WORKSPACE.checkpoint("retriever"), every=params.budget.checkpoint_seconds),
        progress=show_progress,
    )


if __name__ == "__main__":
    run(main)
