"""train_retriever: a LoRA adapter on the embedder, from the pairs that the stage before mined."""

import json
import shutil
from dataclasses import asdict

from pointsman.adapters.models.loader import ModelShelf
from pointsman.adapters.training.retriever import train_retriever
from pointsman.core.errors import UsageError
from pointsman.core.training.report import told
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.stages.artifacts import (
    PAIRS,
    RETRIEVER,
    RETRIEVER_REPORT,
    VALIDATED,
    WORKSPACE,
    read_json,
    say,
    write_json,
)
from pointsman.stages.runner import run


def main() -> None:
    """Write build/retriever (a PEFT adapter) and build/retriever.json (losses, seconds)."""
    params = WORKSPACE.params()
    shelf = ModelShelf(WORKSPACE, params, models_folder(Endpoints()), say)
    base = shelf.base("retriever")
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").split("\n") if line]
    pairs = [(row["query"], row["passage"]) for row in rows]
    if not pairs:
        raise UsageError("the corpus gives no pair to train on: no chunk has a heading or a sentence of its own")
    shutil.rmtree(RETRIEVER, ignore_errors=True)
    report = train_retriever(
        shelf.folder(base.model),
        RETRIEVER,
        base_fingerprint=base.base,
        pairs=pairs,
        negatives=[[negative["text"] for negative in row["negatives"]] for row in rows],
        lora=params.retriever.lora,
        seed=params.seed,
        progress=say,
        checkpoint=WORKSPACE.checkpoint("retriever"),
        checkpoint_seconds=params.budget.checkpoint_seconds,
    )
    corpus = read_json(VALIDATED)["corpus"]
    write_json(RETRIEVER_REPORT, asdict(report) | {"corpus": corpus, "pairs": len(pairs)})
    print(f"train_retriever: {len(pairs)} pairs, {told(report)}")


if __name__ == "__main__":
    run(main)
