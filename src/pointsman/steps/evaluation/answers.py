"""Let a generator answer examples, and score what it writes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pointsman.core.evaluation.answer_scoring import Score, score
from pointsman.core.hashing import canonical, digest
from pointsman.core.release import Model
from pointsman.core.supervision.answer_schema import AnswerSchema
from pointsman.core.supervision.examples import Example, Shape
from pointsman.ports.models import Generator
from pointsman.steps.resources import Serving
from pointsman.steps.serving.prompts import BuiltPrompt

Answers = dict[str, tuple[str, float]]
"""Key of a prompt → (answer, loss of the reference in nats a token; NaN where it was not measured)."""


def shape_of(examples: Sequence[Example]) -> Shape | None:
    """Return the shape that all answers of the examples have; None where they have no common one."""
    return Shape.of([e.completion for e in examples])


def evaluate_answers(
    serving: Serving, model: Model, prompts: Sequence[BuiltPrompt], shape: Shape | None
) -> tuple[Score, ...]:
    """Return the scores of ``model``'s answers, one a prompt, in their order."""
    serving.index.close()  # other readers can open the embedded index while the model writes
    words = serving.params.generator.max_new_tokens
    return answer_and_score(serving.models.generator(model), prompts, shape, words, schema=serving.schema)


def answer_and_score(
    generator: Generator,
    prompts: Sequence[BuiltPrompt],
    shape: Shape | None,
    max_new_tokens: int,
    *,
    known: Mapping[str, tuple[str, float]] | None = None,
    likelihood: bool = True,
    schema: AnswerSchema | None = None,
    grammar: Mapping[str, Any] | None = None,
) -> tuple[Score, ...]:
    """Return the score of a generator's greedy answer to each prompt, in their order.

    Args:
        generator: writes the answers.
        prompts: questions with their context.
        shape: shape that the answers must have; None where the examples have no common one.
        max_new_tokens: length of an answer, at most.
        known: answers that the generator gave before, by ``prompt_key``; these prompts are not answered again.
        likelihood: whether to measure the loss of the reference answer; without, it is NaN.
        schema: JSON Schema of params.yaml that the answers must match; None where there is none.
        grammar: JSON Schema that restricts the generator's next token, so that every answer matches it.
    """
    answers: Answers = dict(known or {})
    fresh = {key: p for p in prompts if (key := prompt_key(p)) not in answers}
    if fresh:
        answers |= _answered(generator, fresh, max_new_tokens, likelihood=likelihood, grammar=grammar)
    return tuple(score(p.item, *answers[prompt_key(p)], shape, schema) for p in prompts)


def _answered(
    generator: Generator,
    fresh: Mapping[str, BuiltPrompt],
    max_new_tokens: int,
    *,
    likelihood: bool,
    grammar: Mapping[str, Any] | None,
) -> Answers:
    """Return the generator's answer to each prompt, and the loss of its reference, by the prompt's key."""
    prompts = [p.prompt for p in fresh.values()]
    constraint = {"schema": grammar} if grammar is not None else {}
    answers = generator.generate(prompts, max_new_tokens=max_new_tokens, **constraint)
    if likelihood:
        losses = generator.completion_nll(prompts, [p.completion for p in fresh.values()])
    else:
        losses = np.full(len(fresh), np.nan)
    return {key: (answer, float(nll)) for key, answer, nll in zip(fresh, answers, losses, strict=True)}


def prompt_key(prompt: BuiltPrompt) -> str:
    """Return the digest of a prompt and its reference answer: the same text is answered once."""
    return digest(canonical([list(map(dict, prompt.prompt)), prompt.completion]))
