"""Where services run, read from environment variables."""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from pointsman.core.errors import UsageError
from pointsman.settings.mistakes import allowed


class Endpoints(BaseSettings):
    """Environment variables that say where services run. With none set, all data is kept below ``.pointsman/``."""

    model_config = SettingsConfigDict(extra="ignore")

    def __init__(self) -> None:
        """Read the environment.

        Raises:
            UsageError: variables have wrong values. The message lists all of them.
        """
        try:
            super().__init__()
        except ValidationError as error:
            lines = [
                f"  {'.'.join(map(str, e['loc'])).upper()}: {allowed(e)} (is {e['input']!r:.80})"
                for e in error.errors()
            ]
            problem = "the environment cannot be used:\n" + "\n".join(lines)
            raise UsageError(problem, way_out="set these variables right, or unset them") from None

    qdrant_url: str | None = None
    """Address of a Qdrant server; None: the embedded index."""
    qdrant_api_key: str | None = Field(default=None, repr=False)
    """API key of the Qdrant server."""
    mlflow_tracking_uri: str | None = None
    """Address of an MLflow server; None: a database below ``.pointsman/``."""
    pointsman_models: Path | None = None
    """Folder of prepared base models; None: ``share/pointsman/models`` of the Python environment."""
    pointsman_engine: Literal["auto", "torch", "openvino"] = "auto"
    """Engine of the embedder. ``auto``: OpenVINO if it can run the model, else torch. Their vectors agree to a
    cosine of 0.9999."""


def models_folder(endpoints: Endpoints) -> Path:
    """Return the folder of prepared base models: ``POINTSMAN_MODELS``, or one in the Python environment."""
    return endpoints.pointsman_models or Path(sys.prefix) / "share" / "pointsman" / "models"
