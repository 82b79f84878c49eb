"""examples: judge them, split them by document, and pose each with the passages it will be served with."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pointsman.adapters.minhash import sketch
from pointsman.adapters.models.loader import ModelShelf
from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.adapters.validation.cached import validator_of
from pointsman.adapters.validation.json_schema import open_schema
from pointsman.adapters.workspace.files import JsonLines
from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.release import Index
from pointsman.core.supervision.decontamination import sides
from pointsman.core.supervision.examples import Example, set_id
from pointsman.core.supervision.lineage import Corpus, Lineage
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.stages.artifacts import (
    EXAMPLES,
    INDEX,
    INDEX_REPORT,
    LINEAGE,
    REVISION,
    VALIDATED,
    WORKSPACE,
    read_json,
    say,
    write_json,
)
from pointsman.stages.forgotten import tombstones
from pointsman.stages.runner import run
from pointsman.steps.serving.prompts import Posed, pose, training_order
from pointsman.steps.serving.retrieve import rerank_of
from pointsman.steps.supervision.accept import judge_examples


def main() -> None:
    """Write build/examples.json: prompts and completions to train on and to examine with, and what was refused."""
    params = WORKSPACE.params()
    endpoints = Endpoints()
    shelf = ModelShelf(WORKSPACE, params, models_folder(endpoints), say, engine=endpoints.pointsman_engine)
    report, validated = read_json(INDEX_REPORT), read_json(VALIDATED)
    corpus = Corpus(Manifest.from_json(validated["manifest"]).entries)
    lineage = Lineage.from_json(read_json(LINEAGE)["lineage"])
    validator, lines = validator_of(WORKSPACE, params), JsonLines(WORKSPACE.root / params.examples.path)
    schema = open_schema(WORKSPACE.root, params.examples.schema)
    judged = judge_examples(lines, validator, corpus, tombstones(), lineage, schema)
    examples, refused = judged.accepted, judged.refused
    found = sides(examples, params.seed, sketch)
    embedder = shelf.embedder(shelf.base("retriever"))
    chunking = chunking_fingerprint(params.chunking.max_tokens)
    at = Index(report["collection"], REVISION, report["embedder"], chunking, report["points"])
    index = EdgeIndex(INDEX)
    rerank = rerank_of(shelf, shelf.reranking())
    orders = (training_order(params.generator, len(found.training), params.seed), None)
    training, held_out = (
        _rows(side, pose(index, embedder, at, side, params.generator, rerank, order))
        for side, order in zip((found.training, found.held_out), orders, strict=True)
    )
    index.close()
    value = {
        "corpus": validated["corpus"],
        "set": set_id(examples),
        "schema": schema.grammar if schema else None,
        "completions": [e.completion for e in examples],
        "training": training,
        "held_out": held_out,
        "leaked": [{"id": id_, "copies": copied} for id_, copied in found.leaked],
        "refused": [asdict(r) for r in refused],
        "stale": sorted({each.digest for each in judged.stale}),
    }
    write_json(EXAMPLES, value)
    print(
        f"examples: {len(found.training)} to train on, {len(found.held_out)} held out, "
        f"{len(found.leaked)} left out as near copies of training examples, "
        f"{len({r.item for r in refused})} refused, {len({each.digest for each in judged.stale})} of them stale"
    )


def _rows(examples: Sequence[Example], posed: Sequence[Posed]) -> list[dict[str, Any]]:
    return [
        {"prompt": p.prompt, "completion": p.completion, "item": asdict(p.item), "digest": e.digest}
        for e, p in zip(examples, posed, strict=True)
    ]


if __name__ == "__main__":
    run(main)
