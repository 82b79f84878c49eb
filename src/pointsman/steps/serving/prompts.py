"""Prompts for questions and for examples: the same retrieval, the same form, in training, exam and serving."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pointsman.core.evaluation.answer_scoring import Item, declines, spoken, supports
from pointsman.core.hashing import digest
from pointsman.core.index.hits import Hit
from pointsman.core.prompt import build_prompt, clipped
from pointsman.core.release import Index
from pointsman.core.supervision.examples import Example
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Embedder
from pointsman.settings.params import GeneratorModel
from pointsman.steps.serving.retrieve import Rerank, retrieve

CANDIDATES = 30
"""Passages fetched for an example, among which its cited documents' and the distractors are chosen."""


@dataclass(frozen=True, slots=True)
class BuiltPrompt:
    """An example as the model meets it: prompt, completion, and what the exam needs."""

    prompt: list[Mapping[str, str]]
    completion: str
    item: Item


Order = Callable[[Example, list[Hit]], list[Hit]]
"""Puts the passages of an example's prompt, given best first, into another order."""


def shuffled(share: float, seed: int) -> Order:
    """Return an order in which ``share`` of the examples show their passages as chance has it, by hashing.

    Retrieval puts the right passage first nearly always; an adapter that sees nothing else learns to cite what stands
    first (Liu et al. 2024, Lost in the Middle, on how much position alone decides).
    """

    def order(example: Example, passages: list[Hit]) -> list[Hit]:
        lot = digest(f"order\n{seed}\n{example.digest}")
        if int(lot[:8], 16) / 16**8 >= share:
            return passages
        return sorted(passages, key=lambda hit: digest(f"{lot}\n{hit.document}"))

    return order


def training_order(generator: GeneratorModel, examples: int, seed: int) -> Order | None:
    """Return the order that ``examples`` to train on are shown in; None as served, below ``shuffle_from``."""
    return shuffled(generator.shuffled, seed) if examples >= generator.shuffle_from else None


def build_prompts(
    index: VectorIndex,
    embedder: Embedder,
    at: Index,
    examples: Sequence[Example],
    generator: GeneratorModel,
    rerank: Rerank | None = None,
    order: Order | None = None,
) -> list[BuiltPrompt]:
    """Return each example with its cited documents' passages among retrieved distractors (RAFT, Zhang et al. 2024).

    The order is that of retrieval, as in serving, unless another is given; a cited document that was not retrieved
    comes last. Empty ``cites``: the retrieved context as it comes.
    """
    found = _asked(index, embedder, at=at, examples=examples, rerank=rerank)
    contexts = [
        _context(index, at, example=e, hits=hits, passages=generator.passages)
        for e, hits in zip(examples, found, strict=True)
    ]
    return [
        _posed(example, order(example, context) if order else context, generator)
        for example, context in zip(examples, contexts, strict=True)
    ]


def _asked(
    index: VectorIndex, embedder: Embedder, at: Index, examples: Sequence[Example], rerank: Rerank | None
) -> list[list[Hit]]:
    """Return what is retrieved for examples; a passage that a cited document has too is shown as that document's."""
    found = retrieve(index, embedder, at=at, questions=[e.question for e in examples], top_k=CANDIDATES, rerank=rerank)
    return [[hit.known_as(e.cites) for hit in hits] for e, hits in zip(examples, found, strict=True)]


@dataclass(frozen=True, slots=True)
class PromptSet:
    """The held-out examples in each context that they are asked in."""

    oracle: tuple[BuiltPrompt, ...]
    """With the cited documents' passages in, in the order of retrieval: what a model makes of the right context."""
    retrieved: tuple[BuiltPrompt, ...] = ()
    """As served: with what retrieval finds, and nothing else. The same items in the same order."""
    without: tuple[BuiltPrompt, ...] = ()
    """Without the cited documents, where no other passage holds the answer: to decline is right."""
    turned: tuple[BuiltPrompt, ...] = ()
    """As ``oracle`` with the passages in the opposite order, where there are several: is it read, or counted?"""


def prompt_set(
    index: VectorIndex,
    embedder: Embedder,
    at: Index,
    examples: Sequence[Example],
    generator: GeneratorModel,
    rerank: Rerank | None = None,
) -> PromptSet:
    """Return the exam that ``examples`` make on the index at ``at``; passages are retrieved once for all contexts."""
    found = _asked(index, embedder, at=at, examples=examples, rerank=rerank)
    asked = list(zip(examples, found, strict=True))
    contexts = [(e, _context(index, at, example=e, hits=hits, passages=generator.passages)) for e, hits in asked]
    without = (_without(example, hits, generator) for example, hits in asked)
    return PromptSet(
        tuple(_posed(e, context, generator) for e, context in contexts),
        tuple(_posed(e, serving_context(hits, generator.passages), generator) for e, hits in asked),
        tuple(posed for posed in without if posed is not None),
        tuple(_posed(e, context[::-1], generator) for e, context in contexts if e.cites and len(context) > 1),
    )


def _without(example: Example, hits: Sequence[Hit], generator: GeneratorModel) -> BuiltPrompt | None:
    """Return a question without the documents that answer it; None where that would not make it unanswerable."""
    if not example.cites or declines(example.completion, example.cites, example.tags):
        return None
    context = serving_context([hit for hit in hits if hit.document not in example.cites], generator.passages)
    if not context or any(supports(hit.text, spoken(example.completion)) for hit in context):
        return None
    posed = _posed(example, context, generator)
    return replace(posed, item=replace(posed.item, reference="", answerable=False))


def _posed(example: Example, context: Sequence[Hit], generator: GeneratorModel) -> BuiltPrompt:
    prompt = build_prompt(example.question, context, generator.passage_tokens)
    item = Item(
        example.id,
        example.question,
        example.completion,
        example.cites,
        context=tuple(hit.document for hit in context),
        passages=tuple(clipped(hit.text, generator.passage_tokens) for hit in context),
        tags=example.tags,
        answerable=not declines(example.completion, example.cites, example.tags),
    )
    return BuiltPrompt(prompt, example.completion, item)


def _context(index: VectorIndex, at: Index, example: Example, hits: Sequence[Hit], passages: int) -> list[Hit]:
    """Return the passages that serving would give, in its order, with the cited documents among them."""
    served = serving_context(hits, passages)
    ranked = serving_context(hits, len(hits))
    cited = [hit for hit in ranked if hit.document in example.cites]
    found = {hit.document for hit in cited}
    cited += [hit for document in example.cites if document not in found and (hit := _first_of(index, at, document))]
    others = [hit for hit in served if hit.document not in example.cites]
    chosen = [*cited, *others][:passages]
    rank = {hit.document: place for place, hit in enumerate(ranked)}
    return sorted(chosen, key=lambda hit: rank.get(hit.document, len(ranked)))


def _first_of(index: VectorIndex, at: Index, document: str) -> Hit | None:
    """Return the first passage of a document that was not retrieved at all."""
    held = index.chunks(at.collection, revision=at.revision, documents=[document])
    first = held[0] if held else None
    return Hit.of(first, 0.0) if first else None


def serving_context(hits: Iterable[Hit], passages: int) -> list[Hit]:
    """Return the passages of a prompt: the best one of each document, best documents first."""
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.document, hit)
    return list(best.values())[:passages]
