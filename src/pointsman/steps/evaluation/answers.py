"""The exam: a generator answers the held-out examples in each context, and what that says for the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pointsman.core.errors import ModelSpoiled
from pointsman.core.evaluation.answer_scoring import Score, by_tag, score, summary
from pointsman.core.evaluation.answer_signals import fresh_of, signals_of
from pointsman.core.evaluation.baselines import Baseline
from pointsman.core.evaluation.memorization import MemorizationCheck, memorization_table
from pointsman.core.evaluation.signal_names import FORM_AGREEMENT
from pointsman.core.evaluation.statistics import Signal, proportion
from pointsman.core.gates.generator import Bounds, PairedScores, guard_forgetting, guard_slices, judge_challenger
from pointsman.core.gates.memorization import judge_memorization
from pointsman.core.gates.ruling import Ruling
from pointsman.core.hashing import canonical, digest
from pointsman.core.release import Model
from pointsman.core.supervision.answer_schema import AnswerSchema
from pointsman.core.supervision.examples import Example, Shape
from pointsman.ports.models import Generator, Models
from pointsman.settings.params import Params
from pointsman.steps.evaluation.memorization import Crossing
from pointsman.steps.resources import Serving
from pointsman.steps.serving.prompts import Paper, Posed

ORACLE, RETRIEVED, WITHOUT, TURNED = "oracle", "retrieved", "without", "turned"
"""Contexts of the exam: the cited passages in, as served, the cited documents left out, the passages turned round."""

AGAIN_AT_MOST = 24
"""Questions that are asked once more without their documents, and once more with their passages turned round."""

Sat = Mapping[str, tuple[Score, ...]]
"""A model's scores by context."""


@dataclass(frozen=True)
class Behaviour:
    """The held-out examples as the live generator answers them."""

    paper: Paper
    shape: Shape | None
    scores: tuple[Score, ...]
    """In the oracle context."""
    earlier: tuple[bool, ...] = ()
    """For each item whether it belongs to what the live adapter was trained for."""
    crossings: tuple[Crossing, ...] = ()
    """Questions whose documents changed."""
    arms: tuple[Baseline, ...] = ()
    """Cheaper ways to the behaviour, on the same items."""
    told: tuple[bool, ...] = ()
    """For each new example whether what asks most alike has its form; empty where all examples have one form."""


def shape_of(examples: Sequence[Example]) -> Shape | None:
    """Return the shape that the examples ask for."""
    return Shape.of([e.completion for e in examples])


def sit_exam(serving: Serving, model: Model, posed: Sequence[Posed], shape: Shape | None) -> tuple[Score, ...]:
    """Return how ``model`` answers the posed examples."""
    serving.index.close()  # readers of the embedded engine get in while the model writes
    words = serving.params.generator.max_new_tokens
    return examine(serving.models.generator(model), posed, shape, words, schema=serving.schema)


def sit_rest(
    model: Model,
    behaviour: Behaviour,
    oracle: Sequence[Score],
    *,
    models: Models,
    params: Params,
    answer_schema: AnswerSchema | None,
) -> dict[str, tuple[Score, ...]]:
    """Return ``oracle`` and how ``model`` answers in the other contexts; no prompt is asked twice."""
    paper, shape = behaviour.paper, behaviour.shape
    known = {_key(p): (s.answer, s.nll) for p, s in zip(paper.oracle, oracle, strict=True)}
    generator, words, schema = models.generator(model), params.generator.max_new_tokens, answer_schema
    return {
        ORACLE: tuple(oracle),
        RETRIEVED: examine(generator, paper.retrieved, shape, words, known=known, schema=schema),
        WITHOUT: examine(generator, _some(paper.without), shape, words, likelihood=False, schema=schema),
        TURNED: examine(generator, _some(paper.turned), shape, words, likelihood=False, schema=schema),
    }


def _some(posed: Sequence[Posed]) -> list[Posed]:
    return sorted(posed, key=lambda p: digest(p.item.id))[:AGAIN_AT_MOST]


def examine(
    generator: Generator,
    posed: Sequence[Posed],
    shape: Shape | None,
    max_new_tokens: int,
    *,
    known: Mapping[str, tuple[str, float]] | None = None,
    likelihood: bool = True,
    schema: AnswerSchema | None = None,
    grammar: Mapping[str, Any] | None = None,
) -> tuple[Score, ...]:
    """Return the score of a generator's greedy answer to each posed example.

    Args:
        generator: what answers.
        posed: the questions with their prompts.
        shape: the examples' common one.
        max_new_tokens: of an answer.
        known: answers and losses (nats per token) of prompts that it has met already.
        likelihood: whether the reference's loss is measured; without, it is NaN.
        schema: params.yaml's.
        grammar: JSON Schema that the answers are held to as they are written.
    """
    met = dict(known or {})
    fresh = list({key: p for p in posed if (key := _key(p)) not in met}.values())
    prompts = [p.prompt for p in fresh]
    held = {"schema": grammar} if grammar is not None else {}
    answers = generator.generate(prompts, max_new_tokens=max_new_tokens, **held) if fresh else []
    if likelihood and fresh:
        losses = generator.completion_nll(prompts, [p.completion for p in fresh])
    else:
        losses = np.full(len(fresh), np.nan)
    met |= {_key(p): (a, float(nll)) for p, a, nll in zip(fresh, answers, losses, strict=True)}
    return tuple(score(p.item, *met[_key(p)], shape, schema) for p in posed)


