"""What an answer is worth."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.exam import Item, score, spoken, summary, token_f1
from pointsman.core.examples import Shape

ITEM = Item("i", "Who?", '{"answer": "The keeper opens it.", "citations": ["a"]}', ("a", "b"), ("a", "c"))
SHAPE = Shape((("answer", "str"), ("citations", "list")))


def answer(*cited: str, text: str = "The keeper.") -> str:
    return json.dumps({"answer": text, "citations": list(cited)})


@pytest.mark.parametrize(
    ("given_answer", "shape", "citation"),
    [
        (answer("a"), True, True),
        (answer("a", "a"), True, True),
        (answer("b"), True, False),
        (answer("c"), True, False),
        (answer("a", "c"), True, False),
        (answer(), True, False),
        ("The keeper.", False, False),
        ('{"citations": ["a"]}', False, True),
    ],
)
def test_a_citation_is_right_within_the_context_and_the_reference(
    given_answer: str,
    shape: bool,
    citation: bool,
) -> None:
    found = score(ITEM, given_answer, 1.5, SHAPE)
    assert (found.shape_valid, found.citation_correct, found.nll) == (shape, citation, 1.5)


def test_without_a_common_shape_every_answer_fits() -> None:
    assert score(ITEM, "anything", 1.0, None).shape_valid


def test_the_words_of_a_json_answer_are_compared_and_not_its_braces() -> None:
    assert score(ITEM, answer("a", text="The keeper opens it."), 1.0, SHAPE).token_f1 == 1.0
    assert spoken('{"answer": 7}') == "7"
    assert spoken('{"text": "x"}') == '{"text": "x"}'


def test_token_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    assert token_f1("the keeper", "The keeper opens it") == pytest.approx(2 * (1.0 * 0.5) / 1.5)
    assert token_f1("", "") == 1.0
    assert token_f1("", "keeper") == token_f1("gate", "keeper") == 0.0
    assert token_f1("gate gate", "gate") == pytest.approx(2 / 3)


@given(st.text(), st.text())
def test_token_f1_is_a_share_and_symmetric(one: str, other: str) -> None:
    assert 0.0 <= token_f1(one, other) <= 1.0
    assert token_f1(one, other) == token_f1(other, one)
    assert token_f1(one, one) == 1.0


def test_a_summary_is_the_mean_of_every_measure() -> None:
    both = [score(ITEM, answer("a"), 1.0, SHAPE), score(ITEM, "no", 3.0, SHAPE)]
    found = summary(both)
    assert (found["shape_valid"], found["citation_correct"], found["nll"], found["n"]) == (0.5, 0.5, 2.0, 2.0)
    assert summary([]) == {}
    assert both[0].as_json()["item"] == "i"
