"""Examples: what a line may say, how they are split, and what shape they ask for."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.supervision.examples import Example, Shape, answer_object, cited_in, parse_lines, set_id, split

USER = {"role": "user", "content": "Who opens the gate?"}
REPLY = {"role": "assistant", "content": "The keeper."}


def example(nth: int, *cites: str, reply: str = "The keeper.") -> Example:
    said = [{"role": "user", "content": f"Question {nth}?"}, {"role": "assistant", "content": reply}]
    return Example.from_json({"messages": said, "cites": list(cites)})


def test_an_example_comes_back_from_its_line() -> None:
    row = {
        "id": "e1",
        "messages": [{"role": "system", "content": "Be brief."}, USER, REPLY],
        "cites": ["a"],
        "tags": ["t"],
    }
    found = Example.from_json(row)
    assert found.as_json() == row
    assert (found.question, found.completion) == ("Who opens the gate?", "The keeper.")


def test_an_example_without_id_is_named_by_its_content() -> None:
    row = {"messages": [USER, REPLY], "cites": ["a"]}
    assert Example.from_json(row).id == Example.from_json(dict(row)).id != Example.from_json({**row, "cites": ["b"]}).id


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({}, "the line has no keys; write messages"),
        ({"messages": []}, "last message must be the assistant's"),
        ({"messages": [REPLY, USER]}, "last message must be the assistant's"),
        ({"messages": [REPLY]}, "no message of the user"),
        ({"messages": [USER, {"role": "assistant", "content": " \n"}]}, "answer .* is empty"),
        ({"messages": [USER, {"role": "bot", "content": "x"}]}, r"messages\[1\].role is 'bot'"),
        ({"messages": [USER, {"role": ["assistant"], "content": "x"}]}, r"messages\[1\].role"),
        ({"messages": [USER, {"role": "assistant", "content": 3}]}, r"messages\[1\].content is a number"),
        ({"messages": "hello"}, "messages must be a list of objects"),
        ({"messages": [USER, "hello"]}, "messages must be a list of objects"),
        ({"messages": [USER, REPLY], "cites": "a"}, "cites must be a list, not a text"),
        ({"messages": [USER, REPLY], "tags": None}, "tags must be a list of texts"),
        ({"messages": [USER, REPLY], "id": 7}, "id is 7"),
    ],
)
def test_a_line_of_another_form_says_where(row: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Example.from_json(row)


def test_lines_that_cannot_be_read_are_named_and_the_others_are_read() -> None:
    rows, problems = parse_lines('{"a": 1}\n\nnonsense\n[1]\n{"b": 2}', "f.jsonl")
    assert [(row["_origin"], row.keys() - {"_origin"}) for row in rows] == [("f.jsonl:1", {"a"}), ("f.jsonl:5", {"b"})]
    assert [origin for origin, _ in problems] == ["f.jsonl:3", "f.jsonl:4"]
    assert "a list, not an object" in problems[1][1]


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85"])
def test_only_a_line_feed_ends_a_line(mark: str) -> None:
    rows, problems = parse_lines(json.dumps({"a": f"one{mark}two"}, ensure_ascii=False) + "\r\n", "f")
    assert ([row["a"] for row in rows], problems) == ([f"one{mark}two"], [])


def test_a_line_nested_too_deeply_is_one_refused_line() -> None:
    rows, problems = parse_lines('{"a": 1}\n' + "[" * 200_000 + "\n", "f")
    assert (len(rows), [origin for origin, _ in problems]) == (1, ["f:2"])


def test_the_id_of_a_set_forgets_the_order() -> None:
    found = [example(n, "a") for n in range(4)]
    assert set_id(found) == set_id(found[::-1]) != set_id(found[1:])


@given(
    st.lists(st.tuples(st.integers(0, 99), st.sampled_from("abcdefgh")), max_size=40, unique=True), st.integers(0, 5)
)
def test_no_document_is_in_both_splits_and_none_ever_moves(found: list[tuple[int, str]], seed: int) -> None:
    examples = [example(n, document) for n, document in found]
    training, held_out = split(examples, seed)
    assert len(training) + len(held_out) == len(examples)
    assert {e.cites[0] for e in training}.isdisjoint(e.cites[0] for e in held_out)
    fewer = split(examples[: len(examples) // 2], seed)
    assert {e.id for e in fewer[0]} <= {e.id for e in training}
    assert {e.id for e in fewer[1]} <= {e.id for e in held_out}


def test_about_a_quarter_is_held_out() -> None:
    held_out = split([example(n, f"d{n}") for n in range(400)], 17)[1]
    assert 60 < len(held_out) < 140


def test_a_shape_needs_four_fifths() -> None:
    shaped, plain = '{"answer": "x", "citations": ["a"]}', "just text"
    shape = Shape.of([shaped] * 8 + [plain] * 2)
    assert shape is not None
    assert shape.describe() == '{"answer": str, "citations": list}'
    assert Shape.of([shaped] * 79 + [plain] * 21) is None
    assert Shape.of([]) is None
    assert Shape.of([plain]) is None


def test_a_shape_is_fitted_in_any_order_and_by_nothing_more_or_less() -> None:
    shape = Shape((("answer", "str"), ("citations", "list")))
    assert shape.fits('{"citations": [], "answer": ""}')
    assert shape.fits('  {"answer": "x", "citations": []}\n')
    for wrong in ('{"answer": "x"}', '{"answer": "x", "citations": "a"}', '{"answer": "x", "citations": [], "more": 1}',
                  'Sure: {"answer": "x", "citations": []}', "[]", ""):  # fmt: skip
        assert not shape.fits(wrong)


def test_the_order_of_keys_makes_no_other_shape() -> None:
    completions = ['{"answer": "x", "citations": []}', '{"citations": [], "answer": "x"}'] * 5
    shape = Shape.of(completions)
    assert shape is not None
    assert all(map(shape.fits, completions))


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ('{"citations": ["a", "b"]}', ["a", "b"]),
        ('{"source": "a"}', ["a"]),
        ('{"citations": [1], "sources": ["b"]}', ["b"]),
        ('{"citations": []}', []),
        ('{"answer": "a"}', None),
        ("[a]", None),
    ],
)
def test_what_a_json_answer_cites(text: str, cited: list[str] | None) -> None:
    assert cited_in(text) == cited


def test_an_answer_is_an_object_or_nothing() -> None:
    assert answer_object(' {"a": 1} ') == {"a": 1}
    assert [answer_object(text) for text in ("[1]", "1", "", "{", '{"a": 1} more')] == [None] * 5
