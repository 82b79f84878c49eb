"""The score of an answer: shape, citation, support, overlap with the reference; and declining where that is right."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pointsman.core.supervision.answer_schema import AnswerSchema
from pointsman.core.supervision.examples import Shape, answer_object, cited_in

REFUSAL_TAGS = frozenset({"refusal", "unanswerable"})
"""Tags of examples that teach to decline: their context does not hold the answer."""

SUPPORT_SHARE = 0.7
"""Share of an answer's content words that a passage must contain to support it."""

ARTICLES = re.compile(r"\b(a|an|the)\b")

_FUNCTION_WORDS = """
a an and are as at be been but by can do does for from had has have how if in into is it its may must no not of on or
should so such than that the their then there these they this to was were what when where which who will with you your
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
"""Words that support nothing: they stand in every passage."""

DECLINES = re.compile(
    r"\b(i (do not|don.t|cannot|can.t) (know|answer|find|say|tell)"
    r"|(can ?not|can.t|could not|couldn.t) be (answered|found|determined)"
    r"|unable to (answer|find|say|determine)"
    r"|(is|are|was|were) not (stated|mentioned|given|found|contained|covered|described|specified|answered|available)"
    r"|(do|does|did) not (say|state|mention|contain|cover|answer|specify|describe|provide)"
    r"|(do|does|did)n.t (say|state|mention|contain|cover|answer|specify|describe|provide)"
    r"|no (passage|document|information|answer) (\w+ ){0,3}(answers?|found|about|available|for|on|mentions?))\b",
    re.IGNORECASE,
)
"""How an answer in English declines; in other languages the examples' own refusals say it (``refuses``)."""


@dataclass(frozen=True, slots=True)
class Item:
    """One held-out question with the prompt's documents and the reference answer."""

    id: str
    question: str
    reference: str
    cites: tuple[str, ...]
    context: tuple[str, ...]
    """Documents whose passages were in the prompt."""
    passages: tuple[str, ...] = ()
    """The text that the prompt showed of each of them, in the same order."""
    tags: tuple[str, ...] = ()
    answerable: bool = True
    """Whether the context is meant to hold the answer; where it is not, declining is right."""


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one answer."""

    item: str
    answer: str
    shape_valid: bool
    """It has the form of its reference."""
    citation_correct: bool
    """It cites something, only documents of the context, and only ones the reference cites; or rightly declines."""
    token_f1: float
    """Overlap of the answer's words with the reference's, 0..1 (Rajpurkar et al. 2016)."""
    nll: float
    """Nats per token of the reference completion, given the prompt; NaN where there is no reference."""
    citation_supported: bool = False
    """As ``citation_correct``, but a passage that contains the answer's content words supports it as well."""
    exact_match: bool = False
    """The answer is the reference, both normalised (Rajpurkar et al. 2016)."""
    refused: bool = False
    """It declines to answer, and cites nothing."""
    answerable: bool = True
    tags: tuple[str, ...] = ()

    @property
    def right(self) -> float:
        """The number that the gate compares: half for the shape, half for the citation, 0..1."""
        return (self.shape_valid + self.citation_correct) / 2

    def as_json(self) -> dict[str, Any]:
        """Return the score as a JSON value."""
        return asdict(self)


def score(item: Item, answer: str, nll: float, shape: Shape | None, schema: AnswerSchema | None = None) -> Score:
    """Return the score of ``answer`` to ``item``; ``shape`` is the examples' common one, ``schema`` params.yaml's."""
    cited, refused = set(cited_in(answer) or ()), refuses(answer, item.reference, answerable=item.answerable)
    expected = set(item.cites or cited_in(item.reference) or ())
    given, reference = spoken(answer), spoken(item.reference)
    if not item.answerable:
        correct = supported = refused
    elif not expected:
        correct = supported = not cited
    else:
        seen = dict(zip(item.context, item.passages, strict=False))
        correct = bool(cited) and cited <= expected.intersection(item.context)
        supported = bool(cited) and all(
            document in item.context and (document in expected or supports(seen.get(document, ""), given))
            for document in cited
        )
    return Score(
        item=item.id,
        answer=answer,
        shape_valid=in_shape(answer, item.reference, shape, schema),
        citation_correct=correct,
        token_f1=token_f1(given, reference),
        nll=float(nll),
        citation_supported=supported,
        exact_match=normalised(given) == normalised(reference),
        refused=refused,
        answerable=item.answerable,
        tags=item.tags,
    )


