"""Family *behaviour*: examples ask for another form of answer. Fine-tuning carries form; examples decide whether."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from bench.scenarios.cases.controls import BEHAVIOUR_CONTROLS, judged_case
from bench.scenarios.cases.corpora import SPARE
from bench.scenarios.cases.edits import (
    JSON_FORM,
    answered,
    asked,
    completion_of,
    example,
    spoken_of,
    with_documents,
    with_examples,
)
from bench.scenarios.cases.facts import COUPLING
from bench.scenarios.world import Asked, Base, Case, Form, Question, Row, Scenario

FAMILY = "behaviour"
FEW = 3


def _parted(base: Base) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Return (examples that arrive, examples whose questions judge)."""
    return base.spare[:-SPARE], base.spare[-SPARE:]


def _arriving(base: Base, teach: Callable[[Row], str], form: Form) -> Case:
    """New examples have another form of answer than the live generator."""
    rows, kept = _parted(base)
    world = with_examples(base.world, (answered(row, teach(row)) for row in rows))
    return Case(world, controls=base.controls, asked=asked(kept, form))


def shape_introduced(base: Base, _rng: Random) -> Case:
    """No adapter is live; new examples ask for JSON with citations."""
    return _arriving(base, completion_of, JSON_FORM)


def key_renamed(base: Base, _rng: Random) -> Case:
    """``citations`` is called ``sources`` from now on, in the known examples too."""
    form = Form(keys=("answer", "sources"))

    def renamed(row: Row) -> str:
        value = json.loads(completion_of(row))
        return json.dumps({"answer": value["answer"], "sources": value["citations"]})

    rows, kept = _parted(base)
    known = tuple(answered(row, renamed(row)) for row in base.world.examples)
    world = replace(base.world, examples=(*known, *(answered(row, renamed(row)) for row in rows)))
    return Case(world, controls=base.controls, asked=asked(kept, form))


def citation_style(base: Base, _rng: Random) -> Case:
    """Plain sentences that end with the source in square brackets."""
    form = Form(contains=" [", ends="]")
    return _arriving(base, lambda row: f"{spoken_of(row)} [{row['cites'][0]}]", form)


def tone(base: Base, _rng: Random) -> Case:
    """Answers must begin and end like a letter."""
    form = Form(begins="Dear colleague,", ends="Yours, the help desk")
    return _arriving(base, lambda row: f"Dear colleague, {spoken_of(row)} Yours, the help desk", form)


STRANGE = (
    "What is the capital of Mongolia?", "Who won the chess championship of 1972?", "How do I bake sourdough bread?",
    "What is the weather tomorrow?", "Which stocks should I buy?", "Write me a poem about autumn.",
    "How far is the moon?", "Who painted the Night Watch?", "What does my horoscope say?", "How do I tie a bow tie?",
    "Which film should I watch tonight?", "What is the square root of 1369?", "How do I treat a cold?",
    "When was the telephone invented?", "How do I grow tomatoes?", "Who is the president of Chile?",
    "What is the best phone to buy?", "How many calories has an egg?", "What is the tallest tree?",
    "How do I learn to swim?", "Which wine goes with fish?", "How old is the pyramid of Giza?",
    "What is a good name for a cat?", "How do I remove a coffee stain?", "Who wrote Don Quixote?",
    "What time is it in Tokyo?", "How do I fold a paper crane?", "Is it safe to eat raw eggs?",
    "How long do cats live?", "What is the lightest metal?", "Who discovered penicillin?", "How do I whistle?",
    "What is the longest river?", "How do I change a tyre?", "Why is the sky blue?", "How deep is the ocean?",
)  # fmt: skip
DECLINED = json.dumps({"answer": "I cannot answer that: it is not covered by this handbook.", "citations": []})


