"""What an answer is worth: shape, citation, overlap with the reference."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pointsman.core.examples import Shape, answer_object, cited_in


@dataclass(frozen=True, slots=True)
class Item:
    """One held-out question with the prompt's documents and the reference answer."""

    id: str
    question: str
    reference: str
    cites: tuple[str, ...]
    context: tuple[str, ...]
    """Documents whose passages were in the prompt."""


@dataclass(frozen=True, slots=True)
class Score:
    """How one answer did."""

    item: str
    answer: str
    shape_valid: bool
    citation_correct: bool
    """It cites something, only documents of the context, and only ones the reference cites."""
    token_f1: float
    """Overlap of the answer's words with the reference's, 0..1 (Rajpurkar et al. 2016)."""
    nll: float
    """Nats per token of the reference completion, given the prompt."""

    def as_json(self) -> dict[str, Any]:
        """Return the score as a JSON value."""
        return asdict(self)


def score(item: Item, answer: str, nll: float, shape: Shape | None) -> Score:
    """Return the score of ``answer`` to ``item``; without a common shape every answer fits."""
    cited = cited_in(answer)
    right = bool(cited) and set(cited or ()) <= set(item.cites) and set(cited or ()) <= set(item.context)
    return Score(
        item=item.id,
        answer=answer,
        shape_valid=shape is None or shape.fits(answer),
        citation_correct=right,
        token_f1=token_f1(spoken(answer), spoken(item.reference)),
        nll=float(nll),
    )


def spoken(text: str) -> str:
    """Return the answer inside a JSON answer, or the text itself."""
    value = answer_object(text)
    return str(value["answer"]) if value is not None and "answer" in value else text


def token_f1(given: str, reference: str) -> float:
    """Return the harmonic mean of precision and recall of lower-cased words, 0..1."""
    a, b = (Counter(re.findall(r"\w+", text.lower())) for text in (given, reference))
    common = sum((a & b).values())
    if not common:
        return float(a == b)
    return 2 * common / (sum(a.values()) + sum(b.values()))


def summary(scores: Sequence[Score]) -> dict[str, float | None]:
    """Return the mean of every measure over ``scores`` (None where it is no number) and their number; {} for none."""
    if not scores:
        return {}
    n = len(scores)
    measures = ("shape_valid", "citation_correct", "token_f1", "nll")
    means = {measure: sum(float(getattr(s, measure)) for s in scores) / n for measure in measures}
    return {measure: mean if math.isfinite(mean) else None for measure, mean in means.items()} | {"n": float(n)}
