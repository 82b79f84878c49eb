"""Two forms at once: the conversation tells which is asked for, or nothing does."""

import json

import numpy as np
import pytest

from pointsman.core.supervision.examples import Example
from pointsman.core.supervision.format_conflicts import TEXT, answer_form, nearest_has_same_form


def example(completion: str) -> Example:
    return Example("e", ({"role": "user", "content": "Why?"}, {"role": "assistant", "content": completion}))


def test_a_form_is_keys_and_types_in_any_order_or_text() -> None:
    one, other = json.dumps({"answer": "a", "citations": []}), json.dumps({"citations": ["x"], "answer": "b"})
    assert answer_form(example(one)) == answer_form(example(other)) != answer_form(example(json.dumps({"answer": "a"})))
    assert answer_form(example("Dear colleague, no.")) == TEXT


@pytest.mark.parametrize("apart", [True, False])
def test_the_nearest_conversation_has_the_same_form_if_the_questions_differ(apart: bool) -> None:
    draw = np.random.default_rng(3)
    forms = ["json"] * 30 + [TEXT] * 20
    centre = np.where(np.array(forms)[:, None] == TEXT, 3.0 if apart else 0.0, 0.0)
    vectors = draw.normal(size=(50, 8)) + centre * np.eye(8)[0]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = nearest_has_same_form(vectors.astype(np.float32), forms, range(30, 50))
    assert len(found) == 20
    assert bool(np.mean(found) > 0.9) is apart
    assert apart or np.mean(found) < 0.7


def test_more_examples_than_fit_into_a_block_give_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.random.default_rng(5).normal(size=(40, 4)).astype(np.float32)
    forms = [TEXT if n % 3 else "json" for n in range(40)]
    whole = nearest_has_same_form(vectors, forms, range(40))
    monkeypatch.setattr("pointsman.core.supervision.format_conflicts.BLOCK", 7)
    assert nearest_has_same_form(vectors, forms, range(40)) == whole
    assert len(whole) == 40


def test_a_conversation_is_not_its_own_neighbour() -> None:
    vectors = np.eye(2, dtype=np.float32)
    assert nearest_has_same_form(vectors, ["json", TEXT], [1]) == [False]
