"""Where a model of params.yaml lies on this machine, and the id of what it holds. Imports no torch."""

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from filelock import FileLock

from pointsman.core.errors import ModelMissing
from pointsman.core.identity import canonical, content_id

BUNDLED = "bundled:"
WEIGHTS = (".safetensors", ".gguf", ".onnx")
"""Suffixes of weights; pickled ones (``.bin``, ``.pt``) are never opened."""
PARTS = frozenset({*WEIGHTS, ".json", ".txt", ".model", ".jinja"})
"""Suffixes of everything that decides what a model computes: weights, tokenizer, configuration."""
CONFIGS = frozenset({"config.json", "generation_config.json", "adapter_config.json"})
PROVENANCE = frozenset({"transformers_version", "_name_or_path", "peft_version", "base_model_name_or_path"})
"""Keys of a configuration that say where it comes from, not what the model computes."""
RECORD = "pointsman.json"
"""What Pointsman writes beside an adapter; it describes the content and is no part of it."""

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_TRUE = frozenset({"1", "true", "yes", "on"})


def resolve(model: str, *, workspace: Path, models: Path) -> Path:
    """Return the folder of a model in Hugging Face layout; prepares a bundled one when it is first used.

    Args:
        model: ``bundled:NAME``, a folder (absolute or below ``workspace``), or a Hugging Face id.
        workspace: the folder of params.yaml.
        models: where prepared models are kept.

    Raises:
        ModelMissing: there is no such model, or its weights are not what they should be.
    """
    if model.startswith(BUNDLED):
        from pointsman.adapters.bundled_models import bundled

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
    """Return ``folder`` if it can be a model at all."""
    if not (folder / "config.json").is_file():
        raise ModelMissing(f"model {model!r}: {folder} has no config.json, so it is no model folder; name another one")
    if not any(folder.glob("*.safetensors")):
        raise ModelMissing(
            f"model {model!r}: {folder} holds no *.safetensors weights, and pickled ones are not opened; convert them"
        )
    return folder


def _snapshot(model: str) -> Path:
    """Return the local copy of a Hugging Face repository, fetched when allowed and needed."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    offline = os.environ.get("HF_HUB_OFFLINE", "").lower() in _TRUE
    patterns = ["*" + suffix for suffix in (".safetensors", ".json", ".txt", ".model", ".jinja")]
    try:
        found = snapshot_download(
            model, local_files_only=offline, allow_patterns=patterns, ignore_patterns=["onnx/*", "openvino/*"]
        )
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        why = (
            "HF_HUB_OFFLINE is set and it is not in the local cache"
            if offline
            else f"it could not be fetched ({error})"
        )
        raise ModelMissing(
            f"model {model!r} is neither a folder of the workspace nor a Hugging Face model at hand: {why}; "
            "unset HF_HUB_OFFLINE, fetch it with `hf download`, name a folder, or use a bundled:NAME"
        ) from error
    return Path(found)


def fingerprint(folder: Path, *, cache: Path | None) -> str:
    """Return the content id (16 hex) of a model's or an adapter's weights, tokenizer and configuration.

    Digests are remembered in the JSON file ``cache`` by path, size and mtime, so that asking again costs milliseconds;
    with None every byte is read.

    Raises:
        ModelMissing: the folder is not there or holds no weights.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if _counts(path, folder))
    if not any(name.endswith(WEIGHTS) for name in names):
        raise ModelMissing(f"{folder} holds no weights ({', '.join(WEIGHTS)}); name a model folder")
    return content_id(dict(zip(names, digests([folder / name for name in names], cache=cache), strict=True)))


def _counts(path: Path, folder: Path) -> bool:
    """Tell whether a file decides what the model computes."""
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix in PARTS and path.name != RECORD and not hidden and path.is_file()


def joined(base: str, adapter: str | None) -> str:
    """Return the fingerprint of a base model with an adapter on it; of the base alone when there is none."""
    return base if adapter is None else content_id([base, adapter])


def digests(files: Sequence[Path], *, cache: Path | None) -> list[str]:
    """Return the content digest (64 hex) of each file, computing only what ``cache`` does not know."""
    if cache is None:
        return [_digest(file) for file in files]
    known = _remembered(cache)
    fresh: dict[str, list[str | int]] = {}
    found = []
    for file in files:
        stat = file.stat()
        key, mark = str(file.resolve()), [stat.st_size, stat.st_mtime_ns]
        entry = known.get(key)
        if not isinstance(entry, list) or entry[:2] != mark:
            entry = fresh[key] = [*mark, _digest(file)]
        found.append(str(entry[2]))
    if fresh:
        _remember(cache, fresh)
    return found


def _digest(file: Path) -> str:
    """Return the SHA-256 of a file; of what a configuration means, where the file is one."""
    if file.name in CONFIGS:
        value = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(value, Mapping):
            kept = {key: part for key, part in value.items() if key not in PROVENANCE}
            return hashlib.sha256(canonical(kept).encode()).hexdigest()
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _remembered(cache: Path) -> dict[str, list[str | int]]:
    """Return what a cache file knows; nothing when it is not there or was damaged (it can be made anew)."""
    try:
        value = json.loads(cache.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _remember(cache: Path, fresh: Mapping[str, list[str | int]]) -> None:
    """Add entries to a cache file, in one rename, beside other processes that do the same."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{cache}.lock"):
        part = cache.with_name(cache.name + ".part")
        part.write_text(json.dumps({**_remembered(cache), **fresh}, indent=0, sort_keys=True), encoding="utf-8")
        part.replace(cache)
