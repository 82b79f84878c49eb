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
        """Id of base weights and adapter. Vectors of different fingerprints must not be compared."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each text, shape (len(texts), dimension); (0, dimension) for none."""

    def count_tokens(self, text: str) -> int:
        """Return the number of the embedder's tokens in ``text``, without special tokens. Loads no weights."""


class Reranker(Protocol):
    """Scores a question and a passage together (cross-encoder)."""

    @property
    def fingerprint(self) -> str:
        """Id of its weights."""

    def score(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Return a logit for each passage, shape (len(passages),). Higher is better; compare within one call only."""


class Generator(Protocol):
    """Writes answers."""

    @property
    def fingerprint(self) -> str:
        """Id of base weights and adapter."""

    def generate(
        self, prompts: Sequence[Sequence[Message]], *, max_new_tokens: int, schema: Mapping[str, Any] | None = None
    ) -> list[str]:
        """Return the greedy completion of each chat prompt without special tokens, in the same order.

        With a JSON Schema, only tokens that fit it are generated: an answer that ends before ``max_new_tokens`` is
        valid.

        Raises:
            UsageError: this schema, or any schema, cannot be enforced here.
        """

    def completion_nll(self, prompts: Sequence[Sequence[Message]], completions: Sequence[str]) -> NDArray[np.float64]:
        """Return the mean negative log-likelihood of each completion after its prompt, nats per token, shape (n,)."""


Role = Literal["retriever", "generator"]
"""What a model is for: it embeds, or it writes answers."""


class CountingEmbedder(Embedder, Protocol):
    """An embedder with a cache that counts its work."""

    def recompute(self, texts: Sequence[str]) -> Vectors:
        """Return one vector for each text, computed now and not taken from the cache."""

    @property
    def embedded(self) -> int:
        """Number of texts that the model embedded."""

    @property
    def reused(self) -> int:
        """Number of texts whose vectors came from the cache."""


class Models(Protocol):
    """The models of params.yaml and the adapters that were trained on them."""

    def base(self, role: Role) -> Model:
        """Return the base model of params.yaml with its fingerprint, without loading it."""

    def embedder(self, model: Model) -> CountingEmbedder:
        """Return the embedder of a release. Its weights are loaded on first use."""

    def engine(self, model: Model) -> str:
        """Return in words which engine runs ``model`` and why, and prepare the files that the engine needs."""

    def generator(self, model: Model) -> Generator:
        """Return the generator of a release. Its weights are loaded on first use."""

    def reranking(self) -> Reranking | None:
        """Return the reranking of params.yaml with its fingerprint, without loading it; None if it is off."""

    def reranker(self, reranking: Reranking) -> Reranker:
        """Return the cross-encoder of a release. Its weights are loaded on first use."""

    def store_adapter(self, role: Role) -> str:
        """Store the adapter of the last build under its fingerprint and return the fingerprint."""
