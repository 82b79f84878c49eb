"""examples: accept or refuse each example, split them by document, and write each one's prompt with its passages.

No example about a document that not everybody may read is learned, and no prompt holds a passage of one (ADR 40).
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from pointsman.adapters.minhash import sketch
from pointsman.adapters.validation.cached import validator_of
from pointsman.adapters.validation.findings import screen
from pointsman.adapters.validation.json_schema import JsonSchema, open_schema
from pointsman.adapters.workspace.files import JsonLines
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.supervision.decontamination import Split, split_without_leaks
from pointsman.core.supervision.examples import Example, set_id
from pointsman.core.supervision.lineage import Corpus, Lineage
from pointsman.settings.params import Params
from pointsman.stages.runner import run
from pointsman.stages.shared import context
from pointsman.stages.shared.artifacts import EXAMPLES, LINEAGE, VALIDATED, WORKSPACE, read_json, write_json
from pointsman.stages.shared.built_index import built_index
from pointsman.stages.shared.messages import plural
from pointsman.steps.serving.prompts import Order, build_prompts, training_order
from pointsman.steps.serving.retrieve import rerank_of
from pointsman.steps.supervision.accept import Judged, judge_examples

Rows = list[dict[str, Any]]


def main() -> None:
    """Write build/examples.json: prompts and completions to train on and to evaluate on, and what was refused."""
    params, validated = context.params(), read_json(VALIDATED)
    schema = open_schema(WORKSPACE.root, params.examples.schema)
    manifest = Manifest.from_json(validated["manifest"])
    judged = _judge(params, Corpus(manifest.entries, context.restricted(manifest)), schema)
    split = split_without_leaks(judged.accepted, params.seed, sketch)
    training, held_out = _with_prompts(params, split)
    value = {
        "corpus": validated["corpus"],
        "set": set_id(judged.accepted),
        "schema": schema.grammar if schema else None,
        "completions": [e.completion for e in judged.accepted],
        "training": training,
        "held_out": held_out,
        "leaked": [{"id": id_, "copies": copied} for id_, copied in split.leaked],
        "refused": [asdict(r) for r in judged.refused],
        "stale": sorted({each.digest for each in judged.stale}),
    }
    write_json(EXAMPLES, value)
    print(_message(split, judged))


def _judge(params: Params, corpus: Corpus, schema: JsonSchema | None) -> Judged:
    """Return the accepted and refused examples of the workspace's files."""
    return judge_examples(
        JsonLines(WORKSPACE.root / params.examples.path),
        validator_of(WORKSPACE, params),
        corpus,
        tombs=context.tombstones(),
        lineage=Lineage.from_json(read_json(LINEAGE)["lineage"]),
        schema=schema,
        screen=screen,
    )


def _with_prompts(params: Params, split: Split) -> tuple[Rows, Rows]:
    """Return the rows of the training examples and of the held-out ones, with passages that everybody may see."""
    models = context.model_loader()
    embedder, rerank = models.embedder(models.base("retriever")), rerank_of(models, models.reranking())
    allow = context.for_all()
    with built_index(params) as (index, at):

        def rows(examples: Sequence[Example], order: Order | None) -> Rows:
            prompts = build_prompts(
                index, embedder, at, examples=examples, generator=params.generator, rerank=rerank, order=order,
                allow=allow,
            )  # fmt: skip
            return [
                {"prompt": p.prompt, "completion": p.completion, "item": asdict(p.item), "digest": e.digest}
                for e, p in zip(examples, prompts, strict=True)
            ]

        order = training_order(params.generator, len(split.training), params.seed)
        return rows(split.training, order), rows(split.held_out, None)


def _message(split: Split, judged: Judged) -> str:
    """Return what people read."""
    refused = _distinct(r.item for r in judged.refused)
    stale = _distinct(s.digest for s in judged.stale if not s.restricted)
    restricted = _distinct(s.digest for s in judged.stale if s.restricted)
    return (
        f"examples: {len(split.training)} to train on, {len(split.held_out)} held out; left out: "
        f"{plural(len(split.leaked), 'near copy', 'near copies')} of training examples, "
        f"{refused} refused ({stale} of them stale, {restricted} about restricted documents)"
    )


def _distinct(ids: Iterable[str]) -> int:
    return len(set(ids))


if __name__ == "__main__":
    run(main)
