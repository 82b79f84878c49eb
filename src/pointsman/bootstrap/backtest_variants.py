"""The variants of params.yaml that a backtest compares."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from pointsman.core.errors import UsageError
from pointsman.settings.params import Params, parse_params

AS_IS = "params.yaml"
"""Name of the unchanged variant; reports compare every other one with it."""

VARIABLE = ("guard", "policy", "chunking", "budget")
"""Sections of params.yaml that a backtest depends on; the other ones cannot change its result."""


def parse_variants(params: Params, written: Sequence[str]) -> dict[str, tuple[dict[str, Any], Params]]:
    """Return name → (changed keys, parameters), the unchanged params.yaml first.

    Raises:
        UsageError: a variant cannot be parsed, has the name of another one, or changes a key without effect.
    """
    found: dict[str, tuple[dict[str, Any], Params]] = {AS_IS: ({}, params)}
    for text in written:
        name, equals, pairs = text.partition("=")
        name = name.strip()
        if not equals or not name or name in found:
            raise UsageError(
                f"--variant {text!r} cannot be used: write NAME=key:value,key:value with a name of its own, as in "
                "--variant strict=guard.removed_share:0.05"
            )
        listed = [_pair(text, pair) for pair in pairs.split(",")]
        changed = dict(listed)
        if len(changed) < len(listed):
            raise UsageError(f"--variant {text!r} names a key twice; write each once, or two variants")
        found[name] = changed, _with(params, changed, f"--variant {name}")
    return found


def _pair(text: str, pair: str) -> tuple[str, Any]:
    """Return (``section.key``, value) of one part of a variant.

    Raises:
        UsageError: it is not ``key:value``, or the key has no effect here.
    """
    key, colon, value = (part.strip() for part in pair.partition(":"))
    if not colon or key.partition(".")[0] not in VARIABLE or "." not in key:
        raise UsageError(
            f"--variant {text!r}: {pair!r} must be key:value, with a key of the sections {', '.join(VARIABLE)} "
            "(a backtest depends on no other)"
        )
    try:
        return key, yaml.safe_load(value)
    except yaml.YAMLError:
        raise UsageError(f"--variant {text!r}: {value!r} is not a YAML value; write it as in params.yaml") from None


def _with(params: Params, changed: Mapping[str, Any], origin: str) -> Params:
    """Return parameters with some of them replaced."""
    whole = asdict(params)
    for key, value in changed.items():
        section, _, name = key.partition(".")
        whole[section] = {**whole[section], name: value}
    return parse_params(whole, origin)


def parse_time(written: str) -> int:
    """Return a date or a time as seconds since the epoch; without a time zone it is UTC.

    Raises:
        UsageError: it is neither a date nor a time.
    """
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise UsageError(f"{written!r} is not a date; write it as 2024-03-31 or 2024-03-31T12:00") from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def parse_end(written: str) -> int:
    """Return the last second of a date, or a time itself, as seconds since the epoch."""
    whole_day = len(written) == len("2024-03-31")
    return parse_time(written) + (int(timedelta(days=1).total_seconds()) - 1 if whole_day else 0)
