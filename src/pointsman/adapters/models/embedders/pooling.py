"""How a model turns token vectors into one text vector, read from its configuration files."""

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
"""Value in the configuration, in its older and newer spelling → pooling mode."""


@dataclass(frozen=True, slots=True)
class Pooling:
    """A model that is an encoder and a pooling, and nothing else except scaling to unit length."""

    mode: Literal["mean", "cls"]
    """Mean of the token vectors, or the first token's."""
    max_tokens: int
    """Tokens of a text that the model reads, special tokens included."""
    padding: int
    """Id of the token that fills short rows of a batch."""


def pooling_of(folder: Path) -> Pooling | None:
    """Return the pooling of a sentence-transformers folder; None where the model does anything else."""
    modules = _json(folder / "modules.json")
    if not isinstance(modules, list):
        return None
    kinds = [module["type"].rsplit(".", 1)[-1] for module in modules]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]) or modules[0]["path"]:
        return None
    pooling = _json(folder / modules[1]["path"] / "config.json") or {}
    settings = _json(folder / "sentence_bert_config.json") or {}
    prompts = _json(folder / "config_sentence_transformers.json") or {}
    modes, longest = _modes(pooling), settings.get("max_seq_length")
    plain = not settings.get("do_lower_case") and not prompts.get("default_prompt_name")
    if len(modes) != 1 or modes[0] not in MODES or not plain or not isinstance(longest, int):
        return None
    return Pooling(MODES[modes[0]], longest, (_json(folder / "config.json") or {}).get("pad_token_id") or 0)


def _modes(pooling: dict[str, Any]) -> list[str]:
    """Return the modes that the configuration of a pooling switches on."""
    mode = pooling.get("pooling_mode")
    if mode is not None:
        return [mode] if isinstance(mode, str) else list(mode)
    return [key for key, value in pooling.items() if key.startswith("pooling_mode_") and value]


def _json(file: Path) -> Any:
    """Return the content of a configuration file; None where there is none."""
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
