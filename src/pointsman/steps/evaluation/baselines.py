"""Arms: the live generator and its base answer the held-out items under a grammar, or after some examples."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pointsman.core.errors import UsageError
from pointsman.core.evaluation.baselines import BASE, CONSTRAINED, FEW_SHOT, LIVE, Baseline
from pointsman.core.release import Model
from pointsman.core.supervision.answer_schema import AnswerSchema, schema_of
from pointsman.core.supervision.examples import Example, Shape
from pointsman.core.training.experience_replay import TrainingExample, behaviour_of, draw_replay
from pointsman.ports.models import Message, Models
from pointsman.settings.params import Params
from pointsman.steps.evaluation.answers import answer_and_score
from pointsman.steps.serving.prompts import BuiltPrompt


def evaluate_baselines(
    generator: Model,
    posed: Sequence[BuiltPrompt],
    shape: Shape | None,
    *,
    shots: Sequence[BuiltPrompt],
    completions: Sequence[str],
    model_loader: Models,
    params: Params,
    schema: AnswerSchema | None,
) -> tuple[Baseline, ...]:
    """Return every arm that params.yaml asks for, of the live generator and, where that has an adapter, of its base.

    Args:
        resources: the ports.
        generator: the live one.
        posed: the exam.
        shape: the examples' common one.
        shots: posed training examples to be put before the question.
        completions: of the training examples; a grammar without a schema is made of them.
    """
    models = {LIVE: generator} | ({BASE: replace(generator, adapter=None)} if generator.adapter else {})
    arms = []
    for name, model in models.items():
        if params.generator.constrained:
            arms.append(
                _constrained(
                    name,
                    model,
                    posed=posed,
                    shape=shape,
                    grammar=grammar_baseline(schema, shape, completions),
                    models=model_loader,
                    params=params,
                    schema=schema,
                )
            )
        if params.generator.few_shot:
            arms.append(
                _few_shot(
                    name,
                    model,
                    posed=posed,
                    shape=shape,
                    shots=shots,
                    models=model_loader,
                    params=params,
                    schema=schema,
                )
            )
    return tuple(arms)


def grammar_baseline(
    schema: AnswerSchema | None, shape: Shape | None, completions: Sequence[str]
) -> Mapping[str, Any] | None:
    """Return the JSON Schema that answers are held to: params.yaml's, else that of the common shape, else none."""
    if schema is not None:
        return schema.grammar
    return schema_of(shape, completions) if shape is not None else None


def few_shot_examples(examples: Sequence[Example], n: int, seed: int) -> list[Example]:
    """Return ``n`` training examples to be shown, every behaviour in its proportion; the same for every question."""
    lessons = [TrainingExample(e.digest, behaviour_of(e.completion, e.tags)) for e in examples]
    return [
        examples[place] for place in sorted(draw_replay(lessons, range(len(examples)), new=n, share=1.0, seed=seed))
    ]


def with_examples_before(prompt: Sequence[Message], shots: Sequence[BuiltPrompt]) -> list[Message]:
    """Return a prompt with questions and their answers put between its system message and its question."""
    before = [m for shot in shots for m in (shot.prompt[-1], {"role": "assistant", "content": shot.completion})]
    return [*prompt[:-1], *before, prompt[-1]]


def _constrained(
    name: str,
    model: Model,
    posed: Sequence[BuiltPrompt],
    shape: Shape | None,
    grammar: Mapping[str, Any] | None,
    *,
    models: Models,
    params: Params,
    schema: AnswerSchema | None,
) -> Baseline:
    if grammar is None:
        return Baseline(
            name,
            CONSTRAINED,
            because="the examples have no common shape and examples.schema names none: nothing to hold to",
        )
    return _sat(
        Baseline(name, CONSTRAINED),
        model,
        posed=posed,
        shape=shape,
        grammar=grammar,
        models=models,
        params=params,
        schema=schema,
    )


def _few_shot(
    name: str,
    model: Model,
    posed: Sequence[BuiltPrompt],
    shape: Shape | None,
    shots: Sequence[BuiltPrompt],
    *,
    models: Models,
    params: Params,
    schema: AnswerSchema | None,
) -> Baseline:
    if not shots:
        return Baseline(name, FEW_SHOT, because="no example is on the training side: none can be shown")
    return _sat(
        Baseline(name, FEW_SHOT),
        model,
        posed=[replace(p, prompt=with_examples_before(p.prompt, shots)) for p in posed],
        shape=shape,
        grammar=None,
        models=models,
        params=params,
        schema=schema,
    )


def _sat(
    arm: Baseline,
    model: Model,
    posed: Sequence[BuiltPrompt],
    shape: Shape | None,
    grammar: Mapping[str, Any] | None,
    *,
    models: Models,
    params: Params,
    schema: AnswerSchema | None,
) -> Baseline:
    """Return an arm that sat the exam; one whose prompts or grammar are refused says why, and costs nobody the run."""
    words = params.generator.max_new_tokens
    try:
        scores = answer_and_score(
            models.generator(model), posed, shape, words, likelihood=False, schema=schema, grammar=grammar
        )
    except UsageError as error:
        return replace(arm, because=str(error))
    return replace(arm, scores=scores)
