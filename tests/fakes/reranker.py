"""Rerankers by a rule: the number of words that question and passage share, or its negative."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class WordReranker:
    """Scores a passage by the number of the question's words in it; ``perverse`` reverses the order."""

    def __init__(self, fingerprint: str = "word-reranker", *, perverse: bool = False) -> None:
        self.fingerprint = fingerprint
        self.scored = 0
        """Number of scored pairs."""
        self._sign = -1 if perverse else 1

    def score(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        self.scored += len(passages)
        asked = set(question.lower().strip("?.").split())
        shared = [len(asked & {word.strip(".,") for word in p.lower().split()}) for p in passages]
        return self._sign * np.array(shared, dtype=np.float32).reshape(len(passages))
