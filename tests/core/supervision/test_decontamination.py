"""Leakage: near copies across the split are left out of the held-out side, by name."""

import json
from typing import Any

import pytest

from pointsman.adapters.minhash import sketch
from pointsman.core.corpus.comparison.near_duplicates import SIZE
from pointsman.core.supervision.decontamination import find_near_copies, split_without_leaks
from pointsman.core.supervision.examples import Example, split
from pointsman.core.supervision.lineage import Corpus
from pointsman.settings.params import Guard
from pointsman.steps.supervision.accept import Judged, judge_examples
from tests.fakes.model_loader import FakeLines
from tests.fakes.validator import FakeValidator

LONG = " ".join(f"word{k}" for k in range(120))
"""Beside it a question of seven words, one of them another in each example, is little: similarity is above 0.9."""


def example(nth: int, answer: str) -> Example:
    said = [
        {"role": "user", "content": f"When does yard {nth} close its gates?"},
        {"role": "assistant", "content": answer},
    ]
    return Example.from_json({"id": f"e{nth}", "messages": said, "cites": [f"d{nth}"]})


@pytest.mark.parametrize(("equal", "copied"), [(51, False), (52, True), (SIZE, True)])
def test_two_sketches_are_near_from_the_limit_on(equal: int, copied: bool) -> None:
    asked, known = bytes(SIZE), bytes(equal) + bytes([1] * (SIZE - equal))
    assert find_near_copies({"a": asked}, {"k": known, "z": bytes([9] * SIZE)}) == ({"a": "k"} if copied else {})
    assert find_near_copies({}, {"k": known}) == find_near_copies({"a": asked}, {}) == {}


def test_a_near_copy_of_a_training_example_is_no_held_out_example() -> None:
    examples = [example(nth, LONG) for nth in range(40)]
    training, held_out = split(examples, 17)
    found = split_without_leaks(examples, 17, sketch)
    assert found.training == tuple(training)
    assert found.held_out == ()
    assert {left for left, _ in found.leaked} == {e.id for e in held_out}
    assert {kept for _, kept in found.leaked} <= {e.id for e in training}


def test_examples_that_differ_stay_where_the_split_put_them() -> None:
    examples = [example(nth, " ".join(f"word{nth}x{k}" for k in range(20))) for nth in range(40)]
    training, held_out = split(examples, 17)
    found = split_without_leaks(examples, 17, sketch)
    assert (found.training, found.held_out, found.leaked) == (tuple(training), tuple(held_out), ())


def judged(rows: list[Any]) -> Judged:
    lines = FakeLines({"all.jsonl": "".join(json.dumps(row) + "\n" for row in rows)})
    return judge_examples(lines, FakeValidator(Guard()), Corpus({}))


def row(answer: Any = "At ten.", **more: Any) -> dict[str, Any]:
    said = [{"role": "user", "content": "When does it close?"}, {"role": "assistant", "content": answer}]
    return {"messages": said, **more}


def test_one_example_a_thousand_times_is_kept_once() -> None:
    found = judged([row(id=f"e{nth}") for nth in range(1000)])
    assert [each.id for each in found.accepted] == ["e0"]
    assert len({refused.item for refused in found.refused}) == 999
    assert {refused.check for refused in found.refused} == {"unique"}


def test_a_thousand_answers_to_one_question_are_all_refused_in_short_sentences() -> None:
    found = judged([row(f"At {nth}.") for nth in range(1000)])
    assert found.accepted == ()
    assert {refused.check for refused in found.refused} == {"consistent"}
    assert max(len(refused.reason) for refused in found.refused) < 200
    assert all("and 996 more" in refused.reason for refused in found.refused)


def test_an_id_used_twice_for_different_things_keeps_the_first() -> None:
    other = {**row(id="e1"), "messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]}
    found = judged([row(id="e1"), other])
    assert [each.completion for each in found.accepted] == ["At ten."]
    [refused] = found.refused
    assert (refused.check, refused.item) == ("id", "all.jsonl:2")
    assert "all.jsonl:1" in refused.reason


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (row(""), "the answer (the last message) is empty"),
        (row(None), "content is null"),
        ({**row(), "messages": [{"role": "robot", "content": "x"}, *row()["messages"]]}, "'robot'"),
        (row(cites=[7]), "cites[0] is 7"),
        (row(cites=[["a.md"]]), "cites[0]"),
        (row(cites=[{"document": "a.md", "digest": "zz"}]), "cites[0].digest is 'zz'"),
        (row(cites={"a.md": 1}), "cites must be a list, not an object"),
        (row(cites=None), "cites must be a list, not null"),
        (row(cites=["no/such.md"]), "not in the store: no/such.md"),
    ],
)
def test_a_hostile_line_is_refused_with_its_reason_and_the_others_are_kept(bad: dict[str, Any], why: str) -> None:
    good = {**row(), "messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Ann."}]}
    found = judged([bad, good])
    assert [each.completion for each in found.accepted] == ["Ann."]
    [refused] = found.refused
    assert refused.item == "all.jsonl:1"
    assert why in refused.reason
