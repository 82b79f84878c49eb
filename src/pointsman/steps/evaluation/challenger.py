"""Evaluate a trained generator beside the live one, judge it, and tabulate both for the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pointsman.core.evaluation.answer_scoring import Score, by_tag, mean_measures
from pointsman.core.evaluation.memorization import MemorizationCheck, memorization_table
from pointsman.core.gates.generator import (
    ChallengerLimits,
    PairedScores,
    guard_forgetting,
    guard_slices,
    judge_challenger,
)
from pointsman.core.gates.memorization import judge_memorization
from pointsman.core.gates.ruling import Ruling
from pointsman.core.hashing import digest
from pointsman.core.release import Model
from pointsman.settings.params import Params
from pointsman.steps.evaluation.answers import answer_and_score, prompt_key
from pointsman.steps.evaluation.behaviour import Behaviour
from pointsman.steps.resources import Serving
from pointsman.steps.serving.prompts import BuiltPrompt

ORACLE, RETRIEVED, WITHOUT, REVERSED = "oracle", "retrieved", "without", "turned"
"""Contexts, under their stored names: with the cited passages, as served, without the cited documents, reversed."""

SAMPLE_AT_MOST = 24
"""Questions that are asked once more without their documents, and once more with the passages reversed."""

ScoresByContext = Mapping[str, tuple[Score, ...]]
"""A model's scores in each context."""


@dataclass(frozen=True)
class PairedEvaluation:
    """The live generator and the challenger on the same prompts."""

    champion: ScoresByContext
    challenger: ScoresByContext
    memorization: tuple[MemorizationCheck, ...] = ()
    """Questions whose documents changed, each answered by both on both indexes."""

    def paired(self, context: str) -> PairedScores:
        """Return the scores of both in one context, item by item."""
        return PairedScores(self.champion[context], self.challenger[context])


def evaluate_other_contexts(
    serving: Serving, model: Model, behaviour: Behaviour, oracle: Sequence[Score]
) -> dict[str, tuple[Score, ...]]:
    """Return ``model``'s scores in all contexts; ``oracle`` is known already, and no prompt is answered twice."""
    prompts, shape = behaviour.prompts, behaviour.shape
    known = {prompt_key(p): (s.answer, s.nll) for p, s in zip(prompts.oracle, oracle, strict=True)}
    generator, schema = serving.models.generator(model), serving.schema
    words = serving.params.generator.max_new_tokens

    def sampled(context: Sequence[BuiltPrompt]) -> tuple[Score, ...]:
        return answer_and_score(generator, _sample(context), shape, words, likelihood=False, schema=schema)

    return {
        ORACLE: tuple(oracle),
        RETRIEVED: answer_and_score(generator, prompts.retrieved, shape, words, known=known, schema=schema),
        WITHOUT: sampled(prompts.without),
        REVERSED: sampled(prompts.reversed),
    }


def _sample(prompts: Sequence[BuiltPrompt]) -> list[BuiltPrompt]:
    """Return up to ``SAMPLE_AT_MOST`` prompts, the same ones for every model."""
    return sorted(prompts, key=lambda p: digest(p.item.id))[:SAMPLE_AT_MOST]


def judge_generator(
    params: Params, compared: PairedEvaluation, behaviour: Behaviour, *, min_gain: float | None = None
) -> dict[str, Ruling]:
    """Return the gate's ruling on a challenger, by rule; the strictest one counts.

    ``min_gain`` replaces ``gate.min_gain``, in (shape + citation)/2, -1..1.
    """
    gate = params.gate
    bounds = ChallengerLimits(
        gate.min_answers, gate.min_gain if min_gain is None else min_gain,
        max_loss=gate.max_loss, min_slice_items=gate.min_slice_items, max_forgetting=gate.max_forgetting,
        confidence=params.policy.confidence, seed=params.seed,
    )  # fmt: skip
    oracle = compared.paired(ORACLE)
    others = {name: compared.paired(name) for name in (RETRIEVED, REVERSED)}
    rulings = {"gain": judge_challenger(oracle, bounds), "slices": guard_slices(oracle, others, bounds)}
    places = [n for n, earlier in enumerate(behaviour.earlier) if earlier]
    if places:
        rulings["forgetting"] = guard_forgetting(oracle.at(places), bounds)
    memory = judge_memorization(compared.memorization, max_memorised=gate.max_memorised)
    return rulings if memory is None else rulings | {"memory": memory}


def compared_answers(
    params: Params, compared: PairedEvaluation, behaviour: Behaviour, rulings: Mapping[str, Ruling]
) -> dict[str, Any]:
    """Return both models side by side as a JSON value: in all, by context, by tag, by baseline, item by item."""
    old, new = compared.champion[ORACLE], compared.challenger[ORACLE]
    contexts = (name for name, scores in compared.champion.items() if scores)
    baselines = _baseline_table(params, behaviour, new)
    return {
        "shape": behaviour.shape.describe() if behaviour.shape else None,
        "champion": mean_measures(old),
        "challenger": mean_measures(new),
        "contexts": {name: _both(compared.champion[name], compared.challenger[name]) for name in contexts},
        "slices": {tag: _both(_at(old, places), _at(new, places)) for tag, places in by_tag(old).items()},
        "crossing": memorization_table(compared.memorization),
        "rulings": {name: ruling.as_json() for name, ruling in rulings.items()},
        "items": [
            _row(prompt, before, after)
            for prompt, before, after in zip(behaviour.prompts.oracle, old, new, strict=True)
        ],
    } | ({"arms": baselines} if baselines else {})


def _baseline_table(params: Params, behaviour: Behaviour, challenger: Sequence[Score]) -> dict[str, Any]:
    """Return the baselines by name, each compared with the challenger on the same items."""
    confidence, seed = params.policy.confidence, params.seed
    return {each.name: each.beside(challenger, confidence=confidence, seed=seed) for each in behaviour.baselines}


def _row(prompt: BuiltPrompt, before: Score, after: Score) -> dict[str, Any]:
    """Return one item with the answers and scores of both models."""
    return {
        "id": prompt.item.id,
        "question": prompt.item.question,
        "reference": prompt.item.reference,
        "tags": list(prompt.item.tags),
        "documents": sorted({*prompt.item.cites, *prompt.item.context}),
        "champion": before.answer,
        "challenger": after.answer,
        "champion_ok": before.shape_valid and before.citation_correct,
        "challenger_ok": after.shape_valid and after.citation_correct,
        "champion_score": _numbers(before),
        "challenger_score": _numbers(after),
    }


def _both(champion: Sequence[Score], challenger: Sequence[Score]) -> dict[str, dict[str, float | None]]:
    return {"champion": mean_measures(champion), "challenger": mean_measures(challenger)}


def _at(scores: Sequence[Score], places: Sequence[int]) -> list[Score]:
    return [scores[place] for place in places]


def _numbers(each: Score) -> dict[str, Any]:
    """Return a score without the fields that the item's row has already."""
    return {name: value for name, value in each.as_json().items() if name not in {"item", "answer", "tags"}}
