"""How long does the evaluation of a generator take? The sample's questions, with the prompts of the gate.

    python -m bench.speed.answer_evaluation WORKSPACE [--items 100]

WORKSPACE has a live release and the sample's examples and probes. Items come from all contexts of the evaluation (with
the cited passages, as served, without the cited documents) until there are enough. Each item is answered, and the
likelihood of its reference answer is computed. Limit: 100 items in 180 seconds.
"""

import argparse
import json
import sys
import time
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pointsman.bootstrap.workspace import make_resources
from pointsman.core.supervision.examples import Example
from pointsman.core.supervision.probes import Probe
from pointsman.steps.evaluation.answers import answer_and_score, shape_of
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.observe.state import observe_state
from pointsman.steps.serving.prompts import prompt_set
from pointsman.steps.supervision.accept import examples_of, probes_of

RESULT = Path(__file__).parents[1] / "results" / "answer_evaluation.json"
LIMIT_SECONDS_PER_ITEM = 1.8


def asked(probe: Probe) -> Example:
    """Return a golden probe as an item of the evaluation."""
    said = ({"role": "user", "content": probe.question}, {"role": "assistant", "content": probe.answer or "-"})
    return Example(probe.id, said, probe.documents, probe.tags)


def main() -> None:
    """Time the evaluation, print the table, write bench/results/answer_evaluation.json; exit with 1 above the limit."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("workspace", type=Path)
    options.add_argument("--items", type=int, default=100)
    chosen = options.parse_args()
    resources = make_resources(chosen.workspace)
    live = live_release(resources.ledger)
    if live is None:
        raise SystemExit(f"nothing is live in {chosen.workspace}; run pointsman refresh there first")
    supervision = observe_state(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    ).supervision
    examples = [*examples_of(resources.examples, supervision), *map(asked, probes_of(resources.probes, supervision))]
    embedder = resources.models.embedder(live.embedder)
    started = time.perf_counter()
    paper = prompt_set(resources.index, embedder, live.index, examples, resources.params.generator)
    posing = time.perf_counter() - started
    different = {str(p.prompt): p for p in chain(paper.oracle, paper.without, paper.retrieved)}
    posed = list(different.values())[: chosen.items]
    generator = resources.models.generator(live.generator)
    generator.generate([posed[0].prompt], max_new_tokens=1)
    started = time.perf_counter()
    answer_and_score(generator, posed, shape_of(examples), resources.params.generator.max_new_tokens)
    seconds = time.perf_counter() - started
    result = {
        "items": len(posed),
        "seconds": round(seconds, 2),
        "seconds_per_item": round(seconds / len(posed), 4),
        "limit_seconds_per_item": LIMIT_SECONDS_PER_ITEM,
        "seconds_to_pose": round(posing, 2),
        "max_new_tokens": resources.params.generator.max_new_tokens,
        "adapter": live.generator.adapter is not None,
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    table = Table("measure", "value", title="Speed of the evaluation")
    for name, value in result.items():
        table.add_row(name, str(value))
    Console().print(table)
    sys.exit(0 if len(posed) == chosen.items and seconds <= LIMIT_SECONDS_PER_ITEM * len(posed) else 1)


if __name__ == "__main__":
    main()
