"""Prompts for questions and examples: the same retrieval and the same form in training, evaluation and serving."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pointsman.core.evaluation.answer_scoring import Item, declines, spoken, supports
from pointsman.core.hashing import digest
from pointsman.core.index.filters import Filter
from pointsman.core.index.hits import Hit
from pointsman.core.prompt import build_prompt, passage_text
from pointsman.core.release import Index
from pointsman.core.supervision.examples import Example
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Embedder
from pointsman.settings.params import GeneratorModel
from pointsman.steps.serving.retrieve import Rerank, retrieve

EVERYBODY = Filter()
"""What every reader may see. Everybody gets an adapter and the record of its answers."""

CANDIDATES = 30
"""Passages fetched for an example; the cited documents' passages and the distractors are chosen among them."""


@dataclass(frozen=True, slots=True)
class BuiltPrompt:
    """An example as the model gets it, with the reference answer and what scoring needs."""

    prompt: list[Mapping[str, str]]
    completion: str
    item: Item


Order = Callable[[Example, list[Hit]], list[Hit]]
"""Returns the passages of an example's prompt, given best first, in another order."""


def shuffled(share: float, seed: int) -> Order:
    """Return an order that shuffles the passages of ``share`` of the examples (0..1), by hashing.

    Retrieval nearly always puts the right passage first. An adapter that sees nothing else learns to cite the first
    passage (Liu et al. 2024, Lost in the Middle, on the influence of the position).
    """

    def order(example: Example, passages: list[Hit]) -> list[Hit]:
        key = digest(f"order\n{seed}\n{example.digest}")
        if int(key[:8], 16) / 16**8 >= share:
            return passages
        return sorted(passages, key=lambda hit: digest(f"{key}\n{hit.document}"))

    return order


def training_order(generator: GeneratorModel, examples: int, seed: int) -> Order | None:
    """Return the order for a training on ``examples`` examples; None, the order of serving, below ``shuffle_from``."""
    return shuffled(generator.shuffled, seed) if examples >= generator.shuffle_from else None


def build_prompts(
    index: VectorIndex,
    embedder: Embedder,
    at: Index,
    examples: Sequence[Example],
    generator: GeneratorModel,
    rerank: Rerank | None = None,
    order: Order | None = None,
    *,
    allow: Filter = EVERYBODY,
) -> list[BuiltPrompt]:
    """Return each example with its cited documents' passages among retrieved distractors (RAFT, Zhang et al. 2024).

    The order is that of retrieval, as in serving, unless ``order`` is given; a cited document that was not retrieved
    comes last. An example that cites nothing gets the retrieved context. Only passages that ``allow`` lets through are
    in a prompt: by default those that everybody may read.
    """
    found = _retrieved(index, embedder, at=at, examples=examples, rerank=rerank, allow=allow)
    contexts = [
        _context(index, at, example=e, hits=hits, passages=generator.passages, allow=allow)
        for e, hits in zip(examples, found, strict=True)
    ]
    return [
        _build(example, order(example, context) if order else context, generator)
        for example, context in zip(examples, contexts, strict=True)
    ]


def _retrieved(
    index: VectorIndex,
    embedder: Embedder,
    at: Index,
    examples: Sequence[Example],
    rerank: Rerank | None,
    *,
    allow: Filter,
) -> list[list[Hit]]:
    """Return the passages found for each example; a passage that a cited document has too is shown as that one's."""
    questions = [e.question for e in examples]
    found = retrieve(index, embedder, at=at, questions=questions, top_k=CANDIDATES, allow=allow, rerank=rerank)
    return [[hit.known_as(e.cites) for hit in hits] for e, hits in zip(examples, found, strict=True)]


@dataclass(frozen=True, slots=True)
class PromptSet:
    """The held-out examples, with a prompt for each context."""

    oracle: tuple[BuiltPrompt, ...]
    """With the cited documents' passages, in the order of retrieval: measures the model given the right context."""
    retrieved: tuple[BuiltPrompt, ...] = ()
    """As served, with the retrieved passages alone. The same items in the same order."""
    without: tuple[BuiltPrompt, ...] = ()
    """Without the cited documents, where no other passage has the answer: the model should decline."""
    reversed: tuple[BuiltPrompt, ...] = ()
    """As ``oracle`` with the passages in reverse order, where there are several: measures the influence of position."""


