"""Serve passages and answers from the live release."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from pointsman.core.corpus.failures import is_whole
from pointsman.core.errors import IndexBusy, IndexDamaged, UsageError
from pointsman.core.index.filters import Filter
from pointsman.core.index.hits import Hit
from pointsman.core.prompt import build_prompt
from pointsman.core.release import Release
from pointsman.core.supervision.examples import answer_object, cited_in
from pointsman.core.wording import count
from pointsman.ports.ledger import Ledger
from pointsman.settings.params import Params
from pointsman.steps.ledger.access_record import seen_by
from pointsman.steps.ledger.releases import load_release, manifest_of
from pointsman.steps.resources import Serving
from pointsman.steps.serving.prompts import CANDIDATES, serving_context
from pointsman.steps.serving.retrieve import rerank_of, retrieve

T = TypeVar("T")

READINGS = 10
"""Attempts of one read; another begins where the pointer moved and the points may have been collected meanwhile."""

NO_PASSAGE = "No passage that answers this was found."
"""The answer where no passage was found; the model is not asked, because it could only answer from memory."""

OPEN_ONLY = Filter()
"""The filter of a reader who names no group: open documents alone."""


def read_live(read: Callable[[Release], T], *, ledger: Ledger, params: Params) -> tuple[Release, T]:
    """Return the live release and the result of ``read`` on it.

    A reader takes no lock. While its release is among the last ``gate.keep_releases``, none of its points is
    collected. Where the pointer has moved further meanwhile, the read begins again at the new release.

    Raises:
        UsageError: nothing is live yet.
        IndexDamaged: the live release cannot be read, and it is still live.
        IndexBusy: the pointer moved too far during each of ``READINGS`` attempts.
    """
    for _ in range(READINGS):
        pointer = ledger.pointer()
        if pointer is None:
            raise UsageError("nothing is live yet; run `pointsman refresh` first")
        release = load_release(ledger, pointer["release"])
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
    """Return the object of ``search --json``: the passages of the live release that ``allow`` lets the reader see."""
    release, hits = _hits(serving, question, top_k or serving.params.retriever.top_k, allow)
    found = {"release": release.id, "hits": [_shown(hit) for hit in hits]}
    return found if hits else {**found, "notices": _why_nothing(serving, release, allow)}


def ask(serving: Serving, question: str, *, allow: Filter = OPEN_ONLY) -> dict[str, Any]:
    """Return the object of ``ask --json``: an answer, what it cites, and the passages in its prompt.

    Where the answer is JSON with citations, those that were in its context are its citations (``cited_by`` is
    ``model``); else all documents of the context are (``retrieval``). With ``generator.constrained`` the answer
    follows ``examples.schema``: the grammar restricts each token.
    """
    form = serving.params.generator
    release, hits = _hits(serving, question, CANDIDATES, allow)
    context = serving_context(hits, form.passages)
    if not context:
        empty = {"citations": [], "cited_by": "nothing", "raw": "", "context": []}
        return {"release": release.id, "answer": NO_PASSAGE, **empty}
    prompt = build_prompt(question, context, form.passage_tokens)
    grammar = {"schema": serving.schema.grammar} if form.constrained and serving.schema is not None else {}
    generator = serving.models.generator(release.generator)
    (answer,) = generator.generate([prompt], max_new_tokens=form.max_new_tokens, **grammar)
    citations, cited_by = _citations(answer, context)
    return {
        "release": release.id,
        "answer": _spoken(answer),
        "citations": citations,
        "cited_by": cited_by,
        "raw": answer,
        "context": [_shown(hit) for hit in context],
    }


def checked_question(question: str) -> str:
    """Return a question that a model can read.

    Raises:
        UsageError: it is empty, or not valid text.
    """
    if not question.strip():
        raise UsageError("the question is empty; give it in quotes")
    if not is_whole(question):
        raise UsageError("the question is not valid UTF-8 text: it holds half of a character; write it again")
    return question


def _hits(serving: Serving, question: str, top_k: int, allow: Filter) -> tuple[Release, list[Hit]]:
    question = checked_question(question)

    def found(release: Release) -> list[Hit]:
        embedder = serving.models.embedder(release.embedder)
        rerank = rerank_of(serving.models, release.reranking)
        seen = seen_by(allow, release, ledger=serving.ledger)
        return retrieve(
            serving.index, embedder, at=release.index, questions=[question], top_k=top_k, allow=seen, rerank=rerank
        )[0]

    return read_live(found, ledger=serving.ledger, params=serving.params)


def _why_nothing(serving: Serving, release: Release, allow: Filter) -> list[str]:
    """Return sentences about a search without a passage: the reader's filter, and groups that no document names."""
    entries = manifest_of(serving.ledger, release).entries.values()
    named = {group for entry in entries for group in entry.readers}
    notices = [
        f"no document of the live release names the group {group}; names are compared letter by letter"
        for group in sorted(allow.groups - named)
    ]
    if allow.where:
        conditions = " and ".join(f"{key}={value}" for key, value in allow.where)
        notices.append(f"no passage that this reader may see is in a document whose metadata says {conditions}")
    return notices or [f"this reader may see no passage of the {count(len(entries), 'document')} in the live release"]


def _citations(answer: str, context: Sequence[Hit]) -> tuple[list[str], str]:
    documents = list(dict.fromkeys(hit.document for hit in context))
    cited = [d for d in dict.fromkeys(cited_in(answer) or []) if d in documents]
    return (cited, "model") if cited else (documents, "retrieval")


def _spoken(answer: str) -> str:
    value = answer_object(answer)
    return str(value["answer"]) if value and isinstance(value.get("answer"), str) else answer.strip()


def _shown(hit: Hit) -> dict[str, Any]:
    return asdict(hit)
