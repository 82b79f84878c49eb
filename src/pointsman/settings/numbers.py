"""Types of the numbers in params.yaml, with their limits."""

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

STRICT = ConfigDict(extra="forbid", strict=False)
"""Refuses unknown keys."""


def _number(value: Any) -> Any:
    """Return the value unless it is true or false: YAML reads ``yes``, ``no``, ``on`` and ``off`` so.

    Raises:
        ValueError: it is true or false. Read as a number, ``off`` would be 0, the strictest limit.
    """
    if isinstance(value, bool):
        raise ValueError("must be a number, not yes or no; null switches a limit off, if it can be switched off")
    return value


Number = BeforeValidator(_number)
"""A number, and not true or false."""

Count = Annotated[int, Number, Field(ge=0)]
"""0, 1, 2, …"""

Positive = Annotated[int, Number, Field(ge=1)]
"""1, 2, 3, …"""

Share = Annotated[float, Number, Field(ge=0, le=1)]
"""0..1, both included."""

Amount = Annotated[float, Number, Field(ge=0, allow_inf_nan=False)]
"""A finite number of 0 or more."""
