"""A causal language model for training and for use: loading, chat prompts, losses."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pointsman.adapters.models import bf16_attention
from pointsman.adapters.models.devices import autocast, device, weights_dtype
from pointsman.adapters.models.lora import merge_adapter, padded
from pointsman.core.errors import ModelMissing, UsageError
from pointsman.ports.models import Message

ROLES = frozenset({"system", "user", "assistant"})
IGNORED = -100
"""Label of a position without loss, in PyTorch's cross-entropy."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A prompt with its completion, as token ids."""

    ids: tuple[int, ...]
    start: int
    """Index of the completion's first token; the tokens before it are the prompt."""

    @property
    def completion_tokens(self) -> int:
        """Number of tokens that the loss is computed on."""
        return len(self.ids) - self.start


class Chat:
    """A folder's tokenizer and chat template."""

    def __init__(self, folder: Path) -> None:
        """Open a model folder's tokenizer; loads no weights.

        Raises:
            ModelMissing: the folder has no tokenizer, or one without a chat template or an end-of-turn token.
        """
        from transformers import AutoTokenizer

        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelMissing(f"{folder} has no tokenizer that transformers can open: {error}") from error
        if self.tokenizer.chat_template is None or self.tokenizer.eos_token_id is None:
            raise ModelMissing(
                f"{folder} has no chat template or no end-of-turn token; name an instruction-tuned model"
            )
        if self.tokenizer.pad_token_id is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.tokenizer.padding_side = "left"
        marks = {*self.tokenizer.all_special_tokens, *self.tokenizer.get_added_vocab()}
        self._marks = sorted(marks, key=len)
        self._mark_ids = frozenset(self.tokenizer.convert_tokens_to_ids([mark for mark in marks if len(mark) > 1]))

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Return the token ids of a chat prompt, up to the point where the assistant answers.

        Raises:
            UsageError: there is no message, or one has an unknown role.
        """
        unknown = [message["role"] for message in messages if message["role"] not in ROLES]
        if unknown or not messages:
            raise UsageError(
                f"a prompt has roles {unknown or 'none at all'}; use messages of {', '.join(sorted(ROLES))}"
            )
        plain = [{"role": message["role"], "content": self._plain(message["content"])} for message in messages]
        found = self.tokenizer.apply_chat_template(plain, tokenize=True, add_generation_prompt=True, return_dict=False)
        return list(found)

    def example(self, messages: Sequence[Message], completion: str) -> Encoded:
        """Return a prompt with its completion, which ends with the end-of-turn token."""
        prompt = self.prompt(messages)
        answer = self.tokenizer(self._plain(completion), add_special_tokens=False)["input_ids"]
        return Encoded((*prompt, *answer, self.tokenizer.eos_token_id), len(prompt))

    def _plain(self, text: str) -> str:
        """Return ``text`` with the tokenizer's special marks broken by a space: a document cannot fake another role."""
        for mark in self._marks:
            if len(mark) > 1 and mark in text:
                text = text.replace(mark, f"{mark[0]} {mark[1:]}")
        return self._unmarked(text) if getattr(self.tokenizer, "backend_tokenizer", None) is not None else text

    def _unmarked(self, text: str) -> str:
        """Break what the tokenizer still takes for a mark, because it first makes some spellings equal (NFKC, case)."""
        if self.tokenizer.backend_tokenizer.normalizer is None:
            return text
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        found = zip(encoded["input_ids"], encoded["offset_mapping"], strict=True)
        for begin, end in reversed([place for token, place in found if token in self._mark_ids]):
            text = f"{text[: begin + 1]} {text[begin + 1 :]}" if end - begin > 1 else f"{text[:begin]} {text[end:]}"
        return text


def window(folder: Path) -> int | None:
    """Return the tokens of a model's context, None where its configuration does not state it; loads no weights.

    Raises:
        ModelMissing: there is no configuration that transformers can read.
    """
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise ModelMissing(f"{folder} has no configuration that transformers can read: {error}") from error
    found = getattr(config.get_text_config(), "max_position_embeddings", None)
    return int(found) if found else None


def load_model(folder: Path, *, adapter: Path | None = None, in_4_bits: bool = False) -> Any:
    """Return a causal language model, ready to run; an adapter is merged in fp32, then the weights are rounded.

    Args:
        folder: the base model.
        adapter: of a LoRA.
        in_4_bits: store the base as NF4 (Dettmers et al. 2023, arXiv 2305.14314), to train an adapter on it.

    Raises:
        ModelMissing: transformers cannot load the folder.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    dtype = weights_dtype()
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            config=config,
            dtype=torch.float32 if adapter else dtype,
            attn_implementation=bf16_attention.implementation(config),
            use_safetensors=True,
            local_files_only=True,
            **(_nf4() if in_4_bits else {}),
        )
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelMissing(f"{folder} is no causal language model that transformers can load: {error}") from error
    if in_4_bits:
        return _ready_for_lora(model)
    if adapter:
        model = merge_adapter(model, adapter)
    return model.to(device=device(), dtype=dtype).eval()


def _nf4() -> dict[str, Any]:
    """Return the arguments of ``from_pretrained`` for a model in 4 bits on the GPU."""
    from transformers import BitsAndBytesConfig

    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=weights_dtype(),
    )
    return {"quantization_config": config, "device_map": {"": 0}}


def _ready_for_lora(model: Any) -> Any:
    """Return a model in 4 bits with its norms in fp32, as QLoRA trains it."""
    from peft import prepare_model_for_kbit_training

    return prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)


def completion_losses(model: Any, rows: Sequence[Encoded]) -> tuple[Any, Any]:
    """Return, for each row, the summed negative log-likelihood (nats) of its completion, and its number of tokens.

    Rows are padded on the right, so causal attention ignores the padding without a mask. Logits are computed only from
    the first position of any completion on.

    Returns:
        Two tensors of shape (rows,).
    """
    import torch

    ids = padded([row.ids for row in rows], 0)
    labels = padded([(IGNORED,) * row.start + row.ids[row.start :] for row in rows], IGNORED)[:, 1:]
    first, last = min(row.start for row in rows) - 1, ids.shape[1] - 1
    where = torch.arange(first, last, device=ids.device)
    labels = labels[:, first:last]
    with autocast():
        logits = model(input_ids=ids, use_cache=False, logits_to_keep=where).logits
    targets = labels != IGNORED
    losses = torch.zeros(labels.shape, device=ids.device)
    losses[targets] = torch.nn.functional.cross_entropy(logits[targets].float(), labels[targets], reduction="none")
    return losses.sum(dim=1), targets.sum(dim=1)


def ordered(sizes: Sequence[int], batch_size: int) -> list[list[int]]:
    """Return the indices of ``sizes`` in batches, longest first: little padding, and memory peaks at the start."""
    order = sorted(range(len(sizes)), key=lambda i: (-sizes[i], i))
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def few(complaints: Sequence[str], *, shown: int = 5) -> str:
    """Return complaints as one text: the first ones in full, and the number of the others."""
    more = f" ... and {len(complaints) - shown} more" if len(complaints) > shown else ""
    return "; ".join(complaints[:shown]) + more
