"""Passages and answers of the live release."""

from collections.abc import Sequence
from pathlib import Path

from pointsman.api.results import Answer, Passages


def search(
    root: Path, question: str, *, top_k: int | None, groups: Sequence[str] | None, where: Sequence[str] | None
) -> Passages:
    """Return the passages that a member of ``groups`` may see."""
    from pointsman.bootstrap.workspace import open_query
    from pointsman.core.index.filters import Filter
    from pointsman.steps.serving.answer import search as search_of

    with open_query(root) as resources:
        allow = Filter.of(groups or (), where or ())
        return Passages.of(search_of(resources.serving, question, top_k=top_k, allow=allow))


def ask(root: Path, question: str, *, groups: Sequence[str] | None, where: Sequence[str] | None) -> Answer:
    """Return an answer from what a member of ``groups`` may see."""
    from pointsman.bootstrap.workspace import open_query
    from pointsman.core.index.filters import Filter
    from pointsman.steps.serving.answer import ask as ask_of

    with open_query(root) as resources:
        found = ask_of(resources.serving, question, allow=Filter.of(groups or (), where or ()))
    return Answer.of(found, question=question)