def in_shape(answer: str, reference: str, shape: Shape | None, schema: AnswerSchema | None = None) -> bool:
    """Tell whether ``answer`` has the form of its reference: the common shape, or where it deviates, its own.

    So a set of two behaviours is judged by both. The form of a free text is to be no JSON object. Where a schema
    accepts the reference, it says what the form is, by the same of its alternatives: keys may be left out where it lets
    them.
    """
    if schema is not None and (branch := schema.branch(reference)) is not None:
        return schema.branch(answer) == branch
    own = shape if shape is not None and shape.fits(reference) else Shape.of([reference])
    return answer_object(answer) is None if own is None else own.fits(answer)


def refuses(answer: str, reference: str = "", *, answerable: bool = True) -> bool:
    """Tell whether ``answer`` declines and cites nothing: in common words, or in those of a reference that declines."""
    if cited_in(answer):
        return False
    said = spoken(answer)
    taught = not answerable and bool(reference) and not cited_in(reference)
    taught = taught and normalised(said) == normalised(spoken(reference))
    return taught or not said.strip() or DECLINES.search(said) is not None


def declines(completion: str, cites: Collection[str], tags: Collection[str]) -> bool:
    """Tell whether an example teaches to decline: by its tag, or by its words where ``cites`` is empty.

    A completion that cites something answers, whatever its tags say.
    """
    return not cited_in(completion) and (not REFUSAL_TAGS.isdisjoint(tags) or (not cites and refuses(completion)))


def supports(passage: str, answer: str) -> bool:
    """Tell whether a passage contains at least ``SUPPORT_SHARE`` of the answer's content words."""
    words = content_words(answer)
    return bool(words) and len(words & content_words(passage)) >= SUPPORT_SHARE * len(words)


def content_words(text: str) -> frozenset[str]:
    """Return the normalised words of ``text`` that say something."""
    return frozenset(normalised(text)) - FUNCTION_WORDS


def spoken(text: str) -> str:
    """Return the answer inside a JSON answer, or the text itself."""
    value = answer_object(text)
    return str(value["answer"]) if value is not None and "answer" in value else text


def normalised(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` without case, punctuation and English articles (SQuAD, Rajpurkar et al. 2016)."""
    plain = "".join(c for c in text.lower() if unicodedata.category(c)[0] not in "PS")
    return tuple(ARTICLES.sub(" ", plain).split())


def token_f1(given: str, reference: str) -> float:
    """Return the harmonic mean of precision and recall of normalised words, 0..1 (Rajpurkar et al. 2016)."""
    a, b = (Counter(normalised(text)) for text in (given, reference))
    common = sum((a & b).values())
    if not common:
        return float(a == b)
    return 2 * common / (sum(a.values()) + sum(b.values()))


MEASURES = ("shape_valid", "citation_correct", "citation_supported", "token_f1", "exact_match", "nll")


def mean_measures(scores: Sequence[Score]) -> dict[str, float | None]:
    """Return the mean of every measure over ``scores`` (None where it is no number) and their number; {} for none.

    ``refusal`` is the share of unanswerable items declined, ``false_refusal`` that of answerable ones; each is there
    only where there are such items.
    """
    if not scores:
        return {}
    n = len(scores)
    means = {measure: sum(float(getattr(s, measure)) for s in scores) / n for measure in MEASURES}
    sides = {"refusal": False, "false_refusal": True}
    refused = {name: [s.refused for s in scores if s.answerable is side] for name, side in sides.items()}
    shares = {name: sum(which) / len(which) for name, which in refused.items() if which}
    numbers = {name: value if math.isfinite(value) else None for name, value in means.items()}
    return numbers | shares | {"n": float(n)}


def by_tag(scores: Sequence[Score]) -> dict[str, list[int]]:
    """Return the places of the scores of each tag, by tag."""
    found: dict[str, list[int]] = {}
    for place, each in enumerate(scores):
        for tag in dict.fromkeys(each.tags):
            found.setdefault(tag, []).append(place)
    return dict(sorted(found.items()))
