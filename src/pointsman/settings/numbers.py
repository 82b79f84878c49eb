"""The numbers that params.yaml may hold: kinds with their limits."""

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

STRICT = ConfigDict(extra="forbid", strict=False)


def _number(value: Any) -> Any:
    """Refuse ``yes``, ``no``, ``on`` and ``off`` where a number is asked for: YAML reads them as true and false.

    Raises:
        ValueError: it is one of them; taken as 1 or 0, ``off`` would be the strictest limit.
    """
    if isinstance(value, bool):
        raise ValueError("a number is needed, not yes or no; null switches off what can be switched off")
    return value


Number = BeforeValidator(_number)

Count = Annotated[int, Number, Field(ge=0)]

Positive = Annotated[int, Number, Field(ge=1)]

Share = Annotated[float, Number, Field(ge=0, le=1)]

Amount = Annotated[float, Number, Field(ge=0, allow_inf_nan=False)]
