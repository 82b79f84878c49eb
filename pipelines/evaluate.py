"""evaluate: the base and the new adapter sit the same exam; golden probes ask the new index."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.files import (
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
from pipelines.forgotten import tombstones
from pipelines.judging import judge
from pipelines.stage import run
from pointsman.adapters.edge_index import EdgeIndex
from pointsman.adapters.generator import CausalGenerator
from pointsman.adapters.shelf import ModelShelf
from pointsman.adapters.state import JsonLines
from pointsman.core.chunks import chunking_fingerprint
from pointsman.core.exam import Item, summary
from pointsman.core.examples import Shape
from pointsman.core.release import Index
from pointsman.settings import Endpoints, Params, models_folder
from pointsman.steps.assessing import examine
from pointsman.steps.prompting import Posed, retrieve
from pointsman.steps.supervision import accepted_probes


def main() -> None:
    """Write build/evaluation.json."""
    params = WORKSPACE.params()
    shelf = ModelShelf(WORKSPACE, params, models_folder(Endpoints()), say)
    examples = read_json(EXAMPLES)
    posed = [_posed(row) for row in examples["held_out"]]
    shape = Shape.of(examples["completions"])
    base = shelf.base("generator")
    adapted = CausalGenerator(shelf.folder(base.model), fingerprint=base.base, adapter=GENERATOR, progress=say)
    tokens = params.generator.max_new_tokens
    arms = {"base": shelf.generator(base), "adapter": adapted}
    scores = {name: summary(examine(arm, posed, shape, tokens)) if posed else {} for name, arm in arms.items()}
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
    item = {**row["item"], "cites": tuple(row["item"]["cites"]), "context": tuple(row["item"]["context"])}
    return Posed(row["prompt"], row["completion"], Item(**item))


def _golden(params: Params, shelf: ModelShelf) -> dict[str, float]:
    """Return hit@k of the golden probes on the index that was built."""
    report, documents = read_json(INDEX_REPORT), read_json(VALIDATED)["manifest"]["documents"].keys()
    validator = judge(params)
    lines = JsonLines(WORKSPACE.root / params.probes.path)
    probes, refused = accepted_probes(lines, validator, documents, tombstones())
    chunking = chunking_fingerprint(params.chunking.max_tokens)
    at = Index(report["collection"], REVISION, report["embedder"], chunking, report["points"])
    index = EdgeIndex(INDEX)
    embedder = shelf.embedder(shelf.base("retriever"))
    found = retrieve(index, embedder, at, [p.question for p in probes], params.retriever.top_k)
    index.close()
    hits: Sequence[bool] = [p.hit([h.document for h in hs]) for p, hs in zip(probes, found, strict=True)]
    return {"n": len(hits), "refused": len(refused)} | ({"hit_at_k": sum(hits) / len(hits)} if hits else {})


if __name__ == "__main__":
    run(main)
