"""Where services live: read from the environment."""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pointsman.core.errors import UsageError


class Endpoints(BaseSettings):
    """Where services live. With none set, everything is embedded under ``.pointsman/``."""

    model_config = SettingsConfigDict(extra="ignore")

    def __init__(self) -> None:
        """Read the environment.

        Raises:
            UsageError: a variable has an impossible value; all are listed at once.
        """
        try:
            super().__init__()
        except ValidationError as error:
            lines = [
                f"  {'.'.join(map(str, e['loc'])).upper()}: {e['msg']} (is {e['input']!r:.80})" for e in error.errors()
            ]
            raise UsageError("the environment cannot be used:\n" + "\n".join(lines)) from None

    qdrant_url: str | None = None
    qdrant_api_key: str | None = Field(default=None, repr=False)
    mlflow_tracking_uri: str | None = None
    pointsman_models: Path | None = None
    """Where prepared base models are kept; the environment's own folder by default."""
    pointsman_engine: Literal["auto", "torch", "openvino"] = "auto"
    """What embeds: OpenVINO where it serves, or the one named; results agree to a cosine of 0.9999."""


def models_folder(endpoints: Endpoints) -> Path:
    """Return where prepared base models are kept: ``POINTSMAN_MODELS``, or beside the installed packages."""
    return endpoints.pointsman_models or Path(sys.prefix) / "share" / "pointsman" / "models"
