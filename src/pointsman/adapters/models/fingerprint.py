"""Fingerprints of model folders: the same weights give the same id on every machine."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from filelock import FileLock

from pointsman.core.errors import ModelMissing
from pointsman.core.hashing import canonical, content_id

WEIGHTS = (".safetensors", ".gguf", ".onnx")
"""Suffixes of weights; pickled weights (``.bin``, ``.pt``) are never opened."""

PARTS = frozenset({*WEIGHTS, ".json", ".txt", ".model", ".jinja"})
"""Suffixes of the files that decide what a model computes: weights, tokenizer, configuration."""

CONFIGS = frozenset({"config.json", "generation_config.json", "adapter_config.json"})

PROVENANCE = frozenset({"transformers_version", "_name_or_path", "peft_version", "base_model_name_or_path"})
"""Keys of a configuration that name its origin and do not change what the model computes."""

RECORD = "pointsman.json"
"""The record that Pointsman writes beside an adapter; not part of the fingerprint."""


def fingerprint(folder: Path, *, cache: Path | None, keep: bool = True) -> str:
    """Return the content id (16 hex) of a model's or an adapter's weights, tokenizer and configuration.

    The JSON file ``cache`` keeps digests by path, size and time of change, so that a second call takes milliseconds.
    With None every byte is read. Without ``keep`` the file is read and not written.

    Raises:
        ModelMissing: the folder does not exist or has no weights.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if _counts(path, folder))
    if not any(name.endswith(WEIGHTS) for name in names):
        raise ModelMissing(f"{folder} has no weights ({', '.join(WEIGHTS)}); name a model folder")
    return content_id(
        dict(zip(names, file_digests([folder / name for name in names], cache=cache, keep=keep), strict=True))
    )


def _counts(path: Path, folder: Path) -> bool:
    """Return whether a file decides what the model computes."""
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix in PARTS and path.name != RECORD and not hidden and path.is_file()


def joined(base: str, adapter: str | None) -> str:
    """Return the fingerprint of a base model with an adapter on it; of the base alone without one."""
    return base if adapter is None else content_id([base, adapter])


def file_digests(files: Sequence[Path], *, cache: Path | None, keep: bool = True) -> list[str]:
    """Return the content digest (64 hex) of each file, computing only those that ``cache`` does not have."""
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
    if fresh and keep:
        _remember(cache, fresh)
    return found


def _digest(file: Path) -> str:
    """Return the SHA-256 of a file; of a configuration without the keys of ``PROVENANCE``."""
    if file.name in CONFIGS:
        value = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(value, Mapping):
            meaning = {key: part for key, part in value.items() if key not in PROVENANCE}
            return hashlib.sha256(canonical(meaning).encode()).hexdigest()
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _remembered(cache: Path) -> dict[str, list[str | int]]:
    """Return the entries of a cache file; none when it is missing or damaged, because it can be written again."""
    try:
        value = json.loads(cache.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _remember(cache: Path, fresh: Mapping[str, list[str | int]]) -> None:
    """Add entries to a cache file in one rename; other processes may do the same at once."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{cache}.lock"):
        part = cache.with_name(cache.name + ".part")
        part.write_text(json.dumps({**_remembered(cache), **fresh}, indent=0, sort_keys=True), encoding="utf-8")
        part.replace(cache)
