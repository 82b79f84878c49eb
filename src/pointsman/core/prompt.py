"""The prompt: built once, here, so that what is trained is what is served."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from pointsman.core.hashing import content_id

SYSTEM = (
    "Answer the question from the passages below. Each passage begins with the id of its document in square brackets."
)
PASSAGE_GAP = "\n\n"


class Passage(Protocol):
    """What a prompt needs of a retrieved passage."""

    @property
    def document(self) -> str:
        """Id of its document."""

    @property
    def text(self) -> str:
        """Its text."""


def prompt_fingerprint(passages: int, passage_words: int) -> str:
    """Return the id of the prompt's form; part of every release."""
    return content_id({"system": SYSTEM, "passages": passages, "passage_words": passage_words})


def build_prompt(question: str, passages: Sequence[Passage], passage_words: int) -> list[Mapping[str, str]]:
    """Return the chat prompt for a question and its passages, each cut to ``passage_words`` words."""
    shown = PASSAGE_GAP.join(f"[{p.document}] {clipped(p.text, passage_words)}" for p in passages)
    return [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": f"{shown}{PASSAGE_GAP}Question: {question}"},
    ]


def clipped(text: str, words: int) -> str:
    """Return the first ``words`` words of ``text``, white space collapsed."""
    return " ".join(text.split()[:words])
