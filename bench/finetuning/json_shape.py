"""(a) A JSON shape with citations that the model does not know: one refresh teaches it, and the gate lets it pass.

Beside the product's exam, the held-out questions are asked with their passages in the opposite order: as served, the
right passage nearly always stands first.
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
    """Return how valid shape and right citations rise on held-out examples, in the exam that the product sat.

    Args:
        smoke: few examples, to see that all parts fit; proves nothing.
    """
    course = SharedSteps(SMOKE if smoke else FULL)
    told = course.taught()
    return judged(course, told, course.place.step("turned round", lambda: _turned_round(course, told)))


def turned_round(row: Mapping[str, Any], words: int) -> tuple[list[Mapping[str, str]], Item]:
    """Return the prompt and the item of a posed example with its passages in the opposite order."""
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


def _turned_round(course: SharedSteps, told: StepResult) -> StepResult:
    """Ask the held-out examples once more with their passages in the opposite order, of the new adapter.

    Retrieval puts the right passage first nearly always, in training as in the exam: an adapter could have learned to
    cite what stands first.
    """
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.steps.evaluation.answers import examine
    from pointsman.steps.serving.prompts import Posed

    rows = course.posed()["held_out"]
    with open_desk(course.place.root) as desk:
        form = desk.params.generator
        model = replace(desk.models.base("generator"), adapter=told["training"]["adapter_fingerprint"])
        turned = [turned_round(row, form.passage_tokens) for row in rows]
        posed = [Posed(prompt, row["completion"], item) for (prompt, item), row in zip(turned, rows, strict=True)]
        shape = Shape.of([row["completion"] for row in rows])
        scores = examine(desk.models.generator(model), posed, shape, form.max_new_tokens, likelihood=False)
    first = [row["item"]["context"][:1] == row["item"]["cites"][:1] for row in rows]
    kept = ("shape_valid", "citation_correct", "answer")
    return {"first": first, "scores": [{name: getattr(score, name) for name in kept} for score in scores]}


def judged(course: SharedSteps, told: StepResult, turned: StepResult) -> ProofResult:
    """Hold the exam that the product recorded, and the one with passages turned round, against the limits."""
    exam, report, n = told["exam"], told["report"], course.size.fewest
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
        course.place.seconds,
        measures=[
            *(shares[c, "champion", m] for c in CONTEXTS for m in MEASURES if (c, m) != ("oracle", "shape_valid")),
            *gains(exam["items"]),
        ],
        facts={
            "split": "by cited document (core.supervision.examples.split): "
            "no sheet of a held-out example is cited in training",
            "decision": report["decision"], "gate": report["gate"],
            "right_passage_first_as_served": sum(turned["first"]), "rulings": exam["rulings"],
            "contexts": exam["contexts"], "training": told["training"], "lora": course.size.lora,
        },
    )  # fmt: skip


def share(exam: Mapping[str, Any], context: str, side: str, measure: str) -> Signal:
    """Return a share of the exam with its Wilson interval."""
    found = exam["contexts"][context][side]
    n = round(found["n"])
    right = round(found[measure] * n)
    name = f"{MEASURES[measure]}, {context}, {'before' if side == 'champion' else 'after'}"
    return proportion(name, [True] * right + [False] * (n - right), CONFIDENCE, "share of answers, 0..1")


def gains(items: Sequence[Mapping[str, Any]]) -> list[Signal]:
    """Return the paired gains in the oracle context."""
    found = []
    for measure, words in MEASURES.items():
        deltas = [float(i["challenger_score"][measure]) - float(i["champion_score"][measure]) for i in items]
        found.append(paired(f"{words}, oracle, after minus before", deltas, CONFIDENCE, unit="-1..1", seed=SEED))
    return found
