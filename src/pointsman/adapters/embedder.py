"""PLACEHOLDER written by the lead to unblock; the owner of this file overwrites it."""

import json
from functools import cached_property
import numpy as np
from pointsman.adapters.devices import *  # noqa


class SentenceEmbedder:
    def __init__(self, folder, *, fingerprint, adapter=None, batch_size=32, progress=None):
        from pointsman.adapters.models import joined
        from pointsman.adapters.lora import adapter_fingerprint

        own = adapter_fingerprint(adapter, base=fingerprint) if adapter else None
        self.fingerprint = joined(fingerprint, own)
        self.folder = folder
        self.adapter = adapter
        self.bs = batch_size
        self.progress = progress

    @property
    def dimension(self):
        return json.loads((self.folder / "config.json").read_text())["hidden_size"]

    @cached_property
    def _tok(self):
        from tokenizers import Tokenizer

        t = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        t.no_truncation()
        t.no_padding()
        return t

    def count_tokens(self, text):
        return len(self._tok.encode(text, add_special_tokens=False).ids)

    @cached_property
    def _model(self):
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(self.folder), device="cpu")

    def embed(self, texts):
        import torch

        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            v = self._model.encode(list(texts), batch_size=self.bs, show_progress_bar=False)
        v = np.asarray(v, np.float32)
        return v / np.linalg.norm(v, axis=1, keepdims=True)
