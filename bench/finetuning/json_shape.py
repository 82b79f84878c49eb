"""(a) A new JSON form with citations: one refresh trains it, and the gate promotes the adapter.

After the product's own evaluation, the held-out questions are asked again with their passages in reverse order, because
in serving the right passage is nearly always the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.finetuning.shared_steps import CONFIDENCE, FULL, SEED, SMOKE, SharedSteps
from bench.finetuning.verdict import Goal, ProofResult, yes
from bench.finetuning.workspace import StepResult
from pointsman.core.evaluation.answer_scoring import Item
from pointsman.core.evaluation.statistics import Signal, paired, proportion
from pointsman.core.prompt import build_prompt
from pointsman.core.supervision.examples import Shape

MOST_BEFORE, SHAPE, CITATION = 0.05, 0.95, 0.85
MEASURES = {"shape_valid": "valid shape", "citation_correct": "right citation"}
CONTEXTS = ("oracle", "retrieved")
SIDES = ("champion", "challenger")


def run_proof(*, smoke: bool = False) -> ProofResult:
    """Measure the rise of valid JSON and right citations on held-out examples, from the product's own evaluation.

    Args:
        smoke: few examples, as a test of the code.
    """
    shared = SharedSteps(SMOKE if smoke else FULL)
    trained = shared.taught()
    return judged(shared, trained, shared.place.step("turned round", lambda: _turned_round(shared, trained)))


def turned_round(row: Mapping[str, Any], words: int) -> tuple[list[Mapping[str, str]], Item]:
    """Return the prompt and the item of a held-out example with its passages in reverse order."""
    columns: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in row["item"].items()}
    item = Item(**columns)
    item = replace(item, context=item.context[::-1], passages=item.passages[::-1])
    shown = [Shown(document, text) for document, text in zip(item.context, item.passages, strict=True)]
    return build_prompt(item.question, shown, words), item


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage of a prompt."""

    document: str
    text: str


def _turned_round(shared: SharedSteps, trained: StepResult) -> StepResult:
    """Ask the new adapter the held-out questions with their passages in reverse order.

    Retrieval nearly always puts the right passage first, in training and in evaluation, so an adapter could have
    learned to cite the first passage.
    """
    from pointsman.bootstrap.workspace import open_resources
    from pointsman.steps.evaluation.answers import answer_and_score
    from pointsman.steps.serving.prompts import BuiltPrompt

    rows = shared.posed()["held_out"]
    with open_resources(shared.place.root) as resources:
        form = resources.params.generator
        model = replace(resources.models.base("generator"), adapter=trained["training"]["adapter_fingerprint"])
        turned = [turned_round(row, form.passage_tokens) for row in rows]
        posed = [BuiltPrompt(prompt, row["completion"], item) for (prompt, item), row in zip(turned, rows, strict=True)]
        shape = Shape.of([row["completion"] for row in rows])
        scores = answer_and_score(
            resources.models.generator(model), posed, shape, form.max_new_tokens, likelihood=False
        )
    first = [row["item"]["context"][:1] == row["item"]["cites"][:1] for row in rows]
    kept = ("shape_valid", "citation_correct", "answer")
    return {"first": first, "scores": [{name: getattr(score, name) for name in kept} for score in scores]}


def judged(shared: SharedSteps, trained: StepResult, turned: StepResult) -> ProofResult:
    """Compare the recorded evaluation, and the one with reversed passages, with the limits."""
    exam, report, n = trained["exam"], trained["report"], shared.size.fewest
    shares = {
        (context, side, measure): share(exam, context, side, measure)
        for context in CONTEXTS
        for side in SIDES
        for measure in MEASURES
    }
    goals = [Goal(shares["oracle", "champion", "shape_valid"], MOST_BEFORE, at_most=True, items=n)]
    for measure, limit in (("shape_valid", SHAPE), ("citation_correct", CITATION)):
        goals += [Goal(shares[context, "challenger", measure], limit, items=n) for context in CONTEXTS]
    goals.append(
        Goal(
            proportion(
                "right citation, passages turned round",
                [score["citation_correct"] for score in turned["scores"]],
                CONFIDENCE,
                "share of answers, 0..1",
            ),
            CITATION,
            items=n,
        )
    )
    goals.append(Goal(yes("the gate promotes the adapter", report["gate"] == "promote"), 1, items=1))
    return ProofResult(
        "a",
        "a new JSON shape with citations is learned from examples",
        goals,
        shared.place.seconds,
        measures=[
            *(shares[c, "champion", m] for c in CONTEXTS for m in MEASURES if (c, m) != ("oracle", "shape_valid")),
            *gains(exam["items"]),
        ],
        facts={
            "split": "by cited document (core.supervision.examples.split): "
            "no sheet of a held-out example is cited in training",
            "decision": report["decision"], "gate": report["gate"],
            "right_passage_first_as_served": sum(turned["first"]), "rulings": exam["rulings"],
            "contexts": exam["contexts"], "training": trained["training"], "lora": shared.size.lora,
        },
    )  # fmt: skip


def share(exam: Mapping[str, Any], context: str, side: str, measure: str) -> Signal:
    """Return a share of the evaluation with its Wilson interval."""
    found = exam["contexts"][context][side]
    n = round(found["n"])
    right = round(found[measure] * n)
    name = f"{MEASURES[measure]}, {context}, {'before' if side == 'champion' else 'after'}"
    return proportion(name, [True] * right + [False] * (n - right), CONFIDENCE, "share of answers, 0..1")


def gains(items: Sequence[Mapping[str, Any]]) -> list[Signal]:
    """Return the paired gains with the right passages in the prompt (oracle context)."""
    found = []
    for measure, words in MEASURES.items():
        deltas = [float(i["challenger_score"][measure]) - float(i["champion_score"][measure]) for i in items]
        found.append(paired(f"{words}, oracle, after minus before", deltas, CONFIDENCE, unit="-1..1", seed=SEED))
    return found