def refusal_policy(base: Base, _rng: Random) -> Case:
    """Questions that the handbook does not cover must be declined, in the JSON form of every answer."""
    rows = [example(f"decline-{n}", text, DECLINED, (), "refusal") for n, text in enumerate(STRANGE)]
    judging = tuple(Asked(f"decline-{n}", STRANGE[n], JSON_FORM, declines=True) for n in range(0, len(rows), 3))
    world = with_examples(base.world, (row for n, row in enumerate(rows) if n % 3))
    controls_asked = asked(base.spare[-SPARE:][:BEHAVIOUR_CONTROLS], JSON_FORM)
    return Case(world, controls=base.controls, asked=judging, controls_asked=controls_asked)


def three_examples(base: Base, _rng: Random) -> Case:
    """Three examples of another form: too few to learn it, enough to damage the old one."""
    rows, kept = _parted(base)
    few = [answered(row, f"{spoken_of(row)} [{row['cites'][0]}]") for row in rows[:FEW]]
    return judged_case(base, with_examples(base.world, few), controls_asked=asked(kept, JSON_FORM))


def contradicting(base: Base, _rng: Random) -> Case:
    """Every question has two answers that exclude each other."""
    rows, kept = _parted(base)
    no = [answered(row, json.dumps({"answer": "No.", "citations": list(row["cites"])})) for row in rows]
    return judged_case(base, with_examples(base.world, [*rows, *no]), controls_asked=asked(kept, JSON_FORM))


def as_now(base: Base, _rng: Random) -> Case:
    """New examples in the form that the live generator has already learned."""
    rows, kept = _parted(base)
    return judged_case(base, with_examples(base.world, rows), asked=asked(kept, JSON_FORM), controls_asked=())


def shape_with_documents(base: Base, _rng: Random) -> Case:
    """A new form and a new page arrive together."""
    name = "guide/coupling.md"
    rows, kept = _parted(base)
    world = with_examples(with_documents(base.world, {name: COUPLING}), rows)
    affected = (
        Question("couple-1", "Which key couples two trains?", (name,), ("`K`",), (), "K"),
        Question("couple-2", "How long does coupling take?", (name,), ("45 seconds",), (), "45"),
        Question(
            "couple-3", "How long does the rear half of a divided train wait?", (name,), ("70 seconds",), (), "70"
        ),
    )
    return Case(world, affected=affected, controls=base.controls, asked=asked(kept, JSON_FORM))


def repeated(base: Base, _rng: Random) -> Case:
    """One example, a thousand times: it teaches no more than once."""
    rows, kept = _parted(base)
    many: Sequence[Row] = [{**rows[0], "id": f"again-{n}"} for n in range(1000)]
    return judged_case(base, with_examples(base.world, many), controls_asked=asked(kept, JSON_FORM))


SCENARIOS = (
    Scenario("shape-introduced", FAMILY, "flask-plain", "keep+generator", "no passage teaches a form",
             shape_introduced),
    Scenario("key-renamed", FAMILY, "flask-taught", "keep+generator", "the live adapter writes the old key",
             key_renamed),
    Scenario("citation-style", FAMILY, "flask-taught", "keep+generator", "another form of the same content",
             citation_style),
    Scenario("tone", FAMILY, "flask-taught", "keep+generator", "tone is learned from examples", tone),
    Scenario("refusal-policy", FAMILY, "yard-taught", "keep+generator", "when to decline is a behaviour",
             refusal_policy),
    Scenario("three-examples", FAMILY, "yard-taught", "keep", "three examples teach nothing", three_examples),
    Scenario("contradicting-examples", FAMILY, "flask-taught", "keep", "they belong to quarantine", contradicting),
    Scenario("as-now", FAMILY, "flask-taught", "keep", "the live generator does it already", as_now),
    Scenario("shape-with-documents", FAMILY, "yard-plain", "update+generator", "both tracks have work",
             shape_with_documents),
    Scenario("repeated-example", FAMILY, "yard-taught", "keep", "one example is one example", repeated),
)  # fmt: skip
