"""How the live generator behaves on the held-out examples: what is measured, and the signals for the decision."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pointsman.core.errors import ModelSpoiled
from pointsman.core.evaluation.answer_scoring import Score
from pointsman.core.evaluation.answer_signals import fresh_of, signals_of
from pointsman.core.evaluation.baselines import Baseline
from pointsman.core.evaluation.signal_names import FORM_AGREEMENT
from pointsman.core.evaluation.statistics import Signal, proportion
from pointsman.core.index.filters import Filter
from pointsman.core.policy.decision import GENERATOR
from pointsman.core.policy.rules.generator import blocked
from pointsman.core.release import Index
from pointsman.core.supervision.decontamination import Split, split_without_leaks
from pointsman.core.supervision.examples import Example, Shape
from pointsman.core.supervision.format_conflicts import answer_form, nearest_has_same_form
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Embedder
from pointsman.settings.params import Params
from pointsman.steps.evaluation.answers import evaluate_answers, shape_of
from pointsman.steps.evaluation.baselines import evaluate_baselines, few_shot_examples
from pointsman.steps.evaluation.memorization import MemorizationPrompt, memorization_prompts
from pointsman.steps.ledger.releases import EXAMPLES
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Intake, Serving
from pointsman.steps.serving.prompts import BuiltPrompt, PromptSet, build_prompts, prompt_set
from pointsman.steps.serving.retrieve import Rerank, rerank_of
from pointsman.steps.supervision.accept import examples_of


@dataclass(frozen=True)
class Behaviour:
    """The live generator's answers to the held-out examples, and what else was measured on them."""

    prompts: PromptSet
    """The held-out examples, with a prompt for each context."""
    shape: Shape | None
    """The shape that all examples have in common; None where there is none."""
    scores: tuple[Score, ...]
    """One an item, in the oracle context."""
    earlier: tuple[bool, ...] = ()
    """For each item, whether it belongs to the examples that the live adapter was trained on."""
    memorization: tuple[MemorizationPrompt, ...] = ()
    """Questions whose documents changed, for the memorization check."""
    baselines: tuple[Baseline, ...] = ()
    """Cheaper ways to the behaviour, measured on the same items."""
    form_agreement: tuple[bool, ...] = ()
    """For each new example, whether the example with the most similar question has an answer of the same form.

    Empty where all examples have one form.
    """


def measure_behaviour(
    intake: Intake, state: WorkspaceState, at: Index, embedder: Embedder, *, serving: Serving
) -> Behaviour | None:
    """Return the live generator's answers to the held-out examples, with the baselines on the same items.

    None where nothing is measured: too few new examples and nothing to unlearn, or no example is held out. Prompts hold
    only passages that everybody may read: everybody gets the record of the answers.
    """
    enough = state.evidence.supervision.new_examples >= serving.params.policy.min_examples
    if not (enough or GENERATOR in state.decision.train) or blocked(state.evidence, state.limits):
        return None
    examples = examples_of(intake.examples, state.supervision)
    parted = split_without_leaks(examples, serving.params.seed, intake.sketch)
    if not parted.held_out:
        return None
    rerank, form = rerank_of(serving.models, state.reranking), serving.params.generator
    prompts = prompt_set(
        serving.index, embedder, at=at, examples=parted.held_out, generator=form, rerank=rerank, allow=state.for_all
    )
    shape, trained_on = shape_of(examples), _trained_on(serving.ledger, state)
    memorization = memorization_prompts(intake, state, at=at, embedder=embedder, rerank=rerank, serving=serving)
    shots = _shots(serving, parted, at=at, embedder=embedder, rerank=rerank, allow=state.for_all)
    scores = evaluate_answers(serving, state.generator, prompts.oracle, shape)
    baselines = evaluate_baselines(
        serving, state.generator, prompts.oracle, shape,
        shots=shots, completions=[e.completion for e in parted.training],
    )  # fmt: skip
    return Behaviour(
        prompts,
        shape,
        scores=scores,
        earlier=tuple(example.digest in trained_on for example in parted.held_out),
        memorization=memorization,
        baselines=baselines,
        form_agreement=_form_agreement(examples, trained_on, embedder),
    )


def _shots(
    serving: Serving, parted: Split, *, at: Index, embedder: Embedder, rerank: Rerank | None, allow: Filter
) -> list[BuiltPrompt]:
    """Return the training examples that the few-shot baseline shows before each question, with one passage each."""
    form = serving.params.generator
    shown = few_shot_examples(parted.training, form.few_shot, serving.params.seed)
    if not shown:
        return []
    one_passage = replace(form, passages=1)
    return build_prompts(
        serving.index, embedder, at=at, examples=shown, generator=one_passage, rerank=rerank, allow=allow
    )


def _trained_on(ledger: Ledger, state: WorkspaceState) -> frozenset[str]:
    """Return the digests of the examples that the live adapter was trained on; none without an adapter."""
    live = state.live
    if live is None or live.trained_on is None or state.generator.adapter is None:
        return frozenset()
    value = ledger.get(EXAMPLES, live.trained_on)
    return frozenset(value["digests"]) if value else frozenset()


def _form_agreement(examples: Sequence[Example], trained_on: Collection[str], embedder: Embedder) -> tuple[bool, ...]:
    """Return for each new example whether the one with the most similar conversation has an answer of the same form.

    Nothing is embedded, and the result is empty, where all examples have one form.
    """
    forms = [answer_form(example) for example in examples]
    new = [n for n, example in enumerate(examples) if example.digest not in trained_on]
    if len(set(forms)) < 2 or not new:  # noqa: PLR2004 - two forms can disagree, one cannot
        return ()
    conversations = ["\n".join(message["content"] for message in example.messages[:-1]) for example in examples]
    return tuple(nearest_has_same_form(embedder.embed(conversations), forms, new))


def behaviour_signals(params: Params, behaviour: Behaviour | None) -> tuple[Signal, ...]:
    """Return the signals of the live generator, of its baselines and of the examples' forms; none without behaviour.

    Raises:
        ModelSpoiled: a loss is not a finite number. The gate refuses a challenger with such a loss.
    """
    if behaviour is None:
        return ()
    _refuse_spoiled(behaviour.scores)
    scores, earlier, confidence = behaviour.scores, behaviour.earlier, params.policy.confidence
    places = fresh_of(scores, earlier)
    of_baselines = [signal for each in behaviour.baselines for signal in each.signals(confidence, places)]
    agreement = behaviour.form_agreement
    unit = "share of new examples, 0..1"
    of_forms = [proportion(FORM_AGREEMENT, agreement, confidence, unit)] if agreement else []
    return (*signals_of(scores, earlier, confidence, params.seed), *of_baselines, *of_forms)


def _refuse_spoiled(scores: Sequence[Score]) -> None:
    """Raise where a loss is not a finite number: the answers of such a generator cannot be trusted either.

    Raises:
        ModelSpoiled: always in that case.
    """
    wrong = [score for score in scores if not np.isfinite(score.nll)]
    if wrong:
        raise ModelSpoiled(
            f"the live generator's loss is not a finite number for {len(wrong)} of {len(scores)} examples "
            f"({wrong[0].nll} for {wrong[0].item!r}): its weights are spoiled. Run `pointsman rollback` to a "
            "release with another adapter, or name another generator.model"
        )
