"""pairs: what the retriever can learn from: headings, sentences and golden questions, each with hard negatives."""

import json
from collections import Counter

from pointsman.adapters.minhash import sketch
from pointsman.adapters.models.loader import ModelShelf
from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.adapters.validation.cached import validator_of
from pointsman.adapters.workspace.files import JsonLines
from pointsman.adapters.workspace.quarantine import Quarantine
from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.release import Index
from pointsman.core.supervision.retriever_pairs import drawn, training_probes
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.stages.artifacts import (
    CHUNKS,
    INDEX,
    INDEX_REPORT,
    PAIRS,
    PAIRS_REPORT,
    REVISION,
    VALIDATED,
    WORKSPACE,
    chunk_of,
    read_json,
    read_lines,
    say,
    write_json,
)
from pointsman.stages.forgotten import tombstones
from pointsman.stages.runner import run
from pointsman.steps.supervision.accept import accepted_probes
from pointsman.steps.supervision.retriever_pairs import accepted_pairs, asked_by, with_negatives


def main() -> None:
    """Write build/pairs.jsonl (a pair a line, with where it comes from) and build/pairs.json (counts)."""
    params, endpoints = WORKSPACE.params(), Endpoints()
    shelf = ModelShelf(WORKSPACE, params, models_folder(endpoints), say, engine=endpoints.pointsman_engine)
    embedder, lora = shelf.embedder(shelf.base("retriever")), params.retriever.lora
    report, validated = read_json(INDEX_REPORT), read_json(VALIDATED)
    validator = validator_of(WORKSPACE, params)
    lines = JsonLines(WORKSPACE.root / params.probes.path)
    probes, _ = accepted_probes(lines, validator, validated["manifest"]["documents"].keys(), tombstones())
    chunks = [chunk_of(row) for row in read_lines(CHUNKS)]
    found = asked_by(training_probes(probes, params.seed), chunks, embedder)
    found += drawn(chunks, seed=params.seed, at_most=lora.max_pairs)
    chunking = chunking_fingerprint(params.chunking.max_tokens)
    at = Index(report["collection"], REVISION, report["embedder"], chunking, report["points"])
    index = EdgeIndex(INDEX)
    pairs, refused = accepted_pairs(with_negatives(found, index, at, embedder, sketch, lora.negatives), validator)
    index.close()
    Quarantine(WORKSPACE.state / "quarantine").replace("pairs", refused)
    PAIRS.write_text("".join(json.dumps(p.as_json(), sort_keys=True) + "\n" for p in pairs), encoding="utf-8")
    counts = {
        "corpus": validated["corpus"],
        "pairs": dict(Counter(p.kind for p in pairs)),
        "negatives": sum(len(p.negatives) for p in pairs),
        "false_negatives_dropped": sum(p.too_near for p in pairs),
        "copies_dropped": sum(p.copies for p in pairs),
        "refused": len({r.item for r in refused}),
    }
    write_json(PAIRS_REPORT, counts)
    print(f"pairs: {counts}")


if __name__ == "__main__":
    run(main)
