"""The JSON Schema of answers: the user's own, or one made from the shape that the examples have in common."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pointsman.core.supervision.examples import Shape, answer_object

TYPES: Mapping[str, str] = {
    "str": "string", "int": "integer", "float": "number", "bool": "boolean", "list": "array", "dict": "object",
    "NoneType": "null",
}  # fmt: skip
"""Python type of a JSON value → its name in JSON Schema."""


class AnswerSchema(Protocol):
    """The schema file that ``examples.schema`` names."""

    @property
    def id(self) -> str:
        """Content id of the schema file."""

    @property
    def grammar(self) -> Mapping[str, Any]:
        """The schema as a JSON value."""

    def problem(self, answer: str) -> str | None:
        """Return what is wrong with an answer, without quoting it, or None if it is valid."""

    def branch(self, answer: str) -> int | None:
        """Return the index of the alternative (in the top ``anyOf`` or ``oneOf``) that an answer matches.

        0 if the schema has no alternatives; None if the answer is not valid.
        """


def schema_of(shape: Shape, completions: Sequence[str]) -> dict[str, Any]:
    """Return the JSON Schema of a shape: exactly its keys, in its order; list items as in the examples' lists."""
    values = [value for text in completions if shape.fits(text) and (value := answer_object(text)) is not None]
    properties: dict[str, Any] = {}
    for key, kind in shape.keys:
        item_types = sorted({TYPES[type(item).__name__] for value in values if kind == "list" for item in value[key]})
        items = {"items": {"type": item_types[0] if len(item_types) == 1 else item_types}} if item_types else {}
        properties[key] = {"type": TYPES[kind], **items}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
