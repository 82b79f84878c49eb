"""Prompts for questions and for examples: the same retrieval, the same form, in training, exam and serving."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pointsman.core.exam import Item
from pointsman.core.examples import Example
from pointsman.core.index import Hit
from pointsman.core.prompt import build_prompt
from pointsman.core.release import Index
from pointsman.ports import Embedder, VectorIndex
from pointsman.settings import GeneratorModel

CANDIDATES = 30
"""Passages fetched for an example, among which its cited documents' and the distractors are chosen."""


@dataclass(frozen=True, slots=True)
class Posed:
    """An example as the model meets it: prompt, completion, and what the exam needs."""

    prompt: list[Mapping[str, str]]
    completion: str
    item: Item


def retrieve(
    index: VectorIndex, embedder: Embedder, at: Index, questions: Sequence[str], top_k: int, *, dense_only: bool = False
) -> list[list[Hit]]:
    """Return the passages that a reader of ``at`` gets for each question, best first."""
    if not questions:
        return []
    vectors = embedder.embed(questions)
    return [
        index.search(
            at.collection, revision=at.revision, vector=vector, text=None if dense_only else question, top_k=top_k
        )
        for question, vector in zip(questions, vectors, strict=True)
    ]


def pose(
    index: VectorIndex, embedder: Embedder, at: Index, examples: Sequence[Example], generator: GeneratorModel
) -> list[Posed]:
    """Return each example with its cited documents' passages among retrieved distractors (RAFT, Zhang et al. 2024).

    The order is that of retrieval, as in serving; a cited document that was not retrieved comes last. Empty ``cites``:
    the retrieved context as it comes.
    """
    found = retrieve(index, embedder, at, [e.question for e in examples], CANDIDATES)
    posed = []
    for example, hits in zip(examples, found, strict=True):
        context = _context(index, at, example, hits, generator.passages)
        prompt = build_prompt(example.question, context, generator.passage_tokens)
        documents = tuple(dict.fromkeys(hit.document for hit in context))
        item = Item(example.id, example.question, example.completion, example.cites, documents)
        posed.append(Posed(prompt, example.completion, item))
    return posed


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
    held = index.wanted(at.collection, revision=at.revision, documents=[document])
    first = held[0] if held else None
    return Hit.of(first, 0.0) if first else None


def serving_context(hits: Iterable[Hit], passages: int) -> list[Hit]:
    """Return the passages of a prompt: the best one of each document, best documents first."""
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.document, hit)
    return list(best.values())[:passages]
