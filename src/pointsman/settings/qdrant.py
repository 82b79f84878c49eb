"""``qdrant`` of params.yaml: how patient a workspace is with its Qdrant server."""

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from pointsman.settings.numbers import STRICT, Number

Seconds = Annotated[float, Number, Field(gt=0, allow_inf_nan=False)]
"""A finite number of seconds above 0."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Qdrant:
    """``qdrant``: the Qdrant server that ``QDRANT_URL`` names. The embedded index needs none of these."""

    max_wait_seconds: Seconds = 30.0
    """Seconds for which a request is repeated while the server is away, overloaded, restarting or without a majority of
    its nodes; then the command ends with PM-E16."""
    max_build_seconds: Seconds = 3600.0
    """Seconds for which a rebuild waits until the server has built the search graph. Nothing is measured and no reader
    is moved before."""
