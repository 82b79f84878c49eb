"""Rerankers of a rule: by the words that question and passage share, or by how few they share."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class WordReranker:
    """Counts the question's words in a passage; a perverse one prefers the passage with fewest of them."""

    def __init__(self, fingerprint: str = "word-reranker", *, perverse: bool = False) -> None:
        self.fingerprint = fingerprint
        self.scored = 0
        """Pairs scored so far."""
        self._sign = -1 if perverse else 1

    def score(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        self.scored += len(passages)
        asked = set(question.lower().strip("?.").split())
        shared = [len(asked & {word.strip(".,") for word in p.lower().split()}) for p in passages]
        return self._sign * np.array(shared, dtype=np.float32).reshape(len(passages))
