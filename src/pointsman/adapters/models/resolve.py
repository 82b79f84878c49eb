"""Finds the folder of a model that params.yaml names. Imports no torch."""

import os
import re
from pathlib import Path

from pointsman.core.errors import ModelMissing

BUNDLED = "bundled:"

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")

_TRUE = frozenset({"1", "true", "yes", "on"})


def resolve(model: str, *, workspace: Path, models: Path) -> Path:
    """Return the folder of a model in Hugging Face layout; a bundled model is prepared at its first use.

    Args:
        model: ``bundled:NAME``, a folder (absolute or below ``workspace``), or a Hugging Face id.
        workspace: the folder of params.yaml.
        models: folder of prepared models.

    Raises:
        ModelMissing: there is no such model, or its weights are not the expected ones.
    """
    if model.startswith(BUNDLED):
        from pointsman.adapters.models.bundled import bundled

        return bundled(model.removeprefix(BUNDLED), models=models)
    folder = workspace / Path(model).expanduser()
    if folder.is_dir():
        return _checked(folder, model)
    if not _HUB_ID.fullmatch(model):
        raise ModelMissing(
            f"model {model!r}: there is no folder {folder}; name a folder, a Hugging Face id or a bundled:NAME"
        )
    return _checked(_snapshot(model), model)


def _checked(folder: Path, model: str) -> Path:
    """Return ``folder`` if it looks like a model.

    Raises:
        ModelMissing: it has no configuration or no safetensors weights.
    """
    if not (folder / "config.json").is_file():
        raise ModelMissing(
            f"model {model!r}: {folder} has no config.json, so it is not a model folder; name another one"
        )
    if not any(folder.glob("*.safetensors")):
        raise ModelMissing(
            f"model {model!r}: {folder} has no *.safetensors weights, and pickled weights are not opened; convert them"
        )
    return folder


def _snapshot(model: str) -> Path:
    """Return the local copy of a Hugging Face repository; downloads it unless HF_HUB_OFFLINE is set."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    offline = os.environ.get("HF_HUB_OFFLINE", "").lower() in _TRUE
    patterns = ["*" + suffix for suffix in (".safetensors", ".json", ".txt", ".model", ".jinja")]
    try:
        found = snapshot_download(
            model, local_files_only=offline, allow_patterns=patterns, ignore_patterns=["onnx/*", "openvino/*"]
        )
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        why, way_out = (
            ("it is not in the local cache, and HF_HUB_OFFLINE is set", "unset HF_HUB_OFFLINE, ")
            if offline
            else (f"it could not be fetched ({error})", "")
        )
        raise ModelMissing(
            f"model {model!r} is neither a folder of the workspace nor a Hugging Face model at hand: {why}; "
            f"{way_out}fetch it with `hf download`, name a folder, or use a bundled:NAME"
        ) from error
    return Path(found)
