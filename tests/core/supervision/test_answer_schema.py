"""The schema of answers: what it accepts, what it says, and which files are no schema."""

import json
from pathlib import Path
from typing import Any

import pytest

from pointsman.adapters.validation.json_schema import JsonSchema, open_schema
from pointsman.core.errors import UsageError
from pointsman.core.evaluation.answer_scoring import in_shape
from pointsman.core.supervision.answer_schema import schema_of
from pointsman.core.supervision.examples import Shape

ANSWER = {
    "type": "object",
    "properties": {
        "answer": {"type": "string"},
        "citations": {"type": "array", "items": {"$ref": "#/$defs/id"}},
        "note": {"type": ["string", "null"]},
    },
    "required": ["answer", "citations"],
    "additionalProperties": False,
    "$defs": {"id": {"type": "string", "pattern": r"\.md$"}},
}


def schema(value: Any = ANSWER) -> JsonSchema:
    return JsonSchema(value if isinstance(value, str) else json.dumps(value), "answers.json")


GOOD = '{"answer": "x", "citations": ["a.md"]}'


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (GOOD, None),
        ('{"answer": "x", "citations": [], "note": null}', None),
        ('{"answer": "x"}', '$: required ["answer","citations"]'),
        ('{"answer": "x", "citations": ["secret.txt"]}', r'$.citations[0]: pattern "\\.md$"'),
        ('{"answer": 1, "citations": []}', '$.answer: type "string"'),
        ('{"answer": "x", "citations": [], "more": 1}', "$: additionalProperties false"),
        ("Just words.", 'it is not JSON; $: type "object"'),
        ('{"answer": "x", "citations": [', 'it is not JSON; $: type "object"'),
        ("[" * 100_000, 'it is not JSON; $: type "object"'),
    ],
)
def test_a_problem_names_place_and_keyword_and_never_the_answers_words(answer: str, problem: str | None) -> None:
    assert schema().problem(answer) == problem
    assert (schema().branch(answer) == 0) is (problem is None)


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("{", "answers.json is not JSON"),
        ("[]", "is a list, not an object"),
        ('{"type": "objekt"}', "is not a JSON Schema"),
        ('{"required": "answer"}', "is not a JSON Schema"),
        ('{"$ref": "https://example.org/schema.json"}', "it leaves the file"),
        ('{"properties": {"a": {"$ref": "#/$defs/none"}}}', "it is not in the file"),
        ('{"properties": {"a": {"pattern": "("}}}', "is not a 'regex'"),
        ('{"patternProperties": {"(": {}}}', "is not a 'regex'"),
        ('{"$ref": "#"}', "refers to itself without end"),
    ],
)
def test_a_file_that_is_no_usable_schema_is_refused_with_its_name(text: str, because: str) -> None:
    with pytest.raises(UsageError, match=because) as refused:
        schema(text).problem(GOOD)
    assert "answers.json" in str(refused.value)


def test_a_property_that_is_called_like_a_keyword_is_no_keyword() -> None:
    named = {"type": "object", "properties": {"pattern": {"type": "string"}, "$ref": {"type": "string"}}}
    assert schema(named).problem('{"pattern": "(", "$ref": "x"}') is None


def test_a_missing_schema_file_is_an_error_that_names_the_key(tmp_path: Path) -> None:
    assert open_schema(tmp_path, None) is None
    with pytest.raises(UsageError, match=r"examples\.schema none\.json cannot be read"):
        open_schema(tmp_path, "none.json")


def test_free_text_is_a_string_to_the_schema() -> None:
    either = schema({"anyOf": [ANSWER, {"type": "string"}], "$defs": ANSWER["$defs"]})
    assert [either.branch(answer) for answer in (GOOD, "Just words.", '{"answer": 1}', "7")] == [0, 1, None, None]


def test_with_a_schema_an_answer_may_leave_out_what_the_schema_lets_it() -> None:
    shape = Shape.of([GOOD])
    shorter = '{"answer": "y", "citations": [], "note": "n"}'
    assert not in_shape(shorter, GOOD, shape)
    assert in_shape(shorter, GOOD, shape, schema())
    assert not in_shape('{"answer": "y", "citations": ["z"]}', GOOD, shape, schema())


def test_an_answer_must_be_the_alternative_of_its_reference() -> None:
    either = schema({"oneOf": [ANSWER, {"type": "string"}], "$defs": ANSWER["$defs"]})
    assert in_shape("Prose.", "Other prose.", None, either)
    assert not in_shape("Prose.", GOOD, None, either)
    assert not in_shape(GOOD, "Other prose.", None, either)


def test_the_schema_of_a_shape_accepts_what_the_shape_fits_and_nothing_else() -> None:
    texts = [GOOD, '{"answer": "z", "citations": []}']
    shape = Shape.of(texts)
    assert shape is not None
    made = schema(schema_of(shape, texts))
    assert made.grammar["properties"]["citations"] == {"type": "array", "items": {"type": "string"}}
    assert list(made.grammar["properties"]) == ["answer", "citations"]
    assert [made.problem(text) for text in texts] == [None, None]
    for other in ('{"answer": "z"}', '{"answer": "z", "citations": [1]}', '{"answer": "z", "citations": [], "b": 1}'):
        assert made.problem(other)


def test_lists_of_several_types_and_nulls_have_a_schema_too() -> None:
    texts = ['{"a": [1, "x"], "b": null, "c": 0.5, "d": true, "e": {}}']
    shape = Shape.of(texts)
    assert shape is not None
    assert schema(schema_of(shape, texts)).problem(texts[0]) is None
