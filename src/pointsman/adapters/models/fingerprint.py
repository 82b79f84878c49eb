"""Fingerprints of model folders: the same weights give the same id on every machine."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from filelock import FileLock

from pointsman.core.errors import ModelMissing
from pointsman.core.hashing import canonical, content_id

WEIGHTS = (".safetensors", ".gguf", ".onnx")
"""Suffixes of weights; pickled ones (``.bin``, ``.pt``) are never opened."""

PARTS = frozenset({*WEIGHTS, ".json", ".txt", ".model", ".jinja"})
"""Suffixes of everything that decides what a model computes: weights, tokenizer, configuration."""

CONFIGS = frozenset({"config.json", "generation_config.json", "adapter_config.json"})

PROVENANCE = frozenset({"transformers_version", "_name_or_path", "peft_version", "base_model_name_or_path"})
"""Keys of a configuration that say where it comes from, not what the model computes."""

RECORD = "pointsman.json"
"""What Pointsman writes beside an adapter; it describes the content and is no part of it."""


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
