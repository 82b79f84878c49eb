"""Questions whose documents changed, asked of the old and the new index for the 2x2 check of an adapter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pointsman.core.evaluation.memorization import NEW, OLD, Cell, MemorizationCheck, can_tell
from pointsman.core.hashing import digest
from pointsman.core.release import Index, Model
from pointsman.core.supervision.examples import Example
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Embedder, Models
from pointsman.ports.workspace import Lines, QuarantineStore
from pointsman.settings.params import Params
from pointsman.steps.ledger.releases import kept_releases
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Intake, Serving
from pointsman.steps.serving.prompts import BuiltPrompt, build_prompts
from pointsman.steps.serving.retrieve import Rerank
from pointsman.steps.supervision.accept import known_examples, probes_of

QUESTION_WORDS = 100
"""Longer questions of probes are left out: nobody has checked that they fit a prompt."""

CROSSED_AT_MOST = 40
"""Questions asked of both indexes; each is answered by two adapters."""


@dataclass(frozen=True)
class MemorizationPrompt:
    """A question on the old and on the new index."""

    old: BuiltPrompt
    new: BuiltPrompt

    @property
    def worth_asking(self) -> bool:
        """Whether what the prompts show of the documents differs, so that an answer can tell; asking takes seconds."""
        return can_tell(_shown(self.old), _shown(self.new), "\n".join(self.new.item.passages))


def memorization_prompts(
    intake: Intake, state: WorkspaceState, at: Index, embedder: Embedder, rerank: Rerank | None, *, serving: Serving
) -> tuple[MemorizationPrompt, ...]:
    """Return the questions of people whose documents read otherwise in an earlier release than at ``at``."""
    every = prompts_of(
        serving,
        _questions(state, example_files=intake.examples, probe_files=intake.probes, quarantine=intake.quarantine),
        at=at,
        embedder=embedder,
        rerank=rerank,
    )
    return tuple(crossing for crossing in every if crossing.worth_asking)


def prompts_of(
    serving: Serving, questions: Sequence[Example], at: Index, embedder: Embedder, rerank: Rerank | None
) -> list[MemorizationPrompt]:
    """Return those of ``questions`` whose documents read otherwise in an earlier release than at ``at``.

    Every kept release with another text counts, the latest first: what an adapter may have learned by heart does not
    go away with the next refresh.
    """
    named = {document for question in questions for document in question.cites}
    texts = _texts(serving.index, at, named)
    found: list[MemorizationPrompt] = []
    met: set[tuple[str, ...]] = set()
    for release in _earlier(at, vector_index=serving.index, ledger=serving.ledger, params=serving.params):
        before = _texts(serving.index, release[0], texts.keys())
        changed = {document for document, text in before.items() if text != texts[document]}
        keys = {q.id: (q.id, *(before.get(d, "") for d in q.cites)) for q in questions if changed.intersection(q.cites)}
        asked = [q for q in questions if q.id in keys and keys[q.id] not in met]
        asked = sorted(asked, key=lambda q: digest(f"{serving.params.seed}\n{q.id}"))[: CROSSED_AT_MOST - len(found)]
        if asked:
            posed = (
                build_prompts(
                    serving.index,
                    serving.models.embedder(release[1]),
                    at=release[0],
                    examples=asked,
                    generator=serving.params.generator,
                    rerank=rerank,
                ),
                build_prompts(
                    serving.index, embedder, at=at, examples=asked, generator=serving.params.generator, rerank=rerank
                ),
            )
            found += [MemorizationPrompt(old, new) for old, new in zip(*posed, strict=True)]
        met.update(keys.values())
    return found


def memorized_answers(
    model: Model, crossings: Sequence[MemorizationPrompt], *, vector_index: VectorIndex, models: Models, params: Params
) -> dict[str, bool]:
    """Return question → whether ``model`` answers it from a replaced text although the present one lies before it.

    Where the passages that the prompts show of the documents do not differ in what they tell, nothing can be recited.
    """
    asked = [crossing for crossing in crossings if crossing.worth_asking]
    found = {crossing.new.item.id: False for crossing in crossings}
    vector_index.close()  # readers of the embedded engine get in while the model writes
    prompts = [posed.prompt for crossing in asked for posed in (crossing.old, crossing.new)]
    words = params.generator.max_new_tokens
    said = models.generator(model).generate(prompts, max_new_tokens=words) if prompts else []
    for crossing, old, new in zip(asked, said[::2], said[1::2], strict=True):
        told = _crossed(crossing, {(OLD, OLD): old, (NEW, OLD): new})
        found[told.id] |= told.telling and told.follows((NEW, OLD)) == OLD
    return found


def _questions(
    state: WorkspaceState, *, example_files: Lines, probe_files: Lines, quarantine: QuarantineStore
) -> list[Example]:
    """Return everything that people ask of documents: examples, stale ones too, and golden probes."""
    probes = [
        Example(
            f"probe {probe.id}",
            ({"role": "user", "content": probe.question}, {"role": "assistant", "content": probe.answer or ""}),
            probe.documents,
            probe.tags,
        )
        for probe in probes_of(probe_files, state.supervision)
        if len(probe.question.split()) <= QUESTION_WORDS
    ]
    return [
        *(e for e in known_examples(state.supervision, example_files=example_files, quarantine=quarantine) if e.cites),
        *probes,
    ]


def _earlier(at: Index, *, vector_index: VectorIndex, ledger: Ledger, params: Params) -> list[tuple[Index, Model]]:
    """Return the indexes of the kept releases other than ``at``, the latest first, each once, with their embedders."""
    there = set(vector_index.collections())
    kept = kept_releases(ledger, params.gate.keep_releases)
    found = {(r.index.collection, r.index.revision): (r.index, r.embedder) for r in reversed(kept)}
    latest = list(found.values())[::-1]
    same = (at.collection, at.revision)
    return [(i, model) for i, model in latest if i.collection in there and (i.collection, i.revision) != same]


def _texts(vector_index: VectorIndex, at: Index, documents: Iterable[str]) -> dict[str, str]:
    """Return the text of each of ``documents`` that ``at`` serves, its passages ordered by their own text."""
    passages: dict[str, list[str]] = {}
    asked = sorted(documents)
    for chunk in vector_index.chunks(at.collection, revision=at.revision, documents=asked) if asked else []:
        passages.setdefault(chunk.document, []).append(chunk.text)
    return {document: "\n".join(sorted(texts)) for document, texts in passages.items()}


def check_memorization(
    crossings: Sequence[MemorizationPrompt], old: Model, new: Model, *, models: Models, params: Params
) -> tuple[MemorizationCheck, ...]:
    """Let both adapters answer every question on both indexes."""
    if not crossings:
        return ()
    cells: dict[Cell, list[str]] = {}
    for adapter, model in ((OLD, old), (NEW, new)):
        prompts = [posed.prompt for crossing in crossings for posed in (crossing.old, crossing.new)]
        words = params.generator.max_new_tokens
        said = models.generator(model).generate(prompts, max_new_tokens=words)
        cells[OLD, adapter], cells[NEW, adapter] = said[::2], said[1::2]
    return tuple(
        _crossed(crossing, {cell: said[n] for cell, said in cells.items()}) for n, crossing in enumerate(crossings)
    )


def _crossed(crossing: MemorizationPrompt, answers: Mapping[Cell, str]) -> MemorizationCheck:
    item = crossing.new.item
    return MemorizationCheck(
        id=item.id,
        question=item.question,
        old_text=_shown(crossing.old),
        new_text=_shown(crossing.new),
        new_prompt="\n".join(item.passages),
        known=item.reference,
        answers=answers,
    )


def _shown(posed: BuiltPrompt) -> str:
    """Return what a prompt shows of the documents that answer it."""
    seen = zip(posed.item.context, posed.item.passages, strict=True)
    return "\n".join(text for document, text in seen if document in posed.item.cites)
