"""evaluate: base and new adapter answer the same held-out prompts; golden probes search the new index."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pointsman.adapters.models.causal_generator import CausalGenerator
from pointsman.adapters.models.loader import ModelLoader
from pointsman.adapters.validation.cached import validator_of
from pointsman.adapters.validation.findings import screen
from pointsman.adapters.validation.json_schema import JsonSchema
from pointsman.adapters.workspace.files import JsonLines
from pointsman.core.evaluation.answer_scoring import Item, mean_measures
from pointsman.core.index.hits import documents_of
from pointsman.core.supervision.examples import Shape
from pointsman.core.supervision.probes import Probe
from pointsman.ports.models import Generator
from pointsman.settings.params import Params
from pointsman.stages.runner import run
from pointsman.stages.shared import context
from pointsman.stages.shared.artifacts import (
    EVALUATION,
    EXAMPLES,
    GENERATOR,
    RETRIEVER_REPORT,
    VALIDATED,
    WORKSPACE,
    read_json,
    write_json,
)
from pointsman.stages.shared.built_index import built_index
from pointsman.stages.shared.messages import plural, show_progress
from pointsman.steps.evaluation.answers import answer_and_score
from pointsman.steps.serving.prompts import BuiltPrompt
from pointsman.steps.serving.retrieve import rerank_of, retrieve
from pointsman.steps.supervision.accept import accepted_probes

ADAPTER_CONFIG = "adapter_config.json"
"""File that every PEFT adapter has."""

Numbers = Mapping[str, float | None]


def main() -> None:
    """Write build/evaluation.json."""
    params, models, examples = context.params(), context.model_loader(), read_json(EXAMPLES)
    shape = Shape.of(examples["completions"])
    scores = _score_generators(params, models, examples, shape)
    probes = _score_retrieval(params, models)
    trained = {k: v for k, v in read_json(RETRIEVER_REPORT).items() if k.startswith("held_out") or k == "pairs"}
    value = {
        "corpus": examples["corpus"],
        "shape": shape.describe() if shape else None,
        "generator": scores,
        "probes": probes,
        "retriever": trained,
    }
    write_json(EVALUATION, value)
    print(_message(scores, probes))


def _score_generators(
    params: Params, models: ModelLoader, examples: Mapping[str, Any], shape: Shape | None
) -> dict[str, Numbers]:
    """Return the mean scores of the base and of the new adapter on the held-out prompts; empty without such prompts."""
    prompts = [_prompt(row) for row in examples["held_out"]]
    schema = JsonSchema(json.dumps(examples["schema"]), "examples.schema") if examples["schema"] else None
    tokens = params.generator.max_new_tokens
    return {
        name: mean_measures(answer_and_score(generator, prompts, shape, tokens, schema=schema)) if prompts else {}
        for name, generator in _generators(models).items()
    }


def _generators(models: ModelLoader) -> dict[str, Generator]:
    """Return the base model, and the same with the adapter in build/generator, if one was trained."""
    base = models.base("generator")
    if not (GENERATOR / ADAPTER_CONFIG).is_file():
        return {"base": models.generator(base)}
    adapted = CausalGenerator(
        models.folder(base.model), fingerprint=base.base, adapter=GENERATOR, progress=show_progress
    )
    return {"base": models.generator(base), "adapter": adapted}


def _prompt(row: Mapping[str, Any]) -> BuiltPrompt:
    """Return a row of build/examples.json."""
    item: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row["item"].items()
    }
    return BuiltPrompt(row["prompt"], row["completion"], Item(**item))


def _score_retrieval(params: Params, models: ModelLoader) -> dict[str, float]:
    """Return hit@k (0..1) of the golden probes on build/index, with the number of probes and of refused ones."""
    documents = read_json(VALIDATED)["manifest"]["documents"].keys()
    validator, lines = validator_of(WORKSPACE, params), JsonLines(WORKSPACE.root / params.probes.path)
    probes, refused = accepted_probes(lines, validator, documents, context.tombstones(), screen=screen)
    hits = _hits(params, models, probes)
    return {"n": len(hits), "refused": len(refused)} | ({"hit_at_k": sum(hits) / len(hits)} if hits else {})


def _hits(params: Params, models: ModelLoader, probes: Sequence[Probe]) -> list[bool]:
    """Return for each probe whether one of its documents is found."""
    embedder, rerank = models.embedder(models.base("retriever")), rerank_of(models, models.reranking())
    with built_index(params) as (index, at):
        found = retrieve(
            index, embedder, at, questions=[p.question for p in probes], top_k=params.retriever.top_k, rerank=rerank
        )
    return [p.hit(documents_of(hits)) for p, hits in zip(probes, found, strict=True)]


def _message(scores: Mapping[str, Numbers], probes: Numbers) -> str:
    """Return what people read: the scores of both generators, and the hit rate of the probes."""
    parts = [f"{name}: {_listed(numbers)}" for name, numbers in scores.items() if numbers]
    found = probes.get("hit_at_k")
    rate = "" if found is None else f", {found:.0%} of them found"
    return "evaluate: " + "; ".join([*parts, plural(int(probes["n"] or 0), "golden probe") + rate])


def _listed(numbers: Numbers) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in numbers.items() if value is not None)


if __name__ == "__main__":
    run(main)
