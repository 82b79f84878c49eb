"""The commonest embedder, encoder → mean pooling → unit length, as sentence-transformers computes it, not importing it.

Importing sentence-transformers costs about 9 s of process time, transformers alone about 3 s; a refresh that embeds
three questions should not pay for trainers and cross-encoders. Contract tests hold the two to the same vectors.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pointsman.adapters.devices import device
from pointsman.adapters.lora import merged
from pointsman.core.errors import ModelMissing

MEAN = "pooling_mode_mean_tokens"


def is_mean_pooled(folder: Path) -> bool:
    """Tell whether a model folder is an encoder with mean pooling, perhaps normalised, and nothing else."""
    modules = _json(folder / "modules.json")
    if not isinstance(modules, list):
        return False
    kinds = [module["type"].rsplit(".", 1)[-1] for module in modules]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]) or modules[0]["path"]:
        return False
    pooling = _json(folder / modules[1]["path"] / "config.json") or {}
    modes = {key for key, value in pooling.items() if key.startswith("pooling_mode_") and value}
    settings = _json(folder / "sentence_bert_config.json") or {}
    return modes == {MEAN} and not settings.get("do_lower_case") and isinstance(settings.get("max_seq_length"), int)


class MeanPooled:
    """An encoder whose text vector is the mean of its token vectors."""

    def __init__(self, folder: Path, adapter: Path | None) -> None:
        """Load the encoder of a folder that ``is_mean_pooled``, and the adapter trained on it.

        Raises:
            ModelMissing: transformers cannot load the folder.
        """
        from tokenizers import Tokenizer
        from transformers import AutoModel
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            model = AutoModel.from_pretrained(str(folder), local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelMissing(f"{folder} is no encoder that transformers can load: {error}") from error
        self._model: Any = (merged(model, adapter) if adapter else model).to(device()).eval()
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_json(folder / "sentence_bert_config.json")["max_seq_length"])
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str]) -> Any:
        """Return the mean of the token vectors of each text, shape (len(texts), dimension), a tensor."""
        import torch

        rows = self._tokenizer.encode_batch([text.strip() for text in texts])
        ids = torch.tensor([row.ids for row in rows], device=device())
        mask = torch.tensor([row.attention_mask for row in rows], device=device())
        with torch.inference_mode():
            states = self._model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weights = mask.unsqueeze(-1).float()
        return (states * weights).sum(1) / weights.sum(1)


def _json(file: Path) -> Any:
    """Return what a configuration file says; None where there is none."""
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
