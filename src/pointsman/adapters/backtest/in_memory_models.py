"""Reading and counting for a rehearsal: each document once, each text's tokens once, and no weights of any model."""

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
"""Bytes of documents whose blocks are remembered; a document's blocks take a few times its bytes."""
COUNTED = 300_000
"""Texts whose number of tokens is remembered, about 150 bytes each."""


class ParsedOnce:
    """Reads documents, and remembers the last ones by suffix and bytes: for observing, cutting, and every variant."""

    def __init__(
        self, examine: Callable[[str, bytes], tuple[Document | None, dict[str, Any]]], *, max_bytes: int = PARSED_BYTES
    ) -> None:
        """Name what reads a document's bytes."""
        self._examine, self._left = examine, max_bytes
        self._known: OrderedDict[tuple[str, str], tuple[Document | None, dict[str, Any], int]] = OrderedDict()
        self.parsed = 0
        """Documents that were really read."""

    def examine(self, document: str, raw: bytes) -> tuple[Document | None, dict[str, Any]]:
        """Return a document's blocks, or None, and the columns that it is judged by."""
        key = document.rsplit("/", 1)[-1].rpartition(".")[2].lower(), digest(raw)
        found = self._known.get(key)
        if found is None:
            found = (*self._examine(document, raw), len(raw))
            self.parsed += 1
            self._keep(key, found)
        else:
            self._known.move_to_end(key)
        return found[0], dict(found[1])

    def read(self, document: str, raw: bytes) -> Document:
        """Return the blocks of a document that passed when it was examined.

        Raises:
            PointsmanError: its bytes cannot be read, so it cannot have passed.
        """
        blocks, _ = self.examine(document, raw)
        if blocks is None:
            raise PointsmanError(f"{document!r} cannot be read, and was to be served")
        return blocks

    def _keep(self, key: tuple[str, str], found: tuple[Document | None, dict[str, Any], int]) -> None:
        self._known[key] = found
        self._left -= found[2]
        while self._left < 0 and len(self._known) > 1:
            self._left += self._known.popitem(last=False)[1][2]


class TokenCounter:
    """An embedder that can count and not embed; counts are remembered by the text's digest."""

    dimension = 0
    embedded = 0
    reused = 0

    def __init__(self, fingerprint: str, count: Callable[[str], int], *, limit: int = COUNTED) -> None:
        """Name the model, and what counts its tokens."""
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
        """Refuse: nothing is embedded in a rehearsal."""
        refuse(f"embedding {len(texts)} texts")

    def recompute(self, texts: Sequence[str]) -> Vectors:
        """Refuse: nothing is embedded in a rehearsal."""
        refuse(f"embedding {len(texts)} texts")


class NamedModels:
    """The models that params.yaml names, by name alone: no file of them is opened but the embedder's tokenizer."""

    def __init__(self, names: Mapping[str, str], count: Callable[[str], int]) -> None:
        """Take role → model, and what counts the embedder's tokens."""
        self._names = names
        self._counter = TokenCounter(self.base("retriever").base, count)

    def base(self, role: str) -> Model:
        """Return the base model of a role; its fingerprint is of its name."""
        return Model(self._names[role], digest(self._names[role])[:16])

    def embedder(self, model: Model) -> TokenCounter:
        """Return what counts the tokens of the one embedder there is."""
        if model.fingerprint != self._counter.fingerprint:
            refuse(f"another embedder ({model.fingerprint})")
        return self._counter

    def engine(self, model: Model) -> str:
        """Return that none is used."""
        return f"{model.model}: tokens are counted, nothing is embedded"

    def generator(self, model: Model) -> NoReturn:
        """Refuse: nothing is generated in a rehearsal."""
        refuse(f"answering with {model.model}")

    def reranking(self) -> Reranking | None:
        """Return None: nothing is searched, so nothing is ordered."""
        return None

    def reranker(self, reranking: Reranking) -> NoReturn:
        """Refuse: nothing is searched in a rehearsal."""
        refuse(f"reranking with {reranking.model}")

    def store_adapter(self, role: str) -> NoReturn:
        """Refuse: nothing is trained in a rehearsal."""
        refuse(f"adopting a {role}")
