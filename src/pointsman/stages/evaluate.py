"""evaluate: the base and the new adapter sit the same exam; golden probes ask the new index."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pointsman.adapters.models.causal_generator import CausalGenerator
from pointsman.adapters.models.loader import ModelShelf
from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.adapters.validation.cached import validator_of
from pointsman.adapters.validation.json_schema import JsonSchema
from pointsman.adapters.workspace.files import JsonLines
from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.evaluation.answer_scoring import Item, summary
from pointsman.core.index.hits import sources_of
from pointsman.core.release import Index
from pointsman.core.supervision.examples import Shape
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.settings.params import Params
from pointsman.stages.artifacts import (
    EVALUATION,
    EXAMPLES,
    GENERATOR,
    INDEX,
    INDEX_REPORT,
    RETRIEVER_REPORT,
    REVISION,
    VALIDATED,
    WORKSPACE,
    read_json,
    say,
    write_json,
)
from pointsman.stages.forgotten import tombstones
from pointsman.stages.runner import run
from pointsman.steps.evaluation.answers import examine
from pointsman.steps.serving.prompts import Posed
from pointsman.steps.serving.retrieve import rerank_of, retrieve
from pointsman.steps.supervision.accept import accepted_probes


def main() -> None:
    """Write build/evaluation.json."""
    params = WORKSPACE.params()
    endpoints = Endpoints()
    shelf = ModelShelf(WORKSPACE, params, models_folder(endpoints), say, engine=endpoints.pointsman_engine)
    examples = read_json(EXAMPLES)
    posed = [_posed(row) for row in examples["held_out"]]
    shape = Shape.of(examples["completions"])
    base = shelf.base("generator")
    adapted = CausalGenerator(shelf.folder(base.model), fingerprint=base.base, adapter=GENERATOR, progress=say)
    tokens = params.generator.max_new_tokens
    arms = {"base": shelf.generator(base), "adapter": adapted}
    schema = JsonSchema(json.dumps(examples["schema"]), "examples.schema") if examples["schema"] else None
    scores = {
        name: summary(examine(arm, posed, shape, tokens, schema=schema)) if posed else {} for name, arm in arms.items()
    }
    value = {
        "corpus": examples["corpus"],
        "shape": shape.describe() if shape else None,
        "generator": scores,
        "probes": _golden(params, shelf),
        "retriever": {k: v for k, v in read_json(RETRIEVER_REPORT).items() if k.startswith("held_out") or k == "pairs"},
    }
    write_json(EVALUATION, value)
    print(f"evaluate: {value['generator']}, probes {value['probes']}")


def _posed(row: Mapping[str, Any]) -> Posed:
    item: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row["item"].items()
    }
    return Posed(row["prompt"], row["completion"], Item(**item))


def _golden(params: Params, shelf: ModelShelf) -> dict[str, float]:
    """Return hit@k of the golden probes on the index that was built."""
    report, documents = read_json(INDEX_REPORT), read_json(VALIDATED)["manifest"]["documents"].keys()
    validator, lines = validator_of(WORKSPACE, params), JsonLines(WORKSPACE.root / params.probes.path)
    probes, refused = accepted_probes(lines, validator, documents, tombstones())
    chunking = chunking_fingerprint(params.chunking.max_tokens)
    at = Index(report["collection"], REVISION, report["embedder"], chunking, report["points"])
    index = EdgeIndex(INDEX)
    embedder = shelf.embedder(shelf.base("retriever"))
    rerank = rerank_of(shelf, shelf.reranking())
    questions = [p.question for p in probes]
    found = retrieve(index, embedder, at, questions, params.retriever.top_k, rerank=rerank)
    index.close()
    hits: Sequence[bool] = [p.hit(sources_of(hs)) for p, hs in zip(probes, found, strict=True)]
    return {"n": len(hits), "refused": len(refused)} | ({"hit_at_k": sum(hits) / len(hits)} if hits else {})


if __name__ == "__main__":
    run(main)
