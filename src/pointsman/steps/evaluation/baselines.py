"""Baselines: the live generator and its base model answer the held-out items under a grammar, or after examples."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pointsman.core.errors import UsageError
from pointsman.core.evaluation.baselines import BASE, CONSTRAINED, FEW_SHOT, LIVE, Baseline
from pointsman.core.release import Model
from pointsman.core.supervision.answer_schema import AnswerSchema, schema_of
from pointsman.core.supervision.examples import Example, Shape
from pointsman.core.training.experience_replay import TrainingExample, behaviour_of, draw_replay
from pointsman.ports.models import Message
from pointsman.steps.evaluation.answers import answer_and_score
from pointsman.steps.resources import Serving
from pointsman.steps.serving.prompts import BuiltPrompt


def evaluate_baselines(
    serving: Serving,
    generator: Model,
    prompts: Sequence[BuiltPrompt],
    shape: Shape | None,
    *,
    shots: Sequence[BuiltPrompt],
    completions: Sequence[str],
) -> tuple[Baseline, ...]:
    """Return each baseline that params.yaml switches on, for the live generator and, if it has an adapter, its base.

    Args:
        serving: the models, the parameters and the answers' schema.
        generator: the live one.
        prompts: the held-out items in the oracle context.
        shape: shape that all examples have; None where they have no common one.
        shots: training examples that the few-shot baseline shows before each question.
        completions: answers of the training examples; without ``examples.schema`` the grammar is made from them.
    """
    models = {LIVE: generator} | ({BASE: replace(generator, adapter=None)} if generator.adapter else {})
    form = serving.params.generator
    grammar = grammar_baseline(serving.schema, shape, completions) if form.constrained else None
    found: list[Baseline] = []
    for name, model in models.items():
        if form.constrained:
            found.append(
                _constrained(serving, Baseline(name, CONSTRAINED), model, prompts, shape=shape, grammar=grammar)
            )
        if form.few_shot:
            found.append(_few_shot(serving, Baseline(name, FEW_SHOT), model, prompts, shape=shape, shots=shots))
    return tuple(found)


def grammar_baseline(
    schema: AnswerSchema | None, shape: Shape | None, completions: Sequence[str]
) -> Mapping[str, Any] | None:
    """Return the JSON Schema that restricts the answers: params.yaml's, else the common shape's, else None."""
    if schema is not None:
        return schema.grammar
    return schema_of(shape, completions) if shape is not None else None


def few_shot_examples(examples: Sequence[Example], n: int, seed: int) -> list[Example]:
    """Return ``n`` training examples, each behaviour in proportion; every question is asked after the same ones."""
    drawn_from = [TrainingExample(e.digest, behaviour_of(e.completion, e.tags)) for e in examples]
    places = draw_replay(drawn_from, range(len(examples)), new=n, share=1.0, seed=seed)
    return [examples[place] for place in sorted(places)]


def with_examples_before(prompt: Sequence[Message], shots: Sequence[BuiltPrompt]) -> list[Message]:
    """Return a prompt with the examples' questions and answers between its system message and its question."""
    before = [m for shot in shots for m in (shot.prompt[-1], {"role": "assistant", "content": shot.completion})]
    return [*prompt[:-1], *before, prompt[-1]]


def _constrained(
    serving: Serving,
    baseline: Baseline,
    model: Model,
    prompts: Sequence[BuiltPrompt],
    *,
    shape: Shape | None,
    grammar: Mapping[str, Any] | None,
) -> Baseline:
    """Return the baseline with its scores under the grammar; without a grammar, with the reason for having none."""
    if grammar is None:
        why = "the examples have no common shape and examples.schema names none: no grammar to follow"
        return replace(baseline, because=why)
    return _evaluated(serving, baseline, model, prompts, shape=shape, grammar=grammar)


def _few_shot(
    serving: Serving,
    baseline: Baseline,
    model: Model,
    prompts: Sequence[BuiltPrompt],
    *,
    shape: Shape | None,
    shots: Sequence[BuiltPrompt],
) -> Baseline:
    """Return the baseline with its scores after the examples; without examples, with the reason for having none."""
    if not shots:
        return replace(baseline, because="no example is on the training side: none can be shown")
    with_shots = [replace(p, prompt=with_examples_before(p.prompt, shots)) for p in prompts]
    return _evaluated(serving, baseline, model, with_shots, shape=shape, grammar=None)


def _evaluated(
    serving: Serving,
    baseline: Baseline,
    model: Model,
    prompts: Sequence[BuiltPrompt],
    *,
    shape: Shape | None,
    grammar: Mapping[str, Any] | None,
) -> Baseline:
    """Return the baseline with its scores; where prompts or grammar are refused, with the reason, and no error."""
    words = serving.params.generator.max_new_tokens
    try:
        scores = answer_and_score(
            serving.models.generator(model), prompts, shape, words,
            likelihood=False, schema=serving.schema, grammar=grammar,
        )  # fmt: skip
    except UsageError as error:
        return replace(baseline, because=str(error))
    return replace(baseline, scores=scores)
