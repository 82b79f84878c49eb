"""(a) A JSON shape with citations that the model does not know: one refresh teaches it, and the gate lets it pass."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.proofs.course import CONFIDENCE, FULL, SEED, SMOKE, Course
from bench.proofs.place import Told
from bench.proofs.verdict import Goal, Verdict, yes
from pointsman.core.signals import Signal, paired, proportion

MOST_BEFORE, SHAPE, CITATION = 0.05, 0.95, 0.85
MEASURES = {"shape_valid": "valid shape", "citation_correct": "right citation"}
CONTEXTS = ("oracle", "retrieved")
SIDES = ("champion", "challenger")


def prove(*, smoke: bool = False) -> Verdict:
    """Return how valid shape and right citations rise on held-out examples, in the exam that the product sat.

    Args:
        smoke: few examples, to see that all parts fit; proves nothing.
    """
    course = Course(SMOKE if smoke else FULL)
    return judged(course, course.taught())


def judged(course: Course, told: Told) -> Verdict:
    """Hold the exam that the product recorded against the limits."""
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
    goals.append(Goal(yes("the gate promotes the adapter", report["gate"] == "promote"), 1, items=1))
    return Verdict(
        "a",
        "a new JSON shape with citations is learned from examples",
        goals,
        course.place.seconds,
        measures=[
            *(shares[c, "champion", m] for c in CONTEXTS for m in MEASURES if (c, m) != ("oracle", "shape_valid")),
            *gains(exam["items"]),
        ],
        facts={
            "split": "by cited document (core.examples.split): no sheet of a held-out example is cited in training",
            "decision": report["decision"], "gate": report["gate"], "rulings": exam["rulings"],
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
