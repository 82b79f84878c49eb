"""The prompt. Training, evaluation and serving all build it here, so that all three see the same prompt."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from pointsman.core.hashing import content_id

SYSTEM = (
    "Answer the question from the passages below. Each passage begins with the id of its document in square brackets."
)
"""The system message."""
PASSAGE_GAP = "\n\n"
"""Text between two passages, and before the question."""


class Passage(Protocol):
    """The parts of a retrieved passage that a prompt uses."""

    @property
    def document(self) -> str:
        """Id of its document."""

    @property
    def text(self) -> str:
        """Its text."""


def prompt_fingerprint(passages: int, passage_words: int) -> str:
    """Return the id of the prompt template. It is part of every release."""
    return content_id({"system": SYSTEM, "passages": passages, "passage_words": passage_words})


def build_prompt(question: str, passages: Sequence[Passage], passage_words: int) -> list[Mapping[str, str]]:
    """Return the chat prompt for a question: its passages, each cut to ``passage_words`` words, then the question."""
    shown = PASSAGE_GAP.join(f"[{p.document}] {clipped(p.text, passage_words)}" for p in passages)
    return [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": f"{shown}{PASSAGE_GAP}Question: {question}"},
    ]


def clipped(text: str, words: int) -> str:
    """Return the first ``words`` words of ``text``, with single spaces between them."""
    return " ".join(text.split()[:words])
