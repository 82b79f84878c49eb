"""How a ledger names its objects, and writes them and its pointer down: as JSON."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pointsman.core.errors import IndexDamaged, UsageError

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", re.ASCII)


def checked_name(name: str) -> str:
    """Return a kind or an id as it came.

    Raises:
        UsageError: it holds other characters than letters, digits, ``.``, ``_`` and ``-``.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot name an object; use 1 to 200 of A-Z a-z 0-9 . _ - and no dot first")
    return name


def text_of(value: Mapping[str, Any]) -> str:
    """Return JSON with sorted keys and nothing but ASCII, so equal values have equal texts."""
    return json.dumps(dict(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def text_or_none(value: Mapping[str, Any] | None) -> str | None:
    """Return the text of a value that may be missing."""
    return None if value is None else text_of(value)


def readable(text: Any) -> bool:
    """Tell whether a stored text is a JSON object."""
    try:
        return isinstance(text, str) and isinstance(json.loads(text), dict)
    except ValueError:
        return False


def value_of(text: Any, *, where: str) -> dict[str, Any]:
    """Return the JSON object that ``where`` holds for a pointer.

    Raises:
        IndexDamaged: it is none.
    """
    if not readable(text):
        raise IndexDamaged(f"{where} holds {text!r:.80} for a pointer; run `pointsman doctor --repair` to mend it")
    value: dict[str, Any] = json.loads(text)
    return value
