"""The ports of models: embedder, reranker and generator."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pointsman.core.release import Model, Reranking

Vectors = NDArray[np.float32]
"""Shape (n, dimension), float32, each row of length 1."""

Message = Mapping[str, str]
"""``{"role": "system|user|assistant", "content": str}``."""


class Embedder(Protocol):
    """Turns text into vectors."""

    @property
    def fingerprint(self) -> str:
        """Id of base weights and adapter; vectors of different fingerprints are never compared."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each text, shape (len(texts), dimension); (0, dimension) for none."""

    def count_tokens(self, text: str) -> int:
        """Return the number of the embedder's tokens in ``text``, without special tokens; loads no weights."""


class Reranker(Protocol):
    """Reads a question and a passage together."""

    @property
    def fingerprint(self) -> str:
        """Id of its weights."""

    def score(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Return how well each passage answers, shape (len(passages),); higher is better, comparable in one call."""


class Generator(Protocol):
    """Writes answers."""

    @property
    def fingerprint(self) -> str:
        """Id of base weights and adapter."""

    def generate(
        self, prompts: Sequence[Sequence[Message]], *, max_new_tokens: int, schema: Mapping[str, Any] | None = None
    ) -> list[str]:
        """Return the greedy completion of each chat prompt, special tokens removed, in the order given.

        With a JSON Schema every token stays within it: an answer that ends before ``max_new_tokens`` is valid.

        Raises:
            UsageError: answers cannot be held to this schema, or not at all.
        """

    def completion_nll(self, prompts: Sequence[Sequence[Message]], completions: Sequence[str]) -> NDArray[np.float64]:
        """Return the mean negative log-likelihood (nats per token) of each completion given its prompt, shape (n,)."""


Role = Literal["retriever", "generator"]


class CountingEmbedder(Embedder, Protocol):
    """An embedder that knows what it computed and what it had already."""

    def recompute(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each text, computed now, whatever is remembered."""

    @property
    def embedded(self) -> int:
        """Texts that went through the model."""

    @property
    def reused(self) -> int:
        """Texts whose vectors were held already."""


class Models(Protocol):
    """The models that params.yaml names, and the adapters that were trained on them."""

    def base(self, role: Role) -> Model:
        """Return the base model of params.yaml, fingerprinted, without loading it."""

    def embedder(self, model: Model) -> CountingEmbedder:
        """Return the embedder of a release; weights are loaded when first used."""

    def engine(self, model: Model) -> str:
        """Return which engine embeds with ``model`` and why, in words, and make what that engine needs."""

    def generator(self, model: Model) -> Generator:
        """Return the generator of a release; weights are loaded when first used."""

    def reranking(self) -> Reranking | None:
        """Return the reranking of params.yaml, fingerprinted, without loading it; None when it is off."""

    def reranker(self, reranking: Reranking) -> Reranker:
        """Return the cross-encoder of a release; weights are loaded when first used."""

    def adopt(self, role: Role) -> str:
        """Keep the adapter that was just built, under its fingerprint, and return the fingerprint."""