def prompt_set(
    index: VectorIndex,
    embedder: Embedder,
    at: Index,
    examples: Sequence[Example],
    generator: GeneratorModel,
    rerank: Rerank | None = None,
    *,
    allow: Filter = EVERYBODY,
) -> PromptSet:
    """Return the prompts of ``examples`` at ``at`` in each context; passages are retrieved once for all contexts.

    They hold only passages that ``allow`` lets through: by default those that everybody may read.
    """
    found = _retrieved(index, embedder, at=at, examples=examples, rerank=rerank, allow=allow)
    asked, passages = list(zip(examples, found, strict=True)), generator.passages
    contexts = [(e, _context(index, at, example=e, hits=hits, passages=passages, allow=allow)) for e, hits in asked]
    without = (_without(example, hits, generator) for example, hits in asked)
    return PromptSet(
        oracle=tuple(_build(e, context, generator) for e, context in contexts),
        retrieved=tuple(_build(e, serving_context(hits, passages), generator) for e, hits in asked),
        without=tuple(built for built in without if built is not None),
        reversed=tuple(_build(e, context[::-1], generator) for e, context in contexts if e.cites and len(context) > 1),
    )


def _without(example: Example, hits: Sequence[Hit], generator: GeneratorModel) -> BuiltPrompt | None:
    """Return a question without the documents that answer it; None where it could still be answered."""
    if not example.cites or declines(example.completion, example.cites, example.tags):
        return None
    context = serving_context([hit for hit in hits if hit.document not in example.cites], generator.passages)
    if not context or any(supports(hit.text, spoken(example.completion)) for hit in context):
        return None
    built = _build(example, context, generator)
    return replace(built, item=replace(built.item, reference="", answerable=False))


def _build(example: Example, context: Sequence[Hit], generator: GeneratorModel) -> BuiltPrompt:
    prompt = build_prompt(example.question, context, generator.passage_tokens)
    item = Item(
        example.id,
        example.question,
        example.completion,
        example.cites,
        context=tuple(hit.document for hit in context),
        passages=tuple(passage_text(hit.text, generator.passage_tokens) for hit in context),
        tags=example.tags,
        answerable=not declines(example.completion, example.cites, example.tags),
    )
    return BuiltPrompt(prompt, example.completion, item)


def _context(
    index: VectorIndex, at: Index, example: Example, hits: Sequence[Hit], *, passages: int, allow: Filter
) -> list[Hit]:
    """Return the passages that serving would give, with the cited documents' among them, in the order of retrieval."""
    served = serving_context(hits, passages)
    ranked = serving_context(hits, len(hits))
    cited = [hit for hit in ranked if hit.document in example.cites]
    found = {hit.document for hit in cited}
    missing = [document for document in example.cites if document not in found]
    cited += [hit for document in missing if (hit := _first_of(index, at, document, allow=allow))]
    others = [hit for hit in served if hit.document not in example.cites]
    chosen = [*cited, *others][:passages]
    rank = {hit.document: place for place, hit in enumerate(ranked)}
    return sorted(chosen, key=lambda hit: rank.get(hit.document, len(ranked)))


def _first_of(index: VectorIndex, at: Index, document: str, *, allow: Filter) -> Hit | None:
    """Return the first passage of a document that was not retrieved at all; None where ``allow`` hides it."""
    chunks = index.chunks(at.collection, revision=at.revision, documents=[document])
    first = chunks[0] if chunks else None
    return Hit.of(first, 0.0) if first and allow.shows(document, first.metadata) else None


def serving_context(hits: Iterable[Hit], passages: int) -> list[Hit]:
    """Return the passages of a prompt: the best one of each document, best documents first."""
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.document, hit)
    return list(best.values())[:passages]
