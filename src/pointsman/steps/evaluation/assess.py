"""Assess: what re-indexing did not repair, measured on the staged revision, with controls."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from pointsman.core.evaluation.error_analysis import cause_signals
from pointsman.core.evaluation.signal_names import MEMORIZED
from pointsman.core.evaluation.statistics import Signal, proportion
from pointsman.core.policy.decision import GENERATOR
from pointsman.core.policy.rules.generator import blocked
from pointsman.core.release import Index
from pointsman.core.supervision.decontamination import split_without_leaks
from pointsman.core.supervision.examples import Example
from pointsman.core.supervision.format_conflicts import answer_form, nearest_has_same_form
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Embedder
from pointsman.ports.workspace import Memory
from pointsman.steps.evaluation.answers import Behaviour, behaviour_signals, shape_of, evaluate_answers
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.evaluation.baselines import few_shot_examples, evaluate_baselines
from pointsman.steps.evaluation.drift import drift_signals
from pointsman.steps.evaluation.edits import edit_signals, edits_served
from pointsman.steps.evaluation.error_analysis import example_facts
from pointsman.steps.evaluation.memorization import prompts_of, memorized_answers, memorization_prompts
from pointsman.steps.evaluation.probes import NO_GAP, _golden, _retrieval_gap
from pointsman.steps.indexing.stage import Staged
from pointsman.steps.ledger.releases import EXAMPLES
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Intake, Serving
from pointsman.steps.serving.prompts import build_prompts, prompt_set
from pointsman.steps.serving.retrieve import rerank_of
from pointsman.steps.supervision.accept import examples_of, known_examples
from pointsman.steps.supervision.taint import learned_by


def assess(
    intake: Intake, state: WorkspaceState, staged: Staged | None, *, serving: Serving, memory: Memory
) -> Assessment:
    """Return what the staged revision (or the live index, when nothing was staged) leaves unrepaired."""
    at = staged.index if staged else state.live.index if state.live else None
    if at is None:
        return Assessment()
    embedder = serving.models.embedder(state.embedder)
    asked = staged or state.evidence.configuration.reranker_changed
    golden = (
        _golden(serving, state, at=at, embedder=embedder, staged=staged, memory=memory, intake=intake)
        if asked
        else Assessment()
    )
    gap, new, control, derived_facts = (
        _retrieval_gap(serving, state, staged, embedder, memory=memory, intake=intake) if staged else NO_GAP
    )
    behaviour = _behaviour(intake, state, at, embedder, serving=serving)
    edits = (
        edits_served(serving.index, state.live, at=at, documents=state.diff.edited, embedder=embedder) if staged else ()
    )
    return Assessment(
        signals=(
            *golden.signals,
            *gap,
            *behaviour_signals(serving.params, behaviour),
            *_recited(intake, state, at, embedder, serving=serving),
            *edit_signals(edits, serving.params.policy.confidence),
            *(drift_signals(state, at, vector_index=serving.index, params=serving.params) if staged else ()),
            *cause_signals(golden.facts, serving.params.policy.confidence),
        ),
        facts=(*golden.facts, *derived_facts, *example_facts(behaviour)),
        live_hits=golden.live_hits,
        staged_hits=golden.staged_hits,
        behaviour=behaviour,
        derived_new=new,
        derived_control=control,
        asked=golden.asked,
        edits=edits,
    )


def _behaviour(
    intake: Intake, state: WorkspaceState, at: Index, embedder: Embedder, *, serving: Serving
) -> Behaviour | None:
    """Let the live generator answer the held-out examples, when there is enough to learn, or something to unlearn."""
    enough = state.evidence.supervision.new_examples >= serving.params.policy.min_examples
    if not (enough or GENERATOR in state.decision.train) or blocked(state.evidence, state.limits):
        return None
    examples = examples_of(intake.examples, state.supervision)
    parted = split_without_leaks(examples, serving.params.seed, intake.sketch)
    held_out = parted.held_out
    if not held_out:
        return None
    rerank = rerank_of(serving.models, state.reranking)
    paper = prompt_set(
        serving.index, embedder, at=at, examples=held_out, generator=serving.params.generator, rerank=rerank
    )
    shape = shape_of(examples)
    known = _trained_on(serving.ledger, state)
    earlier = tuple(example.digest in known for example in held_out)
    crossings = memorization_prompts(intake, state, at=at, embedder=embedder, rerank=rerank, serving=serving)
    form, shown = (
        serving.params.generator,
        few_shot_examples(parted.training, serving.params.generator.few_shot, serving.params.seed),
    )
    shots = (
        build_prompts(
            serving.index, embedder, at=at, examples=shown, generator=replace(form, passages=1), rerank=rerank
        )
        if shown
        else []
    )
    scores = evaluate_answers(serving, state.generator, paper.oracle, shape)
    taught = [e.completion for e in parted.training]
    arms = evaluate_baselines(
        state.generator,
        paper.oracle,
        shape,
        shots=shots,
        completions=taught,
        model_loader=serving.models,
        params=serving.params,
        schema=intake.schema,
    )
    return Behaviour(
        paper,
        shape,
        scores=scores,
        earlier=earlier,
        crossings=crossings,
        arms=arms,
        told=_told(examples, known, embedder),
    )


def _told(examples: Sequence[Example], known: Collection[str], embedder: Embedder) -> tuple[bool, ...]:
    """Return whether the conversation of each new example tells its form; nothing where all have one form."""
    forms = [answer_form(example) for example in examples]
    new = [n for n, example in enumerate(examples) if example.digest not in known]
    if len(set(forms)) < 2 or not new:  # noqa: PLR2004 - one form needs no telling
        return ()
    asked = ["\n".join(message["content"] for message in example.messages[:-1]) for example in examples]
    return tuple(nearest_has_same_form(embedder.embed(asked), forms, new))


def _recited(
    intake: Intake, state: WorkspaceState, at: Index, embedder: Embedder, *, serving: Serving
) -> tuple[Signal, ...]:
    """Return what the live generator makes of the stale examples that it learned, where they argue for a training."""
    if not state.evidence.supervision.tainted or GENERATOR not in state.decision.train:
        return ()
    learned = learned_by(serving.ledger, state.live) & state.supervision.stale_examples
    stale = [
        e
        for e in known_examples(state.supervision, example_files=intake.examples, quarantine=intake.quarantine)
        if e.digest in learned and e.cites
    ]
    rerank = rerank_of(serving.models, state.reranking)
    found = memorized_answers(
        state.generator,
        prompts_of(serving, stale, at=at, embedder=embedder, rerank=rerank),
        vector_index=serving.index,
        models=serving.models,
        params=serving.params,
    )
    if not found:
        return ()
    return (proportion(MEMORIZED, list(found.values()), serving.params.policy.confidence, "share of stale ones, 0..1"),)


def _trained_on(ledger: Ledger, state: WorkspaceState) -> frozenset[str]:
    """Return the digests of the examples that the champion's adapter was made for; none without an adapter."""
    live = state.live
    if live is None or live.trained_on is None or state.generator.adapter is None:
        return frozenset()
    value = ledger.get(EXAMPLES, live.trained_on)
    return frozenset(value["digests"]) if value else frozenset()
