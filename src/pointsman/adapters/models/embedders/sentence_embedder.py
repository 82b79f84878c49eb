"""The embedder with PyTorch: any sentence-transformers model (or plain encoder), with its LoRA adapter."""

import json
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from pointsman.adapters.models.devices import autocast, device
from pointsman.adapters.models.embedders.pooling import pooling_of
from pointsman.adapters.models.embedders.torch_encoder import PooledEncoder
from pointsman.adapters.models.fingerprint import joined
from pointsman.adapters.models.lora import adapter_fingerprint, merge_adapter
from pointsman.core.errors import ModelMissing
from pointsman.ports.models import Vectors
from pointsman.ports.progress import Progress

WIDTH_KEYS = ("out_features", "word_embedding_dimension", "embedding_dimension")
"""Keys of a module's configuration that give the length of its vectors."""


class SentenceEmbedder:
    """Unit vectors of texts. Weights are loaded at the first ``embed``; dimension and token counts need no weights."""

    def __init__(
        self,
        folder: Path,
        *,
        fingerprint: str,
        adapter: Path | None = None,
        batch_size: int = 32,
        progress: Progress | None = None,
    ) -> None:
        """Use a model folder, and an adapter trained on it if given; loads nothing.

        Args:
            folder: the base model, as ``resolve`` returns it.
            fingerprint: content id of the base alone, without the adapter.
            adapter: folder of a LoRA adapter.
            batch_size: texts in a batch.
            progress: called after each batch.

        Raises:
            ModelMissing: the adapter is missing or damaged.
            ModelMismatch: the adapter was trained on another base.
        """
        own = adapter_fingerprint(adapter, base=fingerprint) if adapter else None
        self.fingerprint = joined(fingerprint, own)
        """Id of base weights and adapter."""
        self._folder, self._adapter = folder, adapter
        self._batch_size, self._progress = batch_size, progress

    @cached_property
    def dimension(self) -> int:
        """Length of a vector, from the model's configuration."""
        return _dimension(self._folder)

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        file = self._folder / "tokenizer.json"
        if not file.is_file():
            raise ModelMissing(f"{self._folder} has no tokenizer.json; save its tokenizer in the fast format")
        tokenizer = Tokenizer.from_file(str(file))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _encode(self) -> Callable[[list[str]], Any]:
        """Texts → tensor of vectors, shape (len(texts), dimension)."""
        pooling = pooling_of(self._folder)
        if pooling is not None:
            return PooledEncoder(self._folder, self._adapter, pooling).encode
        model = load_encoder(self._folder)
        if self._adapter:
            model[0].model = merge_adapter(model[0].model, self._adapter).to(device())
        return partial(
            model.eval().encode, batch_size=self._batch_size, convert_to_tensor=True, show_progress_bar=False
        )

    def count_tokens(self, text: str) -> int:
        """Return the number of the embedder's tokens in ``text``, without special tokens; loads no weights."""
        return len(self._tokenizer.encode(text, add_special_tokens=False))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text, shape (len(texts), dimension), float32.

        Texts of similar length share a batch. Matrix products run in bf16 where the hardware has it: 2.4 times
        the texts per second of fp32 on two cores with AVX-512 bf16, at a mean cosine of 0.99998 to it.
        """
        found = np.zeros((len(texts), self.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: (-len(texts[i]), i))
        for start in range(0, len(order), self._batch_size):
            batch = order[start : start + self._batch_size]
            found[batch] = self._vectors([texts[i] for i in batch])
            if self._progress is not None:
                self._progress("embedding", start + len(batch), len(texts))
        return found

    def _vectors(self, texts: list[str]) -> Vectors:
        """Return the unit vectors of one batch."""
        with autocast():
            raw = self._encode(texts)
        vectors: Vectors = raw.float().cpu().numpy()
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
        return vectors


def load_encoder(folder: Path) -> Any:
    """Return a sentence-transformers model in fp32.

    Raises:
        ModelMissing: sentence-transformers cannot load the folder.
    """
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        return SentenceTransformer(str(folder), device=device(), local_files_only=True)
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelMissing(f"{folder} is no embedder that sentence-transformers can load: {error}") from error


def _dimension(folder: Path) -> int:
    """Return the length of a model's vectors: that of the last module with a length.

    Raises:
        ModelMissing: the configuration does not state it.
    """
    modules = folder / "modules.json"
    paths = [module["path"] for module in _json(modules)] if modules.is_file() else []
    for path in reversed(paths):
        config = folder / path / "config.json"
        if path and config.is_file():
            widths = [value for key, value in _json(config).items() if key in WIDTH_KEYS]
            if widths:
                return int(widths[0])
    width = _json(folder / "config.json").get("hidden_size")
    if not isinstance(width, int):
        raise ModelMissing(f"{folder / 'config.json'} does not state its hidden_size; name another embedder")
    return width


def _json(file: Path) -> Any:
    """Return the content of a configuration file."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelMissing(f"{file} cannot be read: {error}; name another model folder") from error
