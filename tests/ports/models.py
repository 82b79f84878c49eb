"""The real bundled models, resolved once for a test session."""

from pathlib import Path

from pointsman.adapters.models.fingerprint import fingerprint
from pointsman.adapters.models.resolve import resolve
from pointsman.settings.environment import Endpoints, models_folder

EMBEDDER = "bundled:all-MiniLM-L6-v2"
GENERATOR = "bundled:SmolLM2-135M-Instruct"


def real(model: str) -> tuple[Path, str]:
    """Return the folder and the fingerprint of a bundled model, prepared where the product keeps it."""
    models = models_folder(Endpoints())
    folder = resolve(model, workspace=Path(), models=models)
    return folder, fingerprint(folder, cache=models / "digests.json")


def network_place(id_: str) -> Path:
    """Return where the product keeps the OpenVINO network of an embedder's base."""
    return models_folder(Endpoints()) / "openvino" / id_
