"""What an answer must look like, said outright: a schema beside the shape that the examples have in common."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pointsman.core.supervision.examples import Shape, answer_object

TYPES: Mapping[str, str] = {
    "str": "string", "int": "integer", "float": "number", "bool": "boolean", "list": "array", "dict": "object",
    "NoneType": "null",
}  # fmt: skip
"""Python's name of a JSON value's type → JSON Schema's."""


class AnswerSchema(Protocol):
    """The schema of params.yaml."""

    @property
    def id(self) -> str:
        """Content id of the file."""

    @property
    def grammar(self) -> Mapping[str, Any]:
        """The schema itself."""

    def problem(self, answer: str) -> str | None:
        """Return what is wrong with an answer, without its words; None when it is as it should be."""

    def branch(self, answer: str) -> int | None:
        """Return which of the schema's alternatives (its top ``anyOf`` or ``oneOf``) an answer is, from 0.

        0 where it has no alternatives; None for an answer that it refuses.
        """


def schema_of(shape: Shape, completions: Sequence[str]) -> dict[str, Any]:
    """Return the JSON Schema of a shape: its keys in its order, no other; lists hold what the examples' lists hold."""
    values = [value for text in completions if shape.fits(text) and (value := answer_object(text)) is not None]
    properties: dict[str, Any] = {}
    for key, kind in shape.keys:
        held = sorted({TYPES[type(item).__name__] for value in values if kind == "list" for item in value[key]})
        items = {"items": {"type": held[0] if len(held) == 1 else held}} if held else {}
        properties[key] = {"type": TYPES[kind], **items}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
