"""Names and JSON texts of the objects of a ledger."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pointsman.core.errors import IndexDamaged, LedgerConflict, UsageError

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", re.ASCII)


def checked_name(name: str) -> str:
    """Return a kind or an id unchanged.

    Raises:
        UsageError: it has other characters than letters, digits, ``.``, ``_`` and ``-``.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name an object; use 1 to 200 of A-Z a-z 0-9 . _ - and do not begin with a dot"
        )
    return name


def text_of(value: Mapping[str, Any]) -> str:
    """Return JSON in ASCII with sorted keys, so that equal values have equal texts."""
    return json.dumps(dict(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def text_or_none(value: Mapping[str, Any] | None) -> str | None:
    """Return the text of a value, or None for None."""
    return None if value is None else text_of(value)


def readable(text: Any) -> bool:
    """Return whether a stored text is a JSON object."""
    try:
        return isinstance(text, str) and isinstance(json.loads(text), dict)
    except ValueError:
        return False


def value_of(text: Any, *, where: str) -> dict[str, Any]:
    """Return the JSON object of a pointer's text, which was read from ``where``.

    Raises:
        IndexDamaged: the text is not a JSON object.
    """
    if not readable(text):
        raise IndexDamaged(
            f"the pointer in {where} is {text!r:.80}, which is not a JSON object; run `pointsman doctor --repair`"
        )
    value: dict[str, Any] = json.loads(text)
    return value


def held(record: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the lease record while a writer holds the lease, else None."""
    return None if record is None or "owner" not in record else dict(record)


def refuse_stale(token: int | None, record: Mapping[str, Any] | None) -> None:
    """Check that no greater token than ``token`` was given out. None: the caller writes without a lease.

    Raises:
        LedgerConflict: one was.
    """
    newest = int((record or {}).get("token", 0))
    if token is not None and newest > token:
        raise LedgerConflict(
            f"this run is writer {token} and writer {newest} took the write lease; nothing was written, run it again"
        )
