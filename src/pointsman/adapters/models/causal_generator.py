"""The generator: any causal language model that transformers can load, with its LoRA adapter."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman.adapters.models import causal_lm
from pointsman.adapters.models.constrained_decoding import Grammar
from pointsman.adapters.models.devices import device
from pointsman.adapters.models.fingerprint import joined
from pointsman.adapters.models.lora import adapter_fingerprint
from pointsman.core.errors import UsageError
from pointsman.ports.models import Message
from pointsman.ports.progress import Progress


class CausalGenerator:
    """Greedy answers of a causal language model. Tokenizer and weights are loaded when first needed."""

    def __init__(
        self,
        folder: Path,
        *,
        fingerprint: str,
        adapter: Path | None = None,
        max_length: int = 1024,
        batch_size: int = 8,
        progress: Progress | None = None,
    ) -> None:
        """Use a model folder, and an adapter trained on it if given; loads nothing.

        Args:
            folder: the base model, as ``resolve`` returns it.
            fingerprint: content id of the base alone, without the adapter.
            adapter: folder of a LoRA adapter.
            max_length: most tokens of a prompt.
            batch_size: prompts in a batch.
            progress: called after each batch.

        Raises:
            ModelMissing: the adapter is missing or damaged.
            ModelMismatch: the adapter was trained on another base.
        """
        own = adapter_fingerprint(adapter, base=fingerprint) if adapter else None
        self.fingerprint = joined(fingerprint, own)
        """Id of base weights and adapter."""
        self._folder, self._adapter = folder, adapter
        self._max_length, self._batch_size, self._progress = max_length, batch_size, progress

    @cached_property
    def _chat(self) -> causal_lm.Chat:
        return causal_lm.Chat(self._folder)

    @cached_property
    def _model(self) -> Any:
        return causal_lm.load_model(self._folder, adapter=self._adapter)

    def generate(
        self, prompts: Sequence[Sequence[Message]], *, max_new_tokens: int, schema: Mapping[str, Any] | None = None
    ) -> list[str]:
        """Return the greedy completion of each chat prompt without special tokens, in the same order.

        With a JSON Schema, only tokens that fit it are generated: an answer that ends before ``max_new_tokens`` is
        valid.

        Raises:
            UsageError: a prompt is longer than ``max_length`` or leaves no room for the answer; or the schema cannot be
                enforced, or the package for that is not installed.
        """
        rows = [self._chat.prompt(messages) for messages in prompts]
        self._refuse_too_long([len(row) for row in rows], max_new_tokens)
        answers = [""] * len(rows)
        batches = causal_lm.ordered([len(row) for row in rows], self._batch_size)
        grammar = self._grammar(schema) if schema is not None and rows else None
        for done, batch in enumerate(batches, start=1):
            written = self._complete([rows[i] for i in batch], max_new_tokens, grammar)
            for i, answer in zip(batch, written, strict=True):
                answers[i] = answer
            self._report("answers", done, len(batches))
        return answers

    @cached_property
    def _ends(self) -> list[int]:
        """The tokens that end an answer."""
        return sorted({self._chat.tokenizer.eos_token_id, *_listed(self._model.generation_config.eos_token_id)})

    def _grammar(self, schema: Mapping[str, Any]) -> Grammar:
        tokens = self._model.get_input_embeddings().weight.shape[0]
        return Grammar(self._chat.tokenizer, schema, tokens=tokens, ends=self._ends)

    def _complete(
        self, rows: Sequence[Sequence[int]], max_new_tokens: int, grammar: Grammar | None = None
    ) -> list[str]:
        """Return the answers to one batch of prompts; stops as soon as all answers have ended."""
        import torch
        from transformers import GenerationConfig, LogitsProcessorList

        tokenizer = self._chat.tokenizer
        greedy = GenerationConfig(
            do_sample=False,
            max_new_tokens=max_new_tokens,
            eos_token_id=self._ends,
            pad_token_id=tokenizer.pad_token_id,
            use_cache=True,
        )
        batch = tokenizer.pad({"input_ids": [list(row) for row in rows]}, return_tensors="pt").to(device())
        with torch.inference_mode():
            processors = LogitsProcessorList([grammar.processor(len(rows))] if grammar else [])
            found = self._model.generate(**batch, generation_config=greedy, logits_processor=processors)
        answers: list[str] = tokenizer.batch_decode(
            found[:, batch["input_ids"].shape[1] :], skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return answers

    def completion_nll(self, prompts: Sequence[Sequence[Message]], completions: Sequence[str]) -> NDArray[np.float64]:
        """Return the mean negative log-likelihood (nats per token) of each completion given its prompt, shape (n,).

        The end-of-turn token counts as a token of the completion.

        Raises:
            UsageError: a prompt with its completion is longer than ``max_length``.
        """
        import torch

        pairs = zip(prompts, completions, strict=True)
        rows = [self._chat.example(messages, completion) for messages, completion in pairs]
        self._refuse_too_long([len(row.ids) for row in rows], 0)
        found = np.zeros(len(rows), dtype=np.float64)
        batches = causal_lm.ordered([len(row.ids) for row in rows], self._batch_size)
        for done, batch in enumerate(batches, start=1):
            with torch.inference_mode():
                losses, tokens = causal_lm.completion_losses(self._model, [rows[i] for i in batch])
            found[batch] = (losses / tokens).double().cpu().numpy()
            self._report("likelihoods", done, len(batches))
        return found

    def _refuse_too_long(self, lengths: Sequence[int], more: int) -> None:
        """Refuse prompts that are too long for the model."""
        window = getattr(self._model.config, "max_position_embeddings", None) if lengths else None
        limit = self._max_length if window is None else min(self._max_length, window - more)
        long = [f"prompt {i} has {length} tokens" for i, length in enumerate(lengths) if length > limit]
        if long:
            raise UsageError(
                f"{causal_lm.few(long)}; the limit is {limit}; "
                "lower generator.passages or generator.passage_tokens, or raise generator.lora.max_length"
            )

    def _report(self, label: str, done: int, total: int) -> None:
        if self._progress is not None:
            self._progress(label, done, total)


def _listed(ids: int | list[int] | None) -> list[int]:
    """Return the end tokens of a model as a list."""
    if ids is None:
        return []
    return [ids] if isinstance(ids, int) else list(ids)
