"""How a model folder turns token vectors into one text vector, read from its configuration alone."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

MODES: dict[str, Literal["mean", "cls"]] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "mean": "mean",
    "cls": "cls",
}
"""What a pooling's configuration may say, in the older and the newer spelling, and what we call it."""


@dataclass(frozen=True, slots=True)
class Pooling:
    """An encoder, one way of pooling, perhaps unit length, and nothing else."""

    mode: Literal["mean", "cls"]
    """Mean of the token vectors, or the first token's."""
    max_tokens: int
    """Tokens of a text that are read, special ones included."""
    padding: int
    """Id of the token that fills a batch up."""


def pooling_of(folder: Path) -> Pooling | None:
    """Return the pooling of a sentence-transformers folder; None where it does anything that is not known here."""
    modules = _json(folder / "modules.json")
    if not isinstance(modules, list):
        return None
    kinds = [module["type"].rsplit(".", 1)[-1] for module in modules]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]) or modules[0]["path"]:
        return None
    pooling = _json(folder / modules[1]["path"] / "config.json") or {}
    settings = _json(folder / "sentence_bert_config.json") or {}
    prompts = _json(folder / "config_sentence_transformers.json") or {}
    said, longest = _said(pooling), settings.get("max_seq_length")
    plain = not settings.get("do_lower_case") and not prompts.get("default_prompt_name")
    if len(said) != 1 or said[0] not in MODES or not plain or not isinstance(longest, int):
        return None
    return Pooling(MODES[said[0]], longest, (_json(folder / "config.json") or {}).get("pad_token_id") or 0)


def _said(pooling: dict[str, Any]) -> list[str]:
    """Return the modes that a pooling's configuration switches on."""
    mode = pooling.get("pooling_mode")
    if mode is not None:
        return [mode] if isinstance(mode, str) else list(mode)
    return [key for key, value in pooling.items() if key.startswith("pooling_mode_") and value]


def _json(file: Path) -> Any:
    """Return what a configuration file says; None where there is none."""
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
