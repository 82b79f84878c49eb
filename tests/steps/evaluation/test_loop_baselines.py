"""Baselines over fake ports: which are evaluated, where the record shows them, and what the decision says of them."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rich.console import Console

from pointsman.adapters.reports.decision_html import page
from pointsman.adapters.validation.json_schema import JsonSchema
from pointsman.cli.tables import answers_table
from pointsman.settings.params import GeneratorModel, Policy
from pointsman.steps.evaluation.baselines import few_shot_examples, grammar_baseline, with_examples_before
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.review.history import explain
from pointsman.steps.serving.prompts import BuiltPrompt, build_prompts
from tests.fakes.resources import FakeResources, begun, run
from tests.steps.lessons import lessons, split_of
from tests.steps.live_releases import release_index

Opened = Callable[..., FakeResources]

CITED = 0.9
"""Required share of right citations; no baseline of the fake reaches it, so that a training follows."""


def generator(**how: Any) -> GeneratorModel:
    return GeneratorModel("tiny-generator", **how)


def evaluated(opened: Opened, **how: Any) -> tuple[FakeResources, Outcome]:
    resources = begun(
        opened(20, generator=generator(**how), policy=Policy(min_examples=8, min_probes=4, citation_correct=CITED))
    )
    resources.examples.write(lessons(20))
    return resources, run(resources)


def test_no_baseline_is_evaluated_unless_it_is_switched_on(opened: Opened) -> None:
    _, outcome = evaluated(opened)
    assert outcome.evaluation is not None
    assert "arms" not in outcome.evaluation
    assert not [s for s in outcome.signals if s.name.endswith((".constrained", ".few_shot"))]


def test_both_baselines_are_in_record_report_and_terminal(opened: Opened) -> None:
    resources, outcome = evaluated(opened, constrained=True, few_shot=2)
    assert outcome.evaluation is not None
    baselines = outcome.evaluation["arms"]
    assert set(baselines) == {"live constrained", "live few-shot"}
    assert baselines["live constrained"]["scores"]["shape_valid"] == 1.0
    assert baselines["live constrained"]["scores"]["n"] == outcome.evaluation["champion"]["n"]
    assert outcome.evaluation["champion"]["shape_valid"] == 0.0
    record = explain(None, ledger=resources.ledger, memory=resources.memory)
    assert record["replays"]
    assert record["exam"]["arms"] == json.loads(json.dumps(baselines))
    reasons = {r["signal"] for r in record["report"]["decision"]["reasons"]}
    assert "shape.few_shot" not in reasons, "it gives the shape without the citations, so it ends no argument"
    html = page(record)
    assert "live few-shot" in html
    assert baselines["live constrained"]["because"] in html
    console = Console(width=200, record=True)
    console.print(answers_table(record["exam"]))
    assert "live constrained" in console.export_text()


def test_where_held_answers_are_as_good_nothing_is_trained_and_the_way_out_is_named(opened: Opened) -> None:
    resources = begun(opened(20, generator=generator(constrained=True)))
    resources.examples.write(lessons(20))
    outcome = run(resources)
    assert (outcome.decision.train, resources.builder.calls["train_generator"]) == ((), 0)
    assert "generator.constrained alone gives what the examples ask" in outcome.decision.debt[0]
    assert run(resources.with_params(generator=generator())).decision.train == ("generator",)


def test_a_live_adapter_is_asked_beside_its_base(opened: Opened) -> None:
    resources = begun(opened(40))
    resources.examples.write(lessons(20))
    run(resources)
    resources.examples.write(lessons(40))
    outcome = run(resources.with_params(generator=generator(constrained=True)))
    baselines = {s.name for s in outcome.signals if s.name.endswith("shape.constrained")}
    assert baselines == {"shape.constrained", "base.shape.constrained"}
    assert outcome.decision.train == (), "the live one answers as asked already"
    assert not [r for r in outcome.decision.reasons if "constrained" in r.signal]


def test_examples_without_a_common_shape_leave_the_grammar_out_and_say_so(opened: Opened) -> None:
    policy = Policy(min_examples=8, min_probes=4, form_told=0.0)
    resources = begun(opened(20, generator=generator(constrained=True), policy=policy))
    rows = lessons(20)
    for n, row in enumerate(rows):
        row["messages"][1]["content"] = json.dumps({f"key{n % 2}": "x", "citations": row["cites"]})
    resources.examples.write(rows)
    outcome = run(resources)
    assert outcome.evaluation is not None
    assert outcome.evaluation["arms"] == {
        "live constrained": {
            "scores": {},
            "because": "the examples have no common shape and examples.schema names none: no grammar to follow",
        }
    }


def test_a_schema_goes_before_the_common_shape(opened: Opened) -> None:
    schema = JsonSchema('{"type": "object"}', "answers.json")
    assert grammar_baseline(schema, None, []) == {"type": "object"}
    assert grammar_baseline(None, None, []) is None


def test_a_schema_without_a_grammar_costs_the_baseline_and_not_the_run(opened: Opened) -> None:
    resources = begun(opened(20, generator=generator(constrained=True)))
    resources.examples.write(lessons(20))
    either = JsonSchema('{"anyOf": [{"type": "object"}, {"type": "string"}]}', "answers.json")
    outcome = run(replace(resources, schema=either))
    assert outcome.gate == "promote"
    assert outcome.evaluation is not None
    assert "examples.schema cannot be enforced" in outcome.evaluation["arms"]["live constrained"]["because"]


def test_shots_are_training_examples_before_the_question_and_never_held_out_ones(opened: Opened) -> None:
    resources = begun(opened(20))
    training, held_out = split_of(resources, lessons(20))
    shots = few_shot_examples(training, 3, 17)
    assert len(shots) == 3
    assert shots == few_shot_examples(training, 3, 17)
    assert not {e.digest for e in shots} & {e.digest for e in held_out}
    assert few_shot_examples(training, 0, 17) == []
    embedder = resources.models.embedder(resources.models.base("retriever"))
    built: list[BuiltPrompt] = build_prompts(
        resources.index, embedder, release_index(resources), [*shots, held_out[0]], resources.params.generator
    )
    prompt = with_examples_before(built[-1].prompt, built[:-1])
    assert [m["role"] for m in prompt] == ["system", *(["user", "assistant"] * 3), "user"]
    assert [m["content"] for m in prompt[2:-1:2]] == [e.completion for e in shots]
    assert (prompt[0], prompt[-1]) == (built[-1].prompt[0], built[-1].prompt[-1])


def test_a_baseline_changes_neither_the_gate_nor_what_was_tried(opened: Opened) -> None:
    _, outcome = evaluated(opened)
    _, other = evaluated(opened, few_shot=2)
    assert (outcome.gate, outcome.gates["generator"].because) == (other.gate, other.gates["generator"].because)
    spoiled = begun(opened(20))
    spoiled.examples.write(lessons(20))
    spoiled.builder.spoils = {"nll": 9.0}
    assert run(spoiled).gate == "refuse"
    again = run(spoiled.with_params(generator=generator(few_shot=2)))
    assert again.decision.train == ()
    assert spoiled.builder.calls["train_generator"] == 1
