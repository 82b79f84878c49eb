"""Measure what readers get, question by question, so that differences can be resampled; nothing is weighed here."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.scenarios.actions import ServedIndex, embedder_of
from bench.scenarios.world import Asked, Case, Question
from pointsman.core.evaluation.answer_scoring import refuses, spoken
from pointsman.core.hashing import canonical, content_id, digest
from pointsman.core.index.filters import Filter
from pointsman.core.index.hits import Hit
from pointsman.core.prompt import build_prompt
from pointsman.core.release import Model
from pointsman.steps.resources import Resources
from pointsman.steps.serving.answer import NO_PASSAGE
from pointsman.steps.serving.prompts import CANDIDATES, serving_context
from pointsman.steps.serving.retrieve import retrieve

VERSION = 1
"""Version of the measurement. Raise it when an outcome would change, then run again."""

DEPTH = 10
"""Documents that nDCG counts."""

Message = Mapping[str, str]


def ndcg(found: Sequence[str], right: Sequence[str]) -> float:
    """Return nDCG@10 of documents in the order found, with equal gains (Järvelin & Kekäläinen 2002).

    >>> round(ndcg(["a", "b"], ["b"]), 3)
    0.631
    """
    gains = [1 / np.log2(place + 2) for place, document in enumerate(found[:DEPTH]) if document in right]
    ideal = sum(1 / np.log2(place + 2) for place in range(min(len(set(right)), DEPTH)))
    return round(float(sum(gains) / ideal), 6)


def ranking(hits: Sequence[Hit], question: Question) -> float:
    """Return nDCG@10 of the documents found, 0..1; for a question without an answer, 1 if no removed document is found.

    A passage that several documents share counts for the document that answers.
    """
    if question.documents:
        return ndcg(_documents([hit.known_as(question.documents) for hit in hits]), question.documents)
    found = [hit.known_as(question.gone) for hit in hits]
    return float(not set(_documents(found)[:DEPTH]) & set(question.gone))


def shown(hit: Hit) -> str:
    """Return the text of a passage with its heading path before it."""
    return "\n".join((" > ".join(hit.headings), hit.text))


def together(passages: Sequence[str], strings: Sequence[str]) -> bool:
    """Return whether a single passage contains all strings."""
    return any(all(s in " ".join(passage.split()) or s in passage for s in strings) for passage in passages)


class Answers:
    """Answers of generators, cached on disk: greedy decoding gives the same answer for the same model and prompt."""

    def __init__(self, place: Path) -> None:
        """Read the file of known answers, if there is one."""
        self._place = place
        self._known: dict[str, str] = {}
        if place.is_file():
            rows = (json.loads(line) for line in place.read_text(encoding="utf-8").splitlines())
            self._known = {row["key"]: row["answer"] for row in rows}

    def of(self, resources: Resources, model: Model, prompts: Sequence[Sequence[Message]]) -> list[str]:
        """Return the answer to each prompt; unknown ones are generated in one batch."""
        words = resources.params.generator.max_new_tokens
        keys = [content_id([model.fingerprint, list(map(dict, prompt)), words]) for prompt in prompts]
        missing = {k: p for k, p in zip(keys, prompts, strict=True) if k not in self._known}
        if missing:
            resources.index.close()
            said = resources.models.generator(model).generate(list(missing.values()), max_new_tokens=words)
            fresh = dict(zip(missing, said, strict=True))
            self._place.parent.mkdir(parents=True, exist_ok=True)
            with self._place.open("a", encoding="utf-8") as file:
                file.writelines(
                    json.dumps({"key": k, "answer": a}, ensure_ascii=False) + "\n" for k, a in fresh.items()
                )
            self._known |= fresh
        return [self._known[key] for key in keys]


def index_id(stand: ServedIndex) -> str:
    """Return the content id of what an index serves: passages with payloads, and the embedder for questions."""
    served = (p for p in stand.index.points(stand.at.collection) if p.seen_at(stand.at.revision))
    return content_id([sorted([p.chunk, p.payload_digest] for p in served), stand.embedder.fingerprint])


def inputs_of(resources: Resources, case: Case, stand: ServedIndex | None, generator: Model) -> dict[str, Any]:
    """Return all inputs of an outcome; actions with identical inputs share one outcome."""
    p = resources.params
    return {
        "version": VERSION, "judged": judged_id(case), "index": index_id(stand) if stand else None,
        "generator": generator.fingerprint, "top_k": p.retriever.top_k, "passages": p.generator.passages,
        "passage_tokens": p.generator.passage_tokens, "max_new_tokens": p.generator.max_new_tokens,
    }  # fmt: skip


def judged_id(case: Case) -> str:
    """Return the content id of the questions, forms and markers of a case, without its world."""
    parts = (case.affected, case.controls, case.asked, case.controls_asked, case.markers, case.restricted)
    return digest(canonical([str(part) for part in parts]))[:16]


def measured(
    resources: Resources, case: Case, stand: ServedIndex | None, generator: Model, answers: Answers
) -> dict[str, Any]:
    """Return the raw outcome: a value for each question, by kind."""
    if stand is None:
        return silent(case)
    found = _found(resources, case, stand)
    hits = {q.id: h for q, h in zip((*case.affected, *case.controls), found[0], strict=True)}
    contexts = {q.id: serving_context(h, resources.params.generator.passages) for q, h in _pairs(case, found)}
    said = _said(resources, case, contexts, generator, answers)
    k = resources.params.retriever.top_k
    facts = [_fact(q, hits[q.id][:k], said.get(q.id)) for q in case.affected if q.states_fact]
    every = [hit for hits_ in (*found[0], *found[1]) for hit in hits_[:k]]
    return {
        "affected": {q.id: ranking(hits[q.id], q) for q in case.affected},
        "controls": {q.id: ranking(hits[q.id], q) for q in case.controls},
        "facts": {row.pop("id"): row for row in facts},
        "forms": {a.id: _fits(a, said[a.id]) for a in case.asked},
        "controls_forms": {a.id: _fits(a, said[a.id]) for a in case.controls_asked},
        "unsafe": sorted(_unsafe(case, every, list(said.values()))),
    }


def silent(case: Case) -> dict[str, Any]:
    """Return the outcome when there is no index to answer from."""
    return {
        "affected": {q.id: 0.0 for q in case.affected}, "controls": {q.id: 0.0 for q in case.controls},
        "facts": {q.id: {"shown": False, "said": False if q.answer else None} for q in case.affected if q.states_fact},
        "forms": {a.id: False for a in case.asked}, "controls_forms": {a.id: False for a in case.controls_asked},
        "unsafe": [],
    }  # fmt: skip


def _found(resources: Resources, case: Case, stand: ServedIndex) -> tuple[list[list[Hit]], list[list[Hit]]]:
    """Return the passages that a reader without a group gets, for questions and for questions about the form."""
    embedder = embedder_of(resources, stand)

    def ask(text: str, where: tuple[tuple[str, str], ...] = ()) -> list[Hit]:
        return retrieve(stand.index, embedder, stand.at, [text], CANDIDATES, allow=Filter(where=where))[0]

    first = [ask(q.text, q.where) for q in (*case.affected, *case.controls)]
    return first, [ask(a.text) for a in (*case.asked, *case.controls_asked)]


def _pairs(case: Case, found: tuple[list[list[Hit]], list[list[Hit]]]) -> list[tuple[Question | Asked, list[Hit]]]:
    """Return the questions that the generator answers, each with its passages."""
    questions = zip((*case.affected, *case.controls), found[0], strict=True)
    forms = zip((*case.asked, *case.controls_asked), found[1], strict=True)
    return [(q, hits) for q, hits in questions if q.answer is not None] + list(forms)


def _said(
    resources: Resources, case: Case, contexts: Mapping[str, Sequence[Hit]], generator: Model, answers: Answers
) -> dict[str, str]:
    texts = {q.id: q.text for q in (*case.affected, *case.controls, *case.asked, *case.controls_asked)}
    asked = {id_: context for id_, context in contexts.items() if context}
    words = resources.params.generator.passage_tokens
    prompts = [build_prompt(texts[id_], context, words) for id_, context in asked.items()]
    said = dict(zip(asked, answers.of(resources, generator, prompts), strict=True))
    return {id_: said.get(id_, NO_PASSAGE) for id_ in contexts}


def _fact(question: Question, hits: Sequence[Hit], said: str | None) -> dict[str, Any]:
    """Return whether the new fact is served without the old one, and whether the answer states it."""
    passages = [shown(hit) for hit in hits]
    right = not question.shows or together(passages, question.shows)
    right = right and not (question.hides and together(passages, question.hides))
    spoke = None if question.answer is None else question.answer.lower() in spoken(said or "").lower()
    return {"id": question.id, "shown": right, "said": spoke}


def _fits(asked: Asked, said: str) -> bool:
    return asked.form.fits(said) and (not asked.declines or refuses(said, answerable=False))


def _unsafe(case: Case, hits: Sequence[Hit], said: Sequence[str]) -> set[str]:
    """Return the markers and restricted documents that a reader without a group gets, in passages or answers."""
    passages = [shown(hit) for hit in hits]
    found = {marker for marker in case.markers if any(marker in text for text in (*passages, *said))}
    return found | ({name for hit in hits for name in hit.documents} & set(case.restricted))


def _documents(hits: Sequence[Hit]) -> list[str]:
    return list(dict.fromkeys(hit.document for hit in hits))
