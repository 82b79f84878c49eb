"""JSON Schema: reads the file of ``examples.schema`` once, and checks each answer against it. Nothing is fetched."""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from pointsman.core.errors import UsageError
from pointsman.core.hashing import canonical, digest

SHOWN = 80
"""Characters of the schema that a reason quotes, at most."""


class JsonSchema:
    """A schema for answers. An answer that is not JSON is judged as a string, so a schema can allow free text too."""

    def __init__(self, text: str, origin: str) -> None:
        """Take the text of a schema; it is parsed at the first use.

        Args:
            text: JSON.
            origin: its name in errors.
        """
        self._text, self._origin = text, origin
        self.id = digest(text)
        """Content id."""

    @cached_property
    def grammar(self) -> Mapping[str, Any]:
        """The schema itself.

        Raises:
            UsageError: it is not JSON, or not a JSON Schema that works without the network; the message says where.
        """
        from jsonschema.exceptions import SchemaError
        from jsonschema.validators import validator_for

        try:
            value = json.loads(self._text)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{self._origin} is not JSON: {error}; correct the file of examples.schema") from None
        if not isinstance(value, dict):
            raise UsageError(
                f"{self._origin} is a {type(value).__name__}, not an object; correct the file of examples.schema"
            )
        try:
            validator_for(value).check_schema(value)
        except SchemaError as error:
            problem = f"{self._origin} is not a JSON Schema: {error.json_path}: {error.message:.200}"
            raise UsageError(problem, way_out="correct the file of examples.schema") from None
        self._screen(value)
        return value

    def _screen(self, schema: Mapping[str, Any]) -> None:
        """Refuse references that would fail, or use the network, only when an answer is judged."""
        for reference in _references(schema):
            try:
                _lookup(schema, reference)
            except LookupError as error:
                raise UsageError(
                    f"{self._origin}: $ref {reference[:SHOWN]!r} cannot be used: {error}; "
                    "references must stay within the file (#/$defs/...)"
                ) from None

    @cached_property
    def _validator(self) -> Any:
        from jsonschema.validators import validator_for
        from referencing import Registry

        return validator_for(self.grammar)(self.grammar, registry=Registry())

    @cached_property
    def _branches(self) -> list[Any]:
        for name in ("anyOf", "oneOf"):
            if name in self.grammar:
                return [self._validator.evolve(schema=part) for part in self.grammar[name]]
        return []

    def problem(self, answer: str) -> str | None:
        """Return what is wrong with an answer, by place and keyword of the schema; None when it is right."""
        value, read = _value(answer)
        error = next(self._errors(value), None)
        if error is None:
            return None
        asked = canonical(error.validator_value)[:SHOWN]
        return f"{'' if read else 'it is not JSON; '}{error.json_path}: {error.validator} {asked}"

    def branch(self, answer: str) -> int | None:
        """Return the number of the top alternative that an answer matches, 0 without any; None when it is refused."""
        value, _ = _value(answer)
        if next(self._errors(value), None) is not None:
            return None
        return next((n for n, part in enumerate(self._branches) if part.is_valid(value)), 0)

    def _errors(self, value: Any) -> Iterator[Any]:
        try:
            yield from sorted(self._validator.iter_errors(value), key=lambda e: (len(e.absolute_path), e.json_path))
        except RecursionError:
            raise UsageError(
                f"{self._origin} refers to itself without end; correct the file of examples.schema"
            ) from None


def open_schema(root: Path, path: str | None) -> JsonSchema | None:
    """Return the schema at a path in a workspace; None for no path. The file is read now, and checked at the first use.

    Raises:
        UsageError: the file cannot be read.
    """
    if path is None:
        return None
    try:
        return JsonSchema((root / path).read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"examples.schema {path} cannot be read ({error}); correct the path or set it to null"
        ) from None


def _value(answer: str) -> tuple[Any, bool]:
    """Return the JSON value that an answer is, or the text itself, and whether it was JSON."""
    try:
        return json.loads(answer), True
    except (ValueError, RecursionError):
        return answer, False


def _references(schema: Any) -> Iterator[str]:
    """Yield every reference of a schema, except in values that are plain data."""
    if isinstance(schema, list):
        for item in schema:
            yield from _references(item)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key in {"$ref", "$dynamicRef"} and isinstance(value, str):
                yield value
            elif key not in {"const", "enum", "default", "examples"}:
                yield from _references(value)


def _lookup(schema: Mapping[str, Any], reference: str) -> None:
    """Check that a reference leads to a place in the schema.

    Raises:
        LookupError: it does not.
    """
    from referencing import Registry
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    if not reference.startswith("#"):
        raise LookupError("it leaves the file")
    resource = DRAFT202012.create_resource(schema)
    try:
        Registry().with_resource("", resource).resolver("").lookup(reference)
    except Unresolvable as error:
        raise LookupError(f"it is not in the file: {error}") from None
