"""pairs: pairs of a query and its passage, from headings, sentences and golden questions, each with hard negatives.

Nothing is taken from documents that not everybody may read (ADR 40).
"""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from pointsman.adapters.minhash import sketch
from pointsman.adapters.validation.cached import validator_of
from pointsman.adapters.validation.findings import screen
from pointsman.adapters.workspace.files import JsonLines
from pointsman.adapters.workspace.quarantine import QuarantineFiles
from pointsman.core.corpus.documents import Refusal
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.supervision.probes import Probe
from pointsman.core.supervision.retriever_pairs import Pair, corpus_pairs, open_probes, training_probes
from pointsman.ports.validation import Validator
from pointsman.settings.params import Params
from pointsman.stages.runner import run
from pointsman.stages.shared import context
from pointsman.stages.shared.artifacts import (
    CHUNKS,
    PAIRS,
    PAIRS_REPORT,
    VALIDATED,
    WORKSPACE,
    chunk_of,
    read_json,
    read_lines,
    write_json,
)
from pointsman.stages.shared.built_index import built_index
from pointsman.stages.shared.messages import plural
from pointsman.steps.supervision.accept import accepted_probes
from pointsman.steps.supervision.retriever_pairs import accepted_pairs, asked_by, with_negatives


def main() -> None:
    """Write build/pairs.jsonl (one pair a line, with its origin) and build/pairs.json (counts)."""
    params = context.params()
    validator = validator_of(WORKSPACE, params)
    manifest = Manifest.from_json(read_json(VALIDATED)["manifest"])
    restricted = context.restricted(manifest)
    probes = open_probes(_golden_probes(params, validator, manifest), restricted)
    pairs, refused = accepted_pairs(_pairs(params, probes, restricted), validator)
    QuarantineFiles(WORKSPACE.state / "quarantine").replace("pairs", refused)
    PAIRS.write_text("".join(json.dumps(p.as_json(), sort_keys=True) + "\n" for p in pairs), encoding="utf-8")
    counts = _counts(pairs, refused)
    write_json(PAIRS_REPORT, counts)
    print(
        f"pairs: {plural(len(pairs), 'pair')} with {plural(counts['negatives'], 'hard negative')}, "
        f"{counts['refused']} refused"
    )


def _golden_probes(params: Params, validator: Validator, manifest: Manifest) -> list[Probe]:
    """Return the golden probes that a training may learn from."""
    lines, documents = JsonLines(WORKSPACE.root / params.probes.path), manifest.entries.keys()
    probes, _ = accepted_probes(lines, validator, documents, context.tombstones(), screen=screen)
    return list(training_probes(probes, params.seed))


def _pairs(params: Params, probes: Sequence[Probe], restricted: frozenset[str]) -> list[Pair]:
    """Return the pairs of probes and of chunks, with hard negatives from build/index; none of ``restricted``."""
    models, lora = context.model_loader(), params.retriever.lora
    embedder = models.embedder(models.base("retriever"))
    chunks = [chunk_of(row) for row in read_lines(CHUNKS)]
    pairs = asked_by(probes, chunks, embedder)
    pairs += corpus_pairs(chunks, seed=params.seed, at_most=lora.max_pairs, restricted=restricted)
    with built_index(params) as (index, at):
        return with_negatives(
            pairs, index, at, embedder=embedder, sketch=sketch, at_most=lora.negatives, allow=context.for_all()
        )


def _counts(pairs: Sequence[Pair], refused: Sequence[Refusal]) -> dict[str, Any]:
    """Return what build/pairs.json says."""
    return {
        "corpus": read_json(VALIDATED)["corpus"],
        "pairs": dict(Counter(p.kind for p in pairs)),
        "negatives": sum(len(p.negatives) for p in pairs),
        "false_negatives_dropped": sum(p.too_near for p in pairs),
        "copies_dropped": sum(p.copies for p in pairs),
        "refused": len({r.item for r in refused}),
    }


if __name__ == "__main__":
    run(main)
