"""Assess: what re-indexing did not repair, measured on the staged revision, with controls."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from pointsman.core.evaluation.error_analysis import cause_signals
from pointsman.core.evaluation.signal_names import RECITED
from pointsman.core.evaluation.statistics import Signal, proportion
from pointsman.core.policy.decision import GENERATOR
from pointsman.core.policy.generator_rules import blocked
from pointsman.core.release import Index
from pointsman.core.supervision.decontamination import sides
from pointsman.core.supervision.examples import Example
from pointsman.core.supervision.format_conflicts import form_of, told
from pointsman.ports.models import Embedder
from pointsman.steps.evaluation.answers import Behaviour, behaviour_signals, shape_of, sit_exam
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.evaluation.baselines import shots_of, sit_arms
from pointsman.steps.evaluation.drift import drift_signals
from pointsman.steps.evaluation.edits import edit_signals, edits_served
from pointsman.steps.evaluation.error_analysis import example_facts
from pointsman.steps.evaluation.memorization import crossings_of, recited, set_crossing
from pointsman.steps.evaluation.probes import NO_GAP, _golden, _retrieval_gap
from pointsman.steps.indexing.stage import Staged
from pointsman.steps.ledger.releases import EXAMPLES
from pointsman.steps.observe.state import Situation
from pointsman.steps.resources import Desk
from pointsman.steps.serving.prompts import pose, set_paper
from pointsman.steps.serving.retrieve import rerank_of
from pointsman.steps.supervision.accept import examples_of, known_examples
from pointsman.steps.supervision.taint import learned_by


def assess(desk: Desk, situation: Situation, staged: Staged | None) -> Assessment:
    """Return what the staged revision (or the live index, when nothing was staged) leaves unrepaired."""
    at = staged.index if staged else situation.live.index if situation.live else None
    if at is None:
        return Assessment()
    embedder = desk.models.embedder(situation.embedder)
    asked = staged or situation.evidence.reranker_changed
    golden = _golden(desk, situation, at, embedder, staged) if asked else Assessment()
    gap, new, control, derived_facts = _retrieval_gap(desk, situation, staged, embedder) if staged else NO_GAP
    behaviour = _behaviour(desk, situation, at, embedder)
    edits = edits_served(desk, situation.live, at, situation.diff.edited, embedder) if staged else ()
    return Assessment(
        signals=(
            *golden.signals,
            *gap,
            *behaviour_signals(desk, behaviour),
            *_recited(desk, situation, at, embedder),
            *edit_signals(edits, desk.params.policy.confidence),
            *(drift_signals(desk, situation, at) if staged else ()),
            *cause_signals(golden.facts, desk.params.policy.confidence),
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


def _behaviour(desk: Desk, situation: Situation, at: Index, embedder: Embedder) -> Behaviour | None:
    """Let the live generator answer the held-out examples, when there is enough to learn, or something to unlearn."""
    enough = situation.evidence.new_examples >= desk.params.policy.min_examples
    if not (enough or GENERATOR in situation.decide().train) or blocked(situation.evidence, situation.limits):
        return None
    examples = examples_of(desk, situation.supervision)
    parted = sides(examples, desk.params.seed, desk.sketch)
    held_out = parted.held_out
    if not held_out:
        return None
    rerank = rerank_of(desk.models, situation.reranking)
    paper = set_paper(desk.index, embedder, at, held_out, desk.params.generator, rerank)
    shape = shape_of(examples)
    known = _trained_on(desk, situation)
    earlier = tuple(example.digest in known for example in held_out)
    crossings = set_crossing(desk, situation, at, embedder, rerank)
    form, shown = desk.params.generator, shots_of(parted.training, desk.params.generator.few_shot, desk.params.seed)
    shots = pose(desk.index, embedder, at, shown, replace(form, passages=1), rerank) if shown else []
    scores = sit_exam(desk, situation.generator, paper.oracle, shape)
    taught = [e.completion for e in parted.training]
    arms = sit_arms(desk, situation.generator, paper.oracle, shape, shots=shots, completions=taught)
    return Behaviour(paper, shape, scores, earlier, crossings, arms, _told(examples, known, embedder))


def _told(examples: Sequence[Example], known: Collection[str], embedder: Embedder) -> tuple[bool, ...]:
    """Return whether the conversation of each new example tells its form; nothing where all have one form."""
    forms = [form_of(example) for example in examples]
    new = [n for n, example in enumerate(examples) if example.digest not in known]
    if len(set(forms)) < 2 or not new:  # noqa: PLR2004 - one form needs no telling
        return ()
    asked = ["\n".join(message["content"] for message in example.messages[:-1]) for example in examples]
    return tuple(told(embedder.embed(asked), forms, new))


def _recited(desk: Desk, situation: Situation, at: Index, embedder: Embedder) -> tuple[Signal, ...]:
    """Return what the live generator makes of the stale examples that it learned, where they argue for a training."""
    if not situation.evidence.tainted or GENERATOR not in situation.decide().train:
        return ()
    learned = learned_by(desk.ledger, situation.live) & situation.supervision.stale_examples
    stale = [e for e in known_examples(desk, situation.supervision) if e.digest in learned and e.cites]
    rerank = rerank_of(desk.models, situation.reranking)
    found = recited(desk, situation.generator, crossings_of(desk, stale, at, embedder, rerank))
    if not found:
        return ()
    return (proportion(RECITED, list(found.values()), desk.params.policy.confidence, "share of stale ones, 0..1"),)


def _trained_on(desk: Desk, situation: Situation) -> frozenset[str]:
    """Return the digests of the examples that the champion's adapter was made for; none without an adapter."""
    live = situation.live
    if live is None or live.trained_on is None or situation.generator.adapter is None:
        return frozenset()
    value = desk.ledger.get(EXAMPLES, live.trained_on)
    return frozenset(value["digests"]) if value else frozenset()
