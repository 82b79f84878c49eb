"""The memorization check: questions whose documents changed, asked on the old and on the new index."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pointsman.core.evaluation.memorization import NEW, OLD, Cell, MemorizationCheck, can_tell
from pointsman.core.hashing import digest
from pointsman.core.index.filters import Filter
from pointsman.core.release import Index, Model, Release
from pointsman.core.supervision.examples import Example
from pointsman.core.supervision.retriever_pairs import open_probes
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Embedder, Models
from pointsman.ports.workspace import JsonLinesFiles, QuarantineStore
from pointsman.settings.params import Params
from pointsman.steps.ledger.access_record import seen_by
from pointsman.steps.ledger.releases import kept_releases
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Intake, Serving
from pointsman.steps.serving.prompts import EVERYBODY, BuiltPrompt, build_prompts
from pointsman.steps.serving.retrieve import Rerank
from pointsman.steps.supervision.accept import known_examples, probes_of

QUESTION_WORDS = 100
"""Longer questions of probes are left out, in words: they are not validated to fit a prompt."""

PROMPTS_AT_MOST = 40
"""Questions of one check, at most; each is answered by two models on two indexes."""


@dataclass(frozen=True)
class MemorizationPrompt:
    """A question with its prompt on the old and on the new index."""

    old: BuiltPrompt
    new: BuiltPrompt

    @property
    def worth_asking(self) -> bool:
        """Whether the two prompts show different words of the documents; else no answer shows which text it follows."""
        return can_tell(_shown(self.old), _shown(self.new), "\n".join(self.new.item.passages))


def memorization_prompts(
    intake: Intake, state: WorkspaceState, *, at: Index, embedder: Embedder, rerank: Rerank | None, serving: Serving
) -> tuple[MemorizationPrompt, ...]:
    """Return the questions of examples and golden probes that show whether an earlier text was memorized."""
    every = prompts_of(
        serving,
        _questions(state, example_files=intake.examples, probe_files=intake.probes, quarantine=intake.quarantine),
        at=at,
        embedder=embedder,
        rerank=rerank,
        allow=state.for_all,
    )
    return tuple(prompt for prompt in every if prompt.worth_asking)


def prompts_of(
    serving: Serving,
    questions: Sequence[Example],
    *,
    at: Index,
    embedder: Embedder,
    rerank: Rerank | None,
    allow: Filter,
) -> list[MemorizationPrompt]:
    """Return the ``questions`` whose documents have another text in an earlier release than at ``at``.

    Every kept release with another text counts, the latest first: an adapter still knows what it memorized after the
    next refresh. No text counts that ``allow``, or the filter of everybody on the earlier release, hides.
    """
    named = {document for question in questions for document in question.cites}
    texts = _texts(serving.index, at, named, allow)
    found: list[MemorizationPrompt] = []
    met: set[tuple[str, ...]] = set()
    for release in _earlier(at, vector_index=serving.index, ledger=serving.ledger, params=serving.params):
        seen = seen_by(EVERYBODY, release, ledger=serving.ledger)
        before = _texts(serving.index, release.index, texts.keys(), seen)
        changed = {document for document, text in before.items() if text != texts[document]}
        keys = {q.id: (q.id, *(before.get(d, "") for d in q.cites)) for q in questions if changed.intersection(q.cites)}
        asked = [q for q in questions if q.id in keys and keys[q.id] not in met]
        asked = sorted(asked, key=lambda q: digest(f"{serving.params.seed}\n{q.id}"))[: PROMPTS_AT_MOST - len(found)]
        if asked:
            own = serving.models.embedder(release.embedder)
            old = _built(serving, asked, release.index, embedder=own, rerank=rerank, allow=seen)
            new = _built(serving, asked, at, embedder=embedder, rerank=rerank, allow=allow)
            found += [MemorizationPrompt(*pair) for pair in zip(old, new, strict=True)]
        met.update(keys.values())
    return found


def _built(
    serving: Serving,
    questions: Sequence[Example],
    at: Index,
    *,
    embedder: Embedder,
    rerank: Rerank | None,
    allow: Filter,
) -> list[BuiltPrompt]:
    """Return the prompts of ``questions`` on an index, searched with its embedder."""
    return build_prompts(
        serving.index, embedder, at=at, examples=questions, generator=serving.params.generator, rerank=rerank,
        allow=allow,
    )  # fmt: skip


def memorized_answers(serving: Serving, model: Model, prompts: Sequence[MemorizationPrompt]) -> dict[str, bool]:
    """Return id of a question → whether ``model`` follows the replaced text although the prompt shows the new one.

    False where the two prompts do not differ: then nothing can be shown.
    """
    asked = [each for each in prompts if each.worth_asking]
    found = {each.new.item.id: False for each in prompts}
    serving.index.close()  # other readers can open the embedded index while the model writes
    answers = _answered(asked, model, models=serving.models, params=serving.params) if asked else {}
    for n, each in enumerate(asked):
        check = _check(each, {(OLD, OLD): answers[OLD][n], (NEW, OLD): answers[NEW][n]})
        found[check.id] |= check.telling and check.follows((NEW, OLD)) == OLD
    return found


def _questions(
    state: WorkspaceState, *, example_files: JsonLinesFiles, probe_files: JsonLinesFiles, quarantine: QuarantineStore
) -> list[Example]:
    """Return the questions with known documents: of examples, stale ones too, and of golden probes.

    Questions about restricted documents are not asked: a ruling quotes the words that changed.
    """
    probes = [
        Example(
            f"probe {probe.id}",
            ({"role": "user", "content": probe.question}, {"role": "assistant", "content": probe.answer or ""}),
            probe.documents,
            probe.tags,
        )
        for probe in open_probes(probes_of(probe_files, state.supervision), state.restricted)
        if len(probe.question.split()) <= QUESTION_WORDS
    ]
    known = known_examples(state.supervision, example_files=example_files, quarantine=quarantine)
    return [*(e for e in known if e.cites and state.restricted.isdisjoint(e.cites)), *probes]


def _earlier(at: Index, *, vector_index: VectorIndex, ledger: Ledger, params: Params) -> list[Release]:
    """Return the kept releases with another index than ``at``, the latest first, each index once."""
    there = set(vector_index.collections())
    kept = kept_releases(ledger, params.gate.keep_releases)
    found = {(r.index.collection, r.index.revision): r for r in reversed(kept)}
    same = (at.collection, at.revision)
    return [r for place, r in reversed(found.items()) if place[0] in there and place != same]


def _texts(vector_index: VectorIndex, at: Index, documents: Iterable[str], allow: Filter) -> dict[str, str]:
    """Return document → its text at ``at``, its passages sorted; those are missing that are not served, or hidden."""
    passages: dict[str, list[str]] = {}
    asked = sorted(documents)
    for chunk in vector_index.chunks(at.collection, revision=at.revision, documents=asked) if asked else []:
        if allow.shows(chunk.document, chunk.metadata):
            passages.setdefault(chunk.document, []).append(chunk.text)
    return {document: "\n".join(sorted(texts)) for document, texts in passages.items()}


def check_memorization(
    prompts: Sequence[MemorizationPrompt], old: Model, new: Model, *, models: Models, params: Params
) -> tuple[MemorizationCheck, ...]:
    """Return each question with the answers of both models on both indexes."""
    if not prompts:
        return ()
    cells: dict[Cell, list[str]] = {}
    for adapter, model in ((OLD, old), (NEW, new)):
        answers = _answered(prompts, model, models=models, params=params)
        cells[OLD, adapter], cells[NEW, adapter] = answers[OLD], answers[NEW]
    return tuple(_check(each, {cell: texts[n] for cell, texts in cells.items()}) for n, each in enumerate(prompts))


def _answered(
    prompts: Sequence[MemorizationPrompt], model: Model, *, models: Models, params: Params
) -> dict[str, list[str]]:
    """Return ``model``'s answers on the ``old`` and on the ``new`` index, one a question."""
    both = [built.prompt for each in prompts for built in (each.old, each.new)]
    answers = models.generator(model).generate(both, max_new_tokens=params.generator.max_new_tokens)
    return {OLD: answers[::2], NEW: answers[1::2]}


def _check(prompt: MemorizationPrompt, answers: Mapping[Cell, str]) -> MemorizationCheck:
    item = prompt.new.item
    return MemorizationCheck(
        id=item.id,
        question=item.question,
        old_text=_shown(prompt.old),
        new_text=_shown(prompt.new),
        new_prompt="\n".join(item.passages),
        known=item.reference,
        answers=answers,
    )


def _shown(built: BuiltPrompt) -> str:
    """Return the text of the passages in a prompt that belong to the documents which answer it."""
    passages = zip(built.item.context, built.item.passages, strict=True)
    return "\n".join(text for document, text in passages if document in built.item.cites)
