"""Parsing and counting for a backtest: each document once, the tokens of each text once, no weights of any model."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from pointsman.adapters.backtest.in_memory import refuse
from pointsman.core.corpus.documents import Document
from pointsman.core.errors import PointsmanError
from pointsman.core.hashing import digest
from pointsman.core.release import Model, Reranking
from pointsman.ports.models import Vectors

PARSED_BYTES = 64_000_000
"""Bytes of documents whose blocks are remembered, at most; blocks take a few times as much memory."""
COUNTED = 300_000
"""Texts whose number of tokens is remembered, at most; about 150 bytes each."""


class ParsedOnce:
    """Parses documents, and keeps the last results by kind and bytes: for observing, cutting, and every variant."""

    def __init__(
        self,
        parse: Callable[[str, bytes], tuple[Document | None, dict[str, Any]]],
        kind_of: Callable[[str], str],
        *,
        max_bytes: int = PARSED_BYTES,
    ) -> None:
        """Take what parses a document's bytes, and what names its kind: one kind reads the same bytes alike."""
        self._parse, self._kind_of, self._left = parse, kind_of, max_bytes
        self._known: OrderedDict[tuple[str, str], tuple[Document | None, dict[str, Any], int]] = OrderedDict()
        self.parsed = 0
        """Documents that were really parsed."""

    def parse_and_measure(self, document: str, raw: bytes) -> tuple[Document | None, dict[str, Any]]:
        """Return a document's blocks (None where it cannot be read) and the columns that it is judged by."""
        key = self._kind_of(document), digest(raw)
        found = self._known.get(key)
        if found is None:
            found = (*self._parse(document, raw), len(raw))
            self.parsed += 1
            self._keep(key, found)
        else:
            self._known.move_to_end(key)
        return found[0], dict(found[1])

    def read(self, document: str, raw: bytes) -> Document:
        """Return the blocks of a document that validation let pass.

        Raises:
            PointsmanError: its bytes cannot be read, so it cannot have passed.
        """
        blocks, _ = self.parse_and_measure(document, raw)
        if blocks is None:
            raise PointsmanError(f"{document!r} cannot be read, and was to be served")
        return blocks

    def _keep(self, key: tuple[str, str], found: tuple[Document | None, dict[str, Any], int]) -> None:
        self._known[key] = found
        self._left -= found[2]
        while self._left < 0 and len(self._known) > 1:
            self._left += self._known.popitem(last=False)[1][2]


class TokenCounter:
    """An embedder that counts tokens and embeds nothing; counts are remembered by the digest of the text."""

    dimension = 0
    embedded = 0
    reused = 0

    def __init__(self, fingerprint: str, count: Callable[[str], int], *, limit: int = COUNTED) -> None:
        """Take the model's fingerprint, and the function that counts its tokens."""
        self.fingerprint = fingerprint
        self._count, self._limit = count, limit
        self._known: dict[str, int] = {}

    def count_tokens(self, text: str) -> int:
        """Return the number of the embedder's tokens in a text."""
        key = digest(text)
        if key not in self._known:
            if len(self._known) >= self._limit:
                del self._known[next(iter(self._known))]
            self._known[key] = self._count(text)
        return self._known[key]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Refuse: a backtest embeds nothing."""
        refuse(f"embedding {len(texts)} texts")

    def recompute(self, texts: Sequence[str]) -> Vectors:
        """Refuse: a backtest embeds nothing."""
        refuse(f"embedding {len(texts)} texts")


class NamedModels:
    """The models of params.yaml by their names only; the embedder's tokenizer is the only file that is opened."""

    def __init__(self, names: Mapping[str, str], count: Callable[[str], int]) -> None:
        """Take role → model, and the function that counts the embedder's tokens."""
        self._names = names
        self._counter = TokenCounter(self.base("retriever").base, count)

    def base(self, role: str) -> Model:
        """Return the base model of a role; its fingerprint is a digest of its name."""
        return Model(self._names[role], digest(self._names[role])[:16])

    def embedder(self, model: Model) -> TokenCounter:
        """Return the counter of the only embedder's tokens."""
        if model.fingerprint != self._counter.fingerprint:
            refuse(f"another embedder ({model.fingerprint})")
        return self._counter

    def engine(self, model: Model) -> str:
        """Return in words that no engine is used."""
        return f"{model.model}: tokens are counted, nothing is embedded"

    def generator(self, model: Model) -> NoReturn:
        """Refuse: a backtest generates nothing."""
        refuse(f"answering with {model.model}")

    def reranking(self) -> Reranking | None:
        """Return None: nothing is searched, so nothing is reranked."""
        return None

    def reranker(self, reranking: Reranking) -> NoReturn:
        """Refuse: a backtest searches nothing."""
        refuse(f"reranking with {reranking.model}")

    def store_adapter(self, role: str) -> NoReturn:
        """Refuse: a backtest trains nothing."""
        refuse(f"adopting a {role}")
