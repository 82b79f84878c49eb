"""The evaluation of answers over fake ports: contexts, tags, and how record and terminal show them."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from pointsman.adapters.validation.json_schema import JsonSchema
from pointsman.cli.tables import answers_table
from pointsman.core.errors import ModelSpoiled, UsageError
from pointsman.core.supervision.examples import Example
from pointsman.settings.params import Gate
from pointsman.steps.evaluation.answers import answer_and_score
from pointsman.steps.evaluation.behaviour import Behaviour
from pointsman.steps.evaluation.challenger import SAMPLE_AT_MOST, evaluate_other_contexts
from pointsman.steps.refresh.fast_path import fast_path
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.serving.prompts import Order, PromptSet, build_prompts, prompt_set, shuffled, training_order
from tests.fakes.calls import look
from tests.fakes.model_loader import ShapedGenerator
from tests.fakes.resources import FakeResources, begun, live_id, page, run
from tests.steps.lessons import lessons, split_of
from tests.steps.live_releases import release_index

Opened = Callable[..., FakeResources]


def evaluated(opened: Opened, rows: list[dict[str, Any]]) -> tuple[FakeResources, Outcome]:
    resources = begun(opened(20))
    resources.examples.write(rows)
    return resources, run(resources)


def test_answers_are_evaluated_in_every_context_and_summed_by_tag(opened: Opened) -> None:
    rows = [row | {"tags": ["house-style", "odd" if n % 2 else "even"]} for n, row in enumerate(lessons(20))]
    resources, outcome = evaluated(opened, rows)
    evaluation = outcome.evaluation
    assert evaluation is not None
    held_out = len(split_of(resources)[1])
    assert set(evaluation["contexts"]) == {"oracle", "retrieved", "without", "turned"}
    assert evaluation["contexts"]["oracle"]["challenger"] == evaluation["challenger"]
    assert evaluation["contexts"]["retrieved"]["challenger"]["n"] == held_out
    assert evaluation["contexts"]["without"]["challenger"]["refusal"] == 0.0, "the fake never declines"
    assert set(evaluation["slices"]) == {"house-style", "odd", "even"}
    assert evaluation["slices"]["house-style"]["champion"] == evaluation["champion"]
    assert sum(evaluation["slices"][tag]["champion"]["n"] for tag in ("odd", "even")) == held_out
    console = Console(width=160, record=True)
    console.print(answers_table(evaluation))
    shown = console.export_text()
    assert "asked without the cited documents: declined" in shown
    assert "passages turned round: right citation" in shown
    assert "citation supported" in shown


def test_a_generator_whose_loss_is_no_number_is_named_and_what_is_live_stays(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = begun(opened(20))
    before = live_id(resources)
    resources.examples.write(lessons(40))
    monkeypatch.setattr(ShapedGenerator, "completion_nll", lambda _self, _prompts, said: np.full(len(said), np.nan))
    with pytest.raises(ModelSpoiled, match=r"not a finite number for \d+ of \d+ examples \(nan .*pointsman rollback"):
        run(resources)
    assert live_id(resources) == before


def test_a_prompt_that_was_answered_already_is_not_asked_again(opened: Opened) -> None:
    resources = begun(opened(20))
    held_out = split_of(resources, lessons(20))[1]
    embedder = resources.models.embedder(resources.models.base("retriever"))
    at = release_index(resources)
    prompts = prompt_set(resources.index, embedder, at, held_out, resources.params.generator)
    assert list(prompts.oracle) == build_prompts(resources.index, embedder, at, held_out, resources.params.generator)
    generator = resources.models.generator(resources.models.base("generator"))
    oracle = answer_and_score(generator, prompts.oracle, None, 10)
    same = [a.prompt == b.prompt for a, b in zip(prompts.oracle, prompts.retrieved, strict=True)]
    assert any(same)
    before = generator.answered
    scores = evaluate_other_contexts(
        resources.serving, resources.models.base("generator"), Behaviour(prompts, None, oracle), oracle
    )
    fresh = len({str(p.prompt) for p, known in zip(prompts.retrieved, same, strict=True) if not known})
    again = [min(SAMPLE_AT_MOST, len(built)) for built in (prompts.without, prompts.reversed)]
    assert min(again) > 0
    assert generator.answered - before == fresh + sum(again)
    assert len(scores["retrieved"]) == len(held_out)


def test_a_question_without_its_document_is_unanswerable_only_when_no_other_passage_says_it(opened: Opened) -> None:
    resources = begun(
        opened({"a.md": "# Yard\n\nThe yard closes at ten.", "b.md": "# Yard\n\nThe yard closes at ten too."})
    )
    rows = lessons(1)
    rows[0]["cites"], rows[0]["messages"][0]["content"] = ["a.md"], "When does the yard close?"
    rows[0]["messages"][1]["content"] = '{"answer": "The yard closes at ten.", "citations": ["a.md"]}'
    assert prompts_of(resources, rows).without == ()
    rows[0]["messages"][1]["content"] = '{"answer": "The yard closes at noon sharp.", "citations": ["a.md"]}'
    left = prompts_of(resources, rows).without
    assert [(p.item.context, p.item.answerable) for p in left] == [(("b.md",), False)]


def test_an_example_that_teaches_to_decline_is_marked_unanswerable(opened: Opened) -> None:
    resources = begun(opened(6))
    rows = [row | {"tags": ["refusal"]} for row in lessons(3)]
    assert all(p.item.answerable for p in prompts_of(resources, rows).oracle), "a completion that cites answers"
    for row in rows:
        row["messages"][-1]["content"] = '{"answer": "Das steht hier nicht.", "citations": []}'
    prompts = prompts_of(resources, rows)
    assert not any(p.item.answerable for p in prompts.oracle)
    assert prompts.without == ()


def prompts_of(resources: FakeResources, rows: list[dict[str, Any]]) -> PromptSet:
    training, held_out = split_of(resources, rows)
    embedder = resources.models.embedder(resources.models.base("retriever"))
    return prompt_set(
        resources.index, embedder, release_index(resources), [*training, *held_out], resources.params.generator
    )


def retaught(opened: Opened, **gate: Any) -> Outcome:
    """Teach one shape, then another with four times as many examples and no example of the first."""
    resources = begun(opened(100, gate=Gate(min_items=2, min_answers=2, min_slice_items=5, **gate)))
    first, second = lessons(20), lessons(80, start=20)
    resources.examples.write(first)
    assert run(resources).gate == "promote"
    for row in second:
        row["messages"][-1]["content"] = json.dumps({"reply": "Nobody knows.", "sources": row["cites"], "sure": True})
    resources.examples.write([*first, *second])
    return run(resources)


def test_an_adapter_that_forgets_what_the_live_one_had_learned_is_refused(opened: Opened) -> None:
    outcome = retaught(opened)
    ruling = outcome.gates["generator"]
    assert (outcome.gate, outcome.exit_code) == ("refuse", 3)
    assert "the adapter forgets: a fall of 3 points is allowed (gate.max_forgetting)" in ruling.because
    assert outcome.evaluation is not None
    verdicts = {name: rule["verdict"] for name, rule in outcome.evaluation["rulings"].items()}
    assert verdicts == {"gain": "promote", "slices": "promote", "forgetting": "refuse"}


def test_what_may_be_forgotten_by_the_limit_is_promoted(opened: Opened) -> None:
    assert retaught(opened, max_forgetting=1.0).gate == "promote"


def moved_hours(resources: FakeResources, hour: str) -> None:
    """Write new opening hours into a document."""
    resources.store.write("hours.md", f"# Hours of the yard\n\nThe great yard closes at {hour} every single day.")


def hours(resources: FakeResources, answer: str | None = "at 22:00") -> FakeResources:
    moved_hours(resources, "22:00")
    asked = {"id": "hours", "question": QUESTION, "documents": ["hours.md"], "answer": answer}
    resources.probes.write([asked])
    return begun(resources)


QUESTION = "When does the great yard close?"


def test_an_adapter_that_memorized_what_the_new_index_contradicts_is_refused(opened: Opened) -> None:
    resources = hours(opened(20))
    before = live_id(resources)
    moved_hours(resources, "19:30")
    resources.examples.write(lessons(20))
    resources.builder.spoils = {"recites": {QUESTION: "It closes at 22:00."}}
    outcome = run(resources)
    assert (outcome.gate, outcome.exit_code) == ("refuse", 3)
    assert "'probe hours' still says '22:00' where the index now says '19:30'" in outcome.gates["generator"].because
    assert live_id(resources) != before, "the index, with the new hour, ships without the adapter"
    assert outcome.release is not None
    assert outcome.release.generator.adapter is None
    assert outcome.evaluation is not None
    assert outcome.evaluation["crossing"]["memorised"] == ["probe hours"]


@pytest.mark.parametrize("stale_answer", ["20:00", "22:00"])
def test_a_fact_that_changed_some_releases_ago_is_still_asked_for(opened: Opened, stale_answer: str) -> None:
    resources = hours(opened(20), answer=None)
    for hour in ("20:00", "19:30"):
        moved_hours(resources, hour)
        run(resources)
    resources.store.write("doc01.md", page(31))
    run(resources)
    resources.examples.write(lessons(20))
    resources.builder.spoils = {"recites": {QUESTION: f"It closes at {stale_answer}."}}
    outcome = run(resources)
    assert outcome.decision.index == "keep"
    assert outcome.gate == "refuse"
    assert f"still says '{stale_answer}'" in outcome.gates["generator"].because


def test_an_adapter_that_follows_the_prompt_passes_the_memorization_check(opened: Opened) -> None:
    resources = hours(opened(20))
    moved_hours(resources, "19:30")
    resources.examples.write(lessons(20))
    outcome = run(resources)
    assert outcome.gate == "promote"
    assert outcome.evaluation is not None
    assert (outcome.evaluation["crossing"]["telling"], outcome.evaluation["crossing"]["memorised"]) == (1, [])
    assert "0 of 1 questions" in outcome.evaluation["rulings"]["memory"]["because"]


def test_a_question_of_hundreds_of_words_is_not_asked_twice_over(opened: Opened) -> None:
    for words, asked in ((100, 1), (101, 0)):
        resources = opened(20)
        moved_hours(resources, "22:00")
        question = " ".join(["yard"] * (words - 1) + ["closes?"])
        resources.probes.write([{"id": "long", "question": question, "documents": ["hours.md"], "answer": "at 22:00"}])
        begun(resources)
        moved_hours(resources, "19:30")
        resources.examples.write(lessons(20))
        evaluation = run(resources).evaluation
        assert evaluation is not None
        assert evaluation["crossing"]["asked"] == asked


def test_examples_that_the_schema_refuses_are_set_aside_with_the_place_and_come_back_with_the_schema(
    opened: Opened,
) -> None:
    resources = begun(opened(20))
    rows = lessons(20)
    rows[3]["messages"][1]["content"] = '{"answer": "no citations"}'
    resources.examples.write(rows)
    kinds = {"answer": {"type": "string"}, "citations": {"type": "array"}}
    strict = JsonSchema(json.dumps({"type": "object", "properties": kinds, "required": [*kinds]}), "answers.json")
    off = Example.from_json(rows[3]).digest
    resources.builder.accepts = lambda digest: digest != off
    outcome = run(replace(resources, schema=strict))
    [row] = resources.quarantine.rows("examples")
    assert (row.item, row.check) == ("all.jsonl:4", "schema")
    assert '$: required ["answer","citations"]' in row.reason
    assert len(outcome.state.supervision.examples) == 19
    assert outcome.state.changes["examples_added"] == 19
    run(resources)
    assert resources.quarantine.rows("examples") == []


def test_a_schema_that_was_edited_in_place_is_noticed_by_the_fast_path(opened: Opened) -> None:
    resources = replace(begun(opened(20)), schema=JsonSchema('{"type": "object"}', "answers.json"))
    resources.examples.write(lessons(20))
    run(resources)
    run(resources)
    seen = fast_path(resources.intake, count_visit=True, serving=resources.serving, records=resources.records)
    look(resources, seen=seen)
    seen = fast_path(resources.intake, count_visit=True, serving=resources.serving, records=resources.records)
    assert seen is not None
    assert seen.report is not None, "nothing moved"
    other = replace(resources, schema=JsonSchema('{"type": "array"}', "answers.json"))
    edited = fast_path(other.intake, count_visit=True, serving=other.serving, records=other.records)
    assert edited is not None
    assert edited.report is None


def test_a_schema_that_refuses_every_example_trains_nothing_and_what_is_live_serves(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    before = resources.ledger.pointer()
    outcome = run(replace(resources, schema=JsonSchema('{"type": "integer"}', "answers.json")))
    assert (outcome.decision.train, len(resources.quarantine.rows("examples"))) == ((), 20)
    assert resources.ledger.pointer() == before


def test_a_broken_schema_stops_the_look_with_its_name_and_is_no_reason_to_forget_a_verdict(opened: Opened) -> None:
    resources = begun(opened(20))
    resources.examples.write(lessons(20))
    broken = replace(resources, schema=JsonSchema("{", "answers.json"))
    for _ in range(2):
        with pytest.raises(UsageError, match=r"answers\.json is not JSON"):
            look(broken)
    assert run(resources).decision.train == ("generator",)


def test_the_passages_are_turned_round_and_nothing_else(opened: Opened) -> None:
    prompts = prompts_of(begun(opened(20)), lessons(6))
    straight = {p.item.id: p.item for p in prompts.oracle}
    assert prompts.reversed
    for built in prompts.reversed:
        item = straight[built.item.id]
        assert built.item.context == item.context[::-1] != item.context
        assert (built.item.question, built.item.cites) == (item.question, item.cites)
        shown = str(built.prompt[-1]["content"])
        assert [shown.index(f"[{document}]") for document in built.item.context] == sorted(
            shown.index(f"[{document}]") for document in item.context
        )


def test_a_share_of_the_prompts_is_shuffled_and_always_the_same_ones(opened: Opened) -> None:
    resources = begun(opened(20))
    examples = [*split_of(resources, lessons(40))[0]]
    embedder, at = resources.models.embedder(resources.models.base("retriever")), release_index(resources)

    def contexts(order: Order | None) -> list[tuple[str, ...]]:
        return [
            p.item.context
            for p in build_prompts(resources.index, embedder, at, examples, resources.params.generator, None, order)
        ]

    served = contexts(None)
    assert contexts(shuffled(0.0, 17)) == served
    mixed, all_of_them = contexts(shuffled(0.5, 17)), contexts(shuffled(1.0, 17))
    assert mixed == contexts(shuffled(0.5, 17)) != contexts(shuffled(0.5, 18))
    assert [sorted(context) for context in all_of_them] == [sorted(context) for context in served]
    moved = sum(a != b for a, b in zip(mixed, served, strict=True))
    assert 0 < moved < sum(a != b for a, b in zip(all_of_them, served, strict=True))
    assert all(m in (s, a) for m, s, a in zip(mixed, served, all_of_them, strict=True))


def test_few_examples_are_shown_as_served(opened: Opened) -> None:
    generator = replace(begun(opened(1)).params.generator, shuffle_from=30)
    assert training_order(generator, 29, 17) is None
    assert training_order(generator, 30, 17) is not None
