"""Explains in plain words what is wrong with a params.yaml."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pointsman.core.credentials import without_credentials

SHOWN = 60
"""Most characters of a wrong value that a message quotes."""

RULES: Mapping[str, str] = {
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "finite_number": "must be a finite number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "literal_error": "must be {expected}",
    "tuple_type": "must be a list",
    "mapping_type": "must be a mapping of texts to texts",
    "dict_type": "must be a mapping of texts to texts",
    "value_error": "{error}",
    "missing": "is missing, and there is no default; `pointsman init` in an empty folder writes a file with every key",
}
"""Type of a pydantic error → what the value must be, with the fields of its context."""

UNKNOWN = frozenset({"unexpected_keyword_argument", "extra_forbidden"})
"""Types of pydantic errors for a key that does not exist."""


def describe_mistake(error: Mapping[str, Any], kind: type) -> str:
    """Return one mistake in a line: the key, what is allowed, the value, and the default or the key that was meant.

    Args:
        error: one of the errors of a pydantic ``ValidationError``.
        kind: the dataclass of the whole file.
    """
    path = tuple(error["loc"])
    if error["type"] in UNKNOWN:
        return f"{dotted(path)}: there is no such key{_meant(path, kind)} (is {_seen(error['input'])})"
    if error["type"] == "missing":
        return f"{dotted(path)}: {RULES['missing']}"
    if error["type"] == "dataclass_type":
        return f"{dotted(path)}: must be a mapping with {_choice(_section(path, kind))} (is {_seen(error['input'])})"
    return f"{dotted(path)}: {allowed(error)} (is {_seen(error['input'])}){_default(path, kind)}"


def allowed(error: Mapping[str, Any]) -> str:
    """Return what a value must be, from an error of pydantic about it."""
    rule = RULES.get(error["type"])
    return str(error["msg"]) if rule is None else rule.format(**error.get("ctx", {}))


def dotted(path: Sequence[str | int]) -> str:
    """Return a place in the file as people write it: ``retriever.lora.rank``, ``store.include[0]``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "the file"


def keys(kind: type, before: str = "") -> Iterator[str]:
    """Yield every key that may be in the file, sections included, with dots between the parts."""
    for item in fields(kind):
        yield f"{before}{item.name}"
        inner = None if get_origin(item.type) is Mapping else _dataclass_in(item.type)
        if inner is not None:
            yield from keys(inner, f"{before}{item.name}.")


def _meant(path: Sequence[str | int], kind: type) -> str:
    """Return the question which key was meant: a similar one of the same section, or else one of another section."""
    wrong, before = str(path[-1]), "".join(f"{part}." for part in path[:-1])
    section = _section(path[:-1], kind)
    siblings = [item.name for item in fields(section)]
    elsewhere = [key for key in keys(kind) if key.rsplit(".", 1)[-1] == wrong]
    near = [f"{before}{name}" for name in get_close_matches(wrong, siblings, n=1)] or elsewhere
    if not near:
        every = {key.rsplit(".", 1)[-1]: key for key in keys(kind)}
        near = [every[name] for name in get_close_matches(wrong, every, n=1, cutoff=0.8)]
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; the keys {'of ' + before[:-1] if before else 'at the top'} are {', '.join(siblings)}"


def _default(path: Sequence[str | int], kind: type) -> str:
    """Return the default of a key, as the way out, if it has one."""
    names = [part for part in path if isinstance(part, str)]
    item = next((item for item in fields(_section(names[:-1], kind)) if names and item.name == names[-1]), None)
    if item is None or _is_required(item) or item.default is MISSING:
        return ""
    return "" if isinstance(item.default, tuple) else f"; the default is {_yaml(item.default)}"


def _yaml(value: Any) -> str:
    """Return a default as it is written in YAML."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _is_required(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _section(path: Sequence[str | int], kind: type) -> type:
    """Return the dataclass of a section; the innermost one if the path leads further."""
    for part in path:
        inner = next((_dataclass_in(item.type) for item in fields(kind) if item.name == part), None)
        if inner is None:
            return kind
        kind = inner
    return kind


def _dataclass_in(kind: Any) -> type | None:
    """Return the dataclass that a field has, optional or not; None for any other field."""
    return next((k for k in (kind, *get_args(kind)) if isinstance(k, type) and is_dataclass(k)), None)


def _choice(section: type) -> str:
    """Return the keys of a section in words, required ones first."""
    names = [item.name for item in sorted(fields(section), key=lambda item: not _is_required(item))]
    return f"the key {names[0]}" if len(names) == 1 else f"the keys {', '.join(names)}"


def _seen(value: Any) -> str:
    """Return a wrong value, cut at ``SHOWN`` characters, without the credentials of a URL in it."""
    text = without_credentials(repr(value))
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
