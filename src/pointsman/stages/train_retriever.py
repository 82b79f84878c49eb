"""train_retriever: train a LoRA adapter of the embedder on the pairs of the stage `pairs`."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations

from pointsman.adapters.training.inputs import BaseModel, CheckpointPolicy, RankingExample, TrainingOptions
from pointsman.adapters.training.retriever import train_retriever
from pointsman.core.training.report import TrainingReport, summary_line
from pointsman.settings.params import Params
from pointsman.stages.runner import run
from pointsman.stages.shared import context
from pointsman.stages.shared.artifacts import (
    PAIRS,
    RETRIEVER,
    RETRIEVER_REPORT,
    VALIDATED,
    WORKSPACE,
    read_json,
    write_json,
    write_skipped,
)
from pointsman.stages.shared.messages import plural, show_progress


def main() -> None:
    """Write build/retriever (a PEFT adapter) and build/retriever.json (losses, seconds).

    Where the pairs make no batch, there is nothing to train: build/retriever says so then.
    """
    examples, corpus = _read_pairs(), read_json(VALIDATED)["corpus"]
    if not _make_a_batch(examples):
        _skip(corpus, examples)
        return
    report = _train(context.params(), examples)
    write_json(RETRIEVER_REPORT, asdict(report) | {"corpus": corpus, "pairs": len(examples)})
    print(f"train_retriever: learned {plural(len(examples), 'pair')}; {summary_line(report)}")


def _read_pairs() -> list[RankingExample]:
    """Return build/pairs.jsonl."""
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").split("\n") if line]
    return [
        RankingExample(row["query"], row["passage"], negatives=tuple(n["text"] for n in row["negatives"]))
        for row in rows
    ]


def _make_a_batch(examples: Sequence[RankingExample]) -> bool:
    """Tell whether two examples differ in query and passage: the smallest batch that teaches anything."""
    return any(a.query != b.query and a.passage != b.passage for a, b in combinations(examples, 2))


def _skip(corpus: str, examples: Sequence[RankingExample]) -> None:
    """Write that nothing was trained, and why, in the place of an adapter."""
    reason = (
        f"{plural(len(examples), 'pair')} of a question and its passage make no batch of two that differ; "
        "add documents with headings, or golden probes"
    )
    write_skipped(RETRIEVER, reason)
    write_json(RETRIEVER_REPORT, {"skipped": reason, "corpus": corpus, "pairs": len(examples), "tokens": 0})
    print(f"train_retriever: nothing was trained: {reason}")


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