def _key(posed: Posed) -> str:
    return digest(canonical([list(map(dict, posed.prompt)), posed.completion]))


def _refuse_spoiled(scores: Sequence[Score]) -> None:
    """Refuse to measure on losses that are no numbers: answers of such a generator say nothing either."""
    wrong = [score for score in scores if not np.isfinite(score.nll)]
    if wrong:
        raise ModelSpoiled(
            f"the live generator's loss of the reference of example {wrong[0].item!r} is {wrong[0].nll}, and of "
            f"{len(wrong)} of {len(scores)} it is no finite number: its weights are spoiled. `pointsman rollback` to a "
            "release with another adapter, or name another generator.model"
        )


def behaviour_signals(params: Params, behaviour: Behaviour | None) -> tuple[Signal, ...]:
    """Return what the live generator's answers to the held-out examples say.

    Raises:
        ModelSpoiled: a loss is no finite number; of a challenger the gate refuses it.
    """
    if behaviour is None:
        return ()
    _refuse_spoiled(behaviour.scores)
    scores, earlier, confidence = behaviour.scores, behaviour.earlier, params.policy.confidence
    places = fresh_of(scores, earlier)
    arms = [signal for arm in behaviour.arms for signal in arm.signals(confidence, places)]
    told = (
        (proportion(FORM_AGREEMENT, behaviour.told, confidence, "share of new examples, 0..1"),)
        if behaviour.told
        else ()
    )
    return (*signals_of(scores, earlier, confidence, params.seed), *arms, *told)


def rule_generator(
    params: Params,
    champion: Sat,
    challenger: Sat,
    behaviour: Behaviour,
    crossed: Sequence[MemorizationCheck] = (),
    *,
    min_gain: float | None = None,
) -> dict[str, Ruling]:
    """Return what the gate says of a challenger, by rule; the strictest counts. ``min_gain`` stands for the gate's."""
    gate = params.gate
    bounds = Bounds(
        gate.min_answers, gate.min_gain if min_gain is None else min_gain, gate.max_loss, gate.min_slice_items,
        gate.max_forgetting, params.policy.confidence, params.seed,
    )  # fmt: skip
    sides = {name: PairedScores(champion[name], challenger[name]) for name in (ORACLE, RETRIEVED, TURNED)}
    rulings = {
        "gain": judge_challenger(sides[ORACLE], bounds),
        "slices": guard_slices(sides[ORACLE], {name: sides[name] for name in (RETRIEVED, TURNED)}, bounds),
    }
    places = [n for n, earlier in enumerate(behaviour.earlier) if earlier]
    if places:
        rulings["forgetting"] = guard_forgetting(sides[ORACLE].at(places), bounds)
    memory = judge_memorization(crossed, max_memorised=gate.max_memorised)
    return rulings if memory is None else rulings | {"memory": memory}


def exam_table(
    champion: Sat,
    challenger: Sat,
    behaviour: Behaviour,
    rulings: Mapping[str, Ruling],
    crossed: Sequence[MemorizationCheck] = (),
    arms: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return champion and challenger side by side, for the record: in all, by context, by tag, and item by item."""
    old, new = champion[ORACLE], challenger[ORACLE]
    rows = [
        {
            "id": p.item.id, "question": p.item.question, "reference": p.item.reference, "tags": list(p.item.tags),
            "champion": before.answer, "challenger": after.answer,
            "champion_ok": before.shape_valid and before.citation_correct,
            "challenger_ok": after.shape_valid and after.citation_correct,
            "champion_score": _numbers(before), "challenger_score": _numbers(after),
        }
        for p, before, after in zip(behaviour.paper.oracle, old, new, strict=True)
    ]  # fmt: skip
    return {
        "shape": behaviour.shape.describe() if behaviour.shape else None,
        "champion": summary(old), "challenger": summary(new),
        "contexts": {name: _sides(champion[name], challenger[name]) for name in champion if champion[name]},
        "slices": {tag: _sides(_at(old, places), _at(new, places)) for tag, places in by_tag(old).items()},
        "crossing": memorization_table(crossed),
        "rulings": {name: ruling.as_json() for name, ruling in rulings.items()},
        "items": rows,
    } | ({"arms": arms} if arms else {})  # fmt: skip


def arms_beside(params: Params, behaviour: Behaviour, challenger: Sequence[Score]) -> dict[str, Any]:
    """Return the arms for the exam's table, each against the challenger on the same items."""
    confidence, seed = params.policy.confidence, params.seed
    return {arm.name: arm.beside(challenger, confidence=confidence, seed=seed) for arm in behaviour.arms}


def _sides(champion: Sequence[Score], challenger: Sequence[Score]) -> dict[str, dict[str, float | None]]:
    return {"champion": summary(champion), "challenger": summary(challenger)}


def _at(scores: Sequence[Score], places: Sequence[int]) -> list[Score]:
    return [scores[place] for place in places]


def _numbers(each: Score) -> dict[str, Any]:
    """Return a score without what the item's row says already."""
    return {name: value for name, value in each.as_json().items() if name not in {"item", "answer", "tags"}}
