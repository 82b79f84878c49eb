"""What an answer is worth."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.evaluation.answer_scoring import (
    Item,
    by_tag,
    declines,
    mean_measures,
    normalised,
    score,
    spoken,
    supports,
    token_f1,
)
from pointsman.core.supervision.examples import Shape

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


def test_without_a_common_shape_an_answer_must_have_that_of_its_own_reference() -> None:
    free = replace(ITEM, reference="The keeper opens it.")
    assert score(ITEM, answer("a"), 1.0, None).shape_valid
    assert not score(ITEM, "The keeper.", 1.0, None).shape_valid
    assert score(free, "anything", 1.0, None).shape_valid
    assert not score(free, answer("a"), 1.0, None).shape_valid


def test_a_second_behaviour_in_the_minority_is_judged_by_its_own_shape() -> None:
    other = replace(ITEM, reference='{"reply": "The keeper.", "sure": true}')
    assert score(other, '{"reply": "no", "sure": false}', 1.0, SHAPE).shape_valid
    assert not score(other, answer("a"), 1.0, SHAPE).shape_valid


def test_a_citation_that_the_reference_does_not_name_is_supported_by_a_passage_that_says_the_same() -> None:
    item = replace(ITEM, passages=("The keeper opens it.", "Every morning the keeper opens the gate."))
    other = score(item, answer("c", text="The keeper opens the gate."), 1.0, SHAPE)
    assert (other.citation_correct, other.citation_supported) == (False, True)
    unsaid = score(item, answer("c", text="The miller closes the mill."), 1.0, SHAPE)
    assert (unsaid.citation_correct, unsaid.citation_supported) == (False, False)
    outside = score(item, answer("b", text="The keeper opens the gate."), 1.0, SHAPE)
    assert not outside.citation_supported, "a document that was not in the context supports nothing"


def test_a_passage_supports_from_seven_content_words_in_ten_on() -> None:
    words = [f"word{n}" for n in range(10)]
    assert supports(" ".join(words[:7]), " ".join(words))
    assert not supports(" ".join(words[:6]), " ".join(words))
    assert not supports("the is of", "the is of"), "function words support nothing"


@pytest.mark.parametrize(
    ("said", "declined"),
    [
        ("I do not know.", True),
        ("The passages do not say who opens it.", True),
        ("That is not mentioned in the passages.", True),
        ("This cannot be answered from the passages.", True),
        ("", True),
        ("The keeper opens it.", False),
        ("Not before eight.", False),
    ],
)
def test_declining_is_right_exactly_where_the_context_does_not_hold_the_answer(said: str, declined: bool) -> None:
    nothing = replace(ITEM, answerable=False)
    assert score(nothing, answer(text=said), 1.0, SHAPE).citation_correct is declined
    assert not score(nothing, answer("a", text=said), 1.0, SHAPE).citation_correct, "who cites has not declined"
    known = score(ITEM, answer(text=said), 1.0, SHAPE)
    assert (known.refused, known.citation_correct) == (declined, False)


def test_a_refusal_in_any_language_is_known_by_the_reference() -> None:
    item = replace(ITEM, reference='{"answer": "Das steht nicht da.", "citations": []}', answerable=False, cites=())
    assert score(item, answer(text="das steht nicht da"), 1.0, SHAPE).refused
    assert not score(item, answer(text="um acht"), 1.0, SHAPE).refused


def test_an_example_declines_by_its_tag_or_by_its_words_without_citing() -> None:
    assert declines("Nie wieder.", ("a",), ("refusal",))
    assert not declines(answer("a", text="I do not know."), ("a",), ("refusal",)), "who cites has answered"
    assert declines(answer(text="The passages do not say."), (), ())
    assert not declines(answer(text="The passages do not say."), ("a",), ())
    assert not declines(answer("a"), (), ())


def test_an_exact_match_is_blind_to_case_punctuation_and_articles() -> None:
    assert score(ITEM, answer("a", text="the Keeper opens it"), 1.0, SHAPE).exact_match
    assert not score(ITEM, answer("a", text="The keeper closes it."), 1.0, SHAPE).exact_match
    assert normalised("The 22:00 train, a “late” one!") == ("2200", "train", "late", "one")


def test_where_the_reference_cites_nothing_an_answer_must_not_either() -> None:
    item = replace(ITEM, cites=(), reference='{"answer": "Blue.", "citations": []}')
    assert score(item, answer(text="Blue."), 1.0, SHAPE).citation_correct
    assert not score(item, answer("a", text="Blue."), 1.0, SHAPE).citation_correct


def test_a_summary_tells_refusals_apart_and_leaves_out_what_was_not_asked() -> None:
    nothing = replace(ITEM, answerable=False)
    said = [score(nothing, answer(text="I do not know."), 1.0, SHAPE), score(nothing, answer("a"), 1.0, SHAPE)]
    found = mean_measures([*said, score(ITEM, answer("a"), 1.0, SHAPE)])
    assert (found["refusal"], found["false_refusal"]) == (0.5, 0.0)
    assert "refusal" not in mean_measures([score(ITEM, answer("a"), 1.0, SHAPE)])


def test_slices_name_the_places_of_every_tag() -> None:
    tagged = [score(replace(ITEM, tags=tags), "x", 1.0, SHAPE) for tags in (("b", "a"), (), ("a", "a"))]
    assert by_tag(tagged) == {"a": [0, 2], "b": [0]}


def test_the_words_of_a_json_answer_are_compared_and_not_its_braces() -> None:
    assert score(ITEM, answer("a", text="The keeper opens it."), 1.0, SHAPE).token_f1 == 1.0
    assert spoken('{"answer": 7}') == "7"
    assert spoken('{"text": "x"}') == '{"text": "x"}'


def test_token_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    assert token_f1("the keeper", "The keeper opens it") == pytest.approx(2 * (1.0 * 1 / 3) / (1 + 1 / 3))
    assert token_f1("", "") == token_f1("The", "a.") == 1.0
    assert token_f1("", "keeper") == token_f1("gate", "keeper") == 0.0
    assert token_f1("gate gate", "gate") == pytest.approx(2 / 3)


@given(st.text(), st.text())
def test_token_f1_is_a_share_and_symmetric(one: str, other: str) -> None:
    assert 0.0 <= token_f1(one, other) <= 1.0
    assert token_f1(one, other) == token_f1(other, one)
    assert token_f1(one, one) == 1.0


def test_a_summary_is_the_mean_of_every_measure() -> None:
    both = [score(ITEM, answer("a"), 1.0, SHAPE), score(ITEM, "no", 3.0, SHAPE)]
    found = mean_measures(both)
    assert (found["shape_valid"], found["citation_correct"], found["nll"], found["n"]) == (0.5, 0.5, 2.0, 2.0)
    assert mean_measures([]) == {}
    assert both[0].as_json()["item"] == "i"
