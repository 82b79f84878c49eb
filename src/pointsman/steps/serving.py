"""Serve: passages and answers of the live release."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pointsman.core.errors import UsageError
from pointsman.core.examples import answer_object, cited_in
from pointsman.core.index import Filter, Hit
from pointsman.core.prompt import build_prompt
from pointsman.core.release import Release
from pointsman.steps.desk import Desk
from pointsman.steps.prompting import CANDIDATES, rerank_of, retrieve, serving_context
from pointsman.steps.releases import live_release


def serving_release(desk: Desk) -> Release:
    """Return the live release.

    Raises:
        UsageError: nothing is live yet.
    """
    release = live_release(desk.ledger)
    if release is None:
        raise UsageError("nothing is live yet; run `pointsman refresh` first")
    return release


NOTHING = "No passage that answers this was found."
"""The answer where there is no context: the model is not asked what it remembers, nor of whom."""

OPEN_ONLY = Filter()
"""A reader who names no group: open documents alone."""


def search(desk: Desk, question: str, *, top_k: int | None = None, allow: Filter = OPEN_ONLY) -> dict[str, Any]:
    """Return the contract's object of ``search --json``: the passages that ``allow`` gets of the live release."""
    release = serving_release(desk)
    hits = _hits(desk, release, question, top_k or desk.params.retriever.top_k, allow)
    return {"release": release.id, "hits": [_shown(hit) for hit in hits]}


def ask(desk: Desk, question: str, *, allow: Filter = OPEN_ONLY) -> dict[str, Any]:
    """Return the contract's object of ``ask --json``: an answer, what it cites, and the passages it was given.

    An answer that is JSON with citations is taken at its word, as far as the cited documents were in its context
    (``cited_by`` is then ``model``); of any other answer the retrieved documents are the sources (``retrieval``).
    """
    release = serving_release(desk)
    form = desk.params.generator
    context = serving_context(_hits(desk, release, question, CANDIDATES, allow), form.passages)
    if not context:
        empty = {"citations": [], "cited_by": "nothing", "raw": "", "context": []}
        return {"release": release.id, "answer": NOTHING, **empty}
    prompt = build_prompt(question, context, form.passage_tokens)
    answer = desk.models.generator(release.generator).generate([prompt], max_new_tokens=form.max_new_tokens)[0]
    citations, cited_by = _citations(answer, context)
    return {
        "release": release.id,
        "answer": _spoken(answer),
        "citations": citations,
        "cited_by": cited_by,
        "raw": answer,
        "context": [_shown(hit) for hit in context],
    }


def _hits(desk: Desk, release: Release, question: str, top_k: int, allow: Filter) -> list[Hit]:
    if not question.strip():
        raise UsageError("the question is empty; give it in quotes")
    embedder = desk.models.embedder(release.embedder)
    rerank = rerank_of(desk.models, release.reranking)
    return retrieve(desk.index, embedder, release.index, [question], top_k, allow=allow, rerank=rerank)[0]


def _citations(answer: str, context: Sequence[Hit]) -> tuple[list[str], str]:
    documents = list(dict.fromkeys(hit.document for hit in context))
    cited = [d for d in dict.fromkeys(cited_in(answer) or []) if d in documents]
    return (cited, "model") if cited else (documents, "retrieval")


def _spoken(answer: str) -> str:
    value = answer_object(answer)
    return str(value["answer"]) if value and isinstance(value.get("answer"), str) else answer.strip()


def _shown(hit: Hit) -> dict[str, Any]:
    return asdict(hit)
