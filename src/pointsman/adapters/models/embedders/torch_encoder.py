"""The most common embedders (encoder → pooling → unit length), computed without sentence-transformers.

Importing sentence-transformers takes about 9 s of process time, transformers alone about 3 s. A contract test compares
the vectors of both.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pointsman.adapters.models.devices import device
from pointsman.adapters.models.embedders.pooling import Pooling
from pointsman.adapters.models.lora import merge_adapter
from pointsman.core.errors import ModelMissing


def tokenizer_of(folder: Path, pooling: Pooling) -> Any:
    """Return the tokenizer of a folder. It cuts texts at the model's limit and does not pad.

    Raises:
        ModelMissing: the folder has no tokenizer in the fast format.
    """
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    if not file.is_file():
        raise ModelMissing(f"{folder} has no tokenizer.json; save its tokenizer in the fast format")
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.enable_truncation(pooling.max_tokens)
    tokenizer.no_padding()
    return tokenizer


class PooledEncoder:
    """An encoder whose text vector is pooled from its token vectors."""

    def __init__(self, folder: Path, adapter: Path | None, pooling: Pooling) -> None:
        """Load the encoder of a folder.

        Args:
            folder: of the model.
            adapter: folder of a LoRA adapter; its deltas are merged into the weights.
            pooling: of the folder, as ``pooling_of`` returns it.

        Raises:
            ModelMissing: transformers cannot load the folder.
        """
        from transformers import AutoModel
        from transformers.utils import logging

        logging.disable_progress_bar()
        try:
            model = AutoModel.from_pretrained(str(folder), local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelMissing(f"{folder} is no encoder that transformers can load: {error}") from error
        self.model: Any = (merge_adapter(model, adapter) if adapter else model).to(device()).eval()
        """The encoder, a torch module."""
        self.pooling = pooling
        self._tokenizer = tokenizer_of(folder, pooling)
        self._tokenizer.enable_padding(pad_id=pooling.padding)

    def encode(self, texts: Sequence[str]) -> Any:
        """Return the pooled vector of each text, shape (len(texts), dimension), a tensor."""
        import torch

        ids, mask = self.tokens(texts)
        with torch.inference_mode():
            return pooled(self.model(input_ids=ids, attention_mask=mask).last_hidden_state.float(), mask, self.pooling)

    def tokens(self, texts: Sequence[str]) -> tuple[Any, Any]:
        """Return token ids and attention mask, two tensors of shape (len(texts), longest)."""
        import torch

        rows = self._tokenizer.encode_batch([text.strip() for text in texts])
        ids = torch.tensor([row.ids for row in rows], device=device())
        return ids, torch.tensor([row.attention_mask for row in rows], device=device())


def pooled(states: Any, mask: Any, pooling: Pooling) -> Any:
    """Return one vector a text, shape (n, dimension), from token vectors (n, tokens, dimension) and their mask."""
    if pooling.mode == "cls":
        return states[:, 0]
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1)
