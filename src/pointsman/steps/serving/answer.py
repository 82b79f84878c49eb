"""Serve: passages and answers of the live release."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from pointsman.core.errors import IndexBusy, IndexDamaged, UsageError
from pointsman.core.index.filters import Filter
from pointsman.core.index.hits import Hit
from pointsman.core.prompt import build_prompt
from pointsman.core.release import Release
from pointsman.core.supervision.examples import answer_object, cited_in
from pointsman.ports.ledger import Ledger
from pointsman.settings.params import Params
from pointsman.steps.ledger.releases import load
from pointsman.steps.resources import Serving
from pointsman.steps.serving.prompts import CANDIDATES, serving_context
from pointsman.steps.serving.retrieve import rerank_of, retrieve

T = TypeVar("T")

READINGS = 10
"""Times that a read is begun anew because the pointer moved on and what it read may have been collected meanwhile."""

NOTHING = "No passage that answers this was found."
"""The answer where there is no context: the model is not asked what it remembers, nor of whom."""

OPEN_ONLY = Filter()
"""A reader who names no group: open documents alone."""


def read_live(read: Callable[[Release], T], *, ledger: Ledger, params: Params) -> tuple[Release, T]:
    """Return the live release and what ``read`` found of it, whole.

    A reader takes no lock. While its release is among the last ``gate.keep_releases``, nothing that it sees is
    collected. Where the pointer has moved on further meanwhile, it reads again from where the pointer is now.

    Raises:
        UsageError: nothing is live yet.
        IndexDamaged: the live release cannot be read, and it is live still.
        IndexBusy: the pointer moved on too far again and again.
    """
    for _ in range(READINGS):
        pointer = ledger.pointer()
        if pointer is None:
            raise UsageError("nothing is live yet; run `pointsman refresh` first")
        release = load(ledger, pointer["release"])
        try:
            found = read(release)
        except IndexDamaged:
            if ledger.pointer() == pointer:
                raise
            continue
        moved = (ledger.pointer() or pointer)["seq"] - pointer["seq"]
        if moved < params.gate.keep_releases:
            return release, found
    raise IndexBusy(
        f"the live release was replaced more than gate.keep_releases ({params.gate.keep_releases}) times during "
        f"each of {READINGS} reads; raise gate.keep_releases or collect less often"
    )


def search(serving: Serving, question: str, *, top_k: int | None = None, allow: Filter = OPEN_ONLY) -> dict[str, Any]:
    """Return the contract's object of ``search --json``: the passages that ``allow`` gets of the live release."""
    release, hits = _hits(serving, question, top_k or serving.params.retriever.top_k, allow)
    return {"release": release.id, "hits": [_shown(hit) for hit in hits]}


def ask(serving: Serving, question: str, *, allow: Filter = OPEN_ONLY) -> dict[str, Any]:
    """Return the contract's object of ``ask --json``: an answer, what it cites, and the passages it was given.

    An answer that is JSON with citations is taken at its word, as far as the cited documents were in its context
    (``cited_by`` is then ``model``); of any other answer the retrieved documents are the sources (``retrieval``).
    With ``generator.constrained`` an answer is held to ``examples.schema`` as it is written.
    """
    form = serving.params.generator
    release, hits = _hits(serving, question, CANDIDATES, allow)
    context = serving_context(hits, form.passages)
    if not context:
        empty = {"citations": [], "cited_by": "nothing", "raw": "", "context": []}
        return {"release": release.id, "answer": NOTHING, **empty}
    prompt = build_prompt(question, context, form.passage_tokens)
    held = {"schema": serving.schema.grammar} if form.constrained and serving.schema is not None else {}
    answer = serving.models.generator(release.generator).generate([prompt], max_new_tokens=form.max_new_tokens, **held)[
        0
    ]
    citations, cited_by = _citations(answer, context)
    return {
        "release": release.id,
        "answer": _spoken(answer),
        "citations": citations,
        "cited_by": cited_by,
        "raw": answer,
        "context": [_shown(hit) for hit in context],
    }


def _hits(serving: Serving, question: str, top_k: int, allow: Filter) -> tuple[Release, list[Hit]]:
    if not question.strip():
        raise UsageError("the question is empty; give it in quotes")

    def found(release: Release) -> list[Hit]:
        embedder = serving.models.embedder(release.embedder)
        rerank = rerank_of(serving.models, release.reranking)
        return retrieve(
            serving.index, embedder, at=release.index, questions=[question], top_k=top_k, allow=allow, rerank=rerank
        )[0]

    return read_live(found, ledger=serving.ledger, params=serving.params)


def _citations(answer: str, context: Sequence[Hit]) -> tuple[list[str], str]:
    documents = list(dict.fromkeys(hit.document for hit in context))
    cited = [d for d in dict.fromkeys(cited_in(answer) or []) if d in documents]
    return (cited, "model") if cited else (documents, "retrieval")


def _spoken(answer: str) -> str:
    value = answer_object(answer)
    return str(value["answer"]) if value and isinstance(value.get("answer"), str) else answer.strip()


def _shown(hit: Hit) -> dict[str, Any]:
    return asdict(hit)
