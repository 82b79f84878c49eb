"""Models of a few lines: an embedder that hashes words, and a generator that answers by a given rule."""

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman.core.errors import UsageError
from pointsman.ports.models import Message, Vectors

ROLES = ("system", "user", "assistant")


class FakeEmbedder:
    """Each word adds 1 at its hash; the vector is then scaled to length 1."""

    def __init__(self, dimension: int = 64, *, fingerprint: str = "fake-embedder") -> None:
        self.dimension = dimension
        self.fingerprint = fingerprint
        self.calls = 0
        self.texts: list[str] = []
        """Every embedded text, in order."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.calls += 1
        self.texts += texts
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in text.lower().split() or [""]:
                row[zlib.crc32(f"{self.fingerprint} {word}".encode("utf-8", "surrogatepass")) % self.dimension] += 1
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def first_words(prompt: Sequence[Message]) -> str:
    """Return the question as a JSON answer."""
    return json.dumps({"answer": prompt[-1]["content"]})


def filled(schema: Mapping[str, Any], said: str) -> Any:
    """Return a value of a schema of plain types, with ``said`` wherever a text may stand.

    Raises:
        UsageError: it knows no such type.
    """
    kind = schema.get("type")
    if kind == "object":
        wanted = schema.get("properties", {}).items()
        return {key: filled(part, said) for key, part in wanted if key in schema.get("required", ())}
    plain = {"string": said, "array": [], "integer": 0, "number": 0, "boolean": True, "null": None}
    if not isinstance(kind, str) or kind not in plain:
        raise UsageError(f"examples.schema cannot be enforced while an answer is written: type {kind!r}")
    return plain[kind]


class FakeGenerator:
    """Answers by a rule; the rule's own answer has the highest likelihood."""

    def __init__(
        self,
        answer: Callable[[Sequence[Message]], str] = first_words,
        *,
        fingerprint: str = "fake-generator",
        max_length: int = 1024,
    ) -> None:
        self.answer = answer
        self.fingerprint = fingerprint
        self.max_length = max_length
        """Most words of a prompt."""
        self.calls = 0
        self.answered = 0
        """Number of answered prompts."""

    def generate(
        self, prompts: Sequence[Sequence[Message]], *, max_new_tokens: int, schema: Mapping[str, Any] | None = None
    ) -> list[str]:
        self._screen(prompts)
        self.calls += 1
        self.answered += len(prompts)
        said = [self.answer(prompt) for prompt in prompts]
        held = said if schema is None else [json.dumps(filled(schema, answer)) for answer in said]
        return [" ".join(answer.split()[:max_new_tokens]) for answer in held]

    def completion_nll(self, prompts: Sequence[Sequence[Message]], completions: Sequence[str]) -> NDArray[np.float64]:
        self._screen(prompts)
        pairs = zip(prompts, completions, strict=True)
        return np.array([self._surprise(self.answer(p).split(), c.split()) for p, c in pairs], dtype=np.float64)

    def _surprise(self, own: list[str], given: list[str]) -> float:
        """Return the mean nats per word: 0.1 for a word of the rule's answer at its position, 5 for another."""
        costs = [0.1 if i < len(own) and own[i] == word else 5.0 for i, word in enumerate([*given, ""])]
        costs[-1] = 0.1 if len(own) == len(given) else 5.0
        return sum(costs) / len(costs)

    def _screen(self, prompts: Sequence[Sequence[Message]]) -> None:
        for i, prompt in enumerate(prompts):
            unknown = [message["role"] for message in prompt if message["role"] not in ROLES]
            if unknown or not prompt:
                raise UsageError(f"prompt {i} has roles {unknown}; use {', '.join(ROLES)}")
            words = sum(len(message["content"].split()) for message in prompt)
            if words > self.max_length:
                raise UsageError(f"prompt {i} has {words} tokens, the limit is {self.max_length}")
