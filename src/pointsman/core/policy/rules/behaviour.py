"""Whether the answers fall short of what the new examples ask: reasons, debts and flips about behaviour."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pointsman.core.evaluation.signal_names import CITATION, DECLINED, FORM_AGREEMENT, SHAPE
from pointsman.core.evaluation.statistics import BASELINE_SWITCHES, Signal
from pointsman.core.policy.decision import GENERATOR, Draft
from pointsman.core.policy.evidence import Evidence, Measurements
from pointsman.core.policy.limits import Limits
from pointsman.core.policy.rules.affordability import least_points
from pointsman.core.policy.rules.behaviour_gap import BehaviourGap, behaviour_gaps, enough_answers, missing_points
from pointsman.core.wording import POINTS, count, percent

EXACT = 1e-9
"""Added before a product is rounded down: 0.29 times 100 is 28.999999999999996."""


@dataclass(frozen=True, slots=True)
class Words:
    """A measure of behaviour in words."""

    noun: str
    """What is counted."""
    nouns: str
    """Its plural."""
    one: str
    """What one of them does."""
    many: str
    """What several of them do."""
    topic: str
    """What the measure is about."""


WORDS: Mapping[str, Words] = {
    SHAPE: Words("answer", "answers", one="has your format", many="have your format", topic="the right format"),
    CITATION: Words(
        "answer", "answers", one="cites the right documents", many="cite the right documents", topic="right citations"
    ),
    DECLINED: Words(
        "question without an answer",
        "questions without an answer",
        one="is declined",
        many="are declined",
        topic="declining",
    ),
}


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What the answers are missing."""

    points: float | None
    """At least, in points; None before it is measured."""
    finding: str
    """What was measured, in words."""


def shortfall(draft: Draft, evidence: Evidence, limits: Limits) -> Shortfall | None:
    """Return what the answers are missing, None where nothing is, or where nobody can know yet."""
    shape = evidence.signal(SHAPE)
    if shape is None and not evidence.measurements.measured:
        return _pending(draft, evidence, limits)
    if shape is None or shape.n < enough_answers(limits):
        _too_few_answers(draft, shape, limits)
        return None
    gaps = behaviour_gaps(evidence, limits)
    for gap in gaps:
        _explain(draft, gap)
    missing = [gap for gap in gaps if gap.short and gap.closed_by is None]
    if missing:
        worst = max(missing, key=lambda gap: gap.points)
        disagree = _forms_disagree(draft, evidence, limits)
        return None if disagree else Shortfall(missing_points(gaps), answered(worst.signal))
    for baseline in dict.fromkeys(gap.closed_by for gap in gaps if gap.closed_by is not None):
        switch = BASELINE_SWITCHES[baseline]
        draft.debt.append(
            f"generator: not trained; {switch} alone gives what the examples ask. Serve with it, or switch it off to "
            "train"
        )
    draft.flips += would_train(evidence, limits)
    return None


def answered(signal: Signal) -> str:
    """Return a measure in words: ``0 of 6 answers have your format``."""
    words, hits = WORDS[signal.name], round(signal.value * signal.n)
    return f"{hits} of {count(signal.n, words.noun, words.nouns)} {words.one if hits == 1 else words.many}"


def would_train(evidence: Evidence, limits: Limits) -> list[str]:
    """Return what would have to be measured differently for the generator to be trained at once, a sentence each.

    A bound is named only where it is enough: the gain beyond it, above every baseline, is worth the seconds.
    """
    least = least_points(GENERATOR, evidence, limits)
    if least is None or _two_forms(evidence, limits):
        return []
    found = []
    for gap in behaviour_gaps(evidence, limits):
        below = math.floor((gap.start * POINTS - least) + EXACT) / POINTS
        changed, bound = _bound(gap, below)
        if changed is None:
            continue
        then = missing_points(behaviour_gaps(_lower(evidence, changed, below), limits))
        if then > 0 and then >= least:
            found.append(f"{bound} for {WORDS[gap.name].topic} would train the generator")
    return found


def _bound(gap: BehaviourGap, below: float) -> tuple[Signal | None, str]:
    """Return the signal that would have to lie below a share, and that in words; None where nothing would do."""
    if below > 0 and gap.signal.high >= below:
        return gap.signal, f"a high end below {percent(below)} (now {percent(gap.signal.high)})"
    if below > 0 and gap.closed_by is not None:
        signal, switch = gap.baselines[gap.closed_by], BASELINE_SWITCHES[gap.closed_by]
        return signal, f"less than {percent(below)} with {switch} alone (now {percent(signal.value)})"
    return None, ""


def _lower(evidence: Evidence, signal: Signal, below: float) -> Evidence:
    """Return the evidence with a measure, or a baseline's, just below a bound."""
    high = below - EXACT
    lower = replace(signal, value=min(signal.value, high), low=min(signal.low, high), high=high)
    signals = tuple(lower if each.name == signal.name else each for each in evidence.measurements.signals)
    return replace(evidence, measurements=Measurements(evidence.measurements.measured, signals))


def _pending(draft: Draft, evidence: Evidence, limits: Limits) -> Shortfall:
    """Say that the answers are still to be measured; the shortfall is the one measured before, if it still counts."""
    new, least = evidence.supervision.new_examples, limits.behaviour.min_examples
    draft.because(
        "examples.new",
        new,
        least,
        f"{count(new, 'new example')}, enough to learn from (at least {least}, policy.min_examples); the answers are "
        "measured before a training",
        margin=float(new - least),
    )
    draft.pending.append("whether the live generator already answers as the new examples ask")
    debt = evidence.training.debt_of(GENERATOR)
    known = debt.points if debt.points and debt.current else None
    return Shortfall(known, f"the answers fell {known or 0.0:.1f} points short when they were last measured")


def _too_few_answers(draft: Draft, shape: Signal | None, limits: Limits) -> None:
    """Say that there are too few held-out answers to measure behaviour on."""
    if shape is None:
        sentence = "no example is held out to measure the answers on; examples that cite more documents are needed"
        draft.because("examples.held_out", 0, 1, sentence, margin=-1.0)
        draft.debt.append("generator: waits until some examples fall on the held-out side")
        return
    enough = enough_answers(limits)
    missing = enough - shape.n
    sentence = (
        f"{count(shape.n, 'held-out answer')} to what is new; fewer than {enough} do not show whether anything is "
        "missing (gate.min_answers)"
    )
    draft.because("examples.held_out", shape.n, enough, sentence, margin=float(-missing))
    verb = "falls" if missing == 1 else "fall"
    draft.debt.append(f"generator: waits until {count(missing, 'more example')} {verb} on the held-out side")
    more = count(missing, "more held-out example")
    draft.flips.append(f"{more}, of documents that no example cites yet, would let the answers be judged")


def _explain(draft: Draft, gap: BehaviourGap) -> None:
    """Add the reason that a gap is, and the baseline that closes it."""
    signal, start = gap.signal, gap.start
    interval = f"interval {percent(signal.low)} to {percent(signal.high)}"
    shown = f"{answered(signal)} ({percent(signal.value)}, {interval})"
    consequence = (
        f"even the high end is below {percent(start)}: re-indexing cannot repair it"
        if gap.short
        else f"the high end reaches {percent(start)}: no training is needed"
    )
    draft.because(gap.name, signal.value, start, f"{shown}; {consequence}", margin=start - signal.high)
    if gap.closed_by is not None:
        best, switch = gap.baselines[gap.closed_by], BASELINE_SWITCHES[gap.closed_by]
        same = answered(replace(best, name=gap.name))
        sentence = (
            f"{same} with {switch} alone ({percent(best.value)}, at least {percent(gap.limit)}), without training"
        )
        draft.because(best.name, best.value, gap.limit, sentence, margin=gap.limit - best.value)


def _forms_disagree(draft: Draft, evidence: Evidence, limits: Limits) -> bool:
    """Tell whether the examples ask for several forms, and nothing in the conversation tells which one is wanted."""
    signal, wanted = evidence.signal(FORM_AGREEMENT), limits.behaviour.form_told
    if signal is None or not wanted:
        return False
    disagree = _two_forms(evidence, limits)
    hits, least = round(signal.value * signal.n), percent(wanted)
    follows = (
        "two forms for one kind of question exclude each other"
        if disagree
        else "the question tells which form it wants"
    )
    shown = (
        f"{hits} of {count(signal.n, 'new example')} {'has' if hits == 1 else 'have'} the form of the most similar "
        f"other example ({percent(signal.value)}, interval {percent(signal.low)} to {percent(signal.high)}, at least "
        f"{least} wanted)"
    )
    draft.because(FORM_AGREEMENT, signal.value, wanted, f"{shown}: {follows}", margin=signal.high - wanted)
    if disagree:
        draft.debt.append(
            "generator: waits until the accepted examples agree on a form: rewrite or remove those of the old one, "
            "or let the question or a system message say which form it wants"
        )
        draft.flips.append(
            f"a high end of at least {least} (now {percent(signal.high)}) for new examples with the form of the most "
            "similar other one would allow a training"
        )
    return disagree


def _two_forms(evidence: Evidence, limits: Limits) -> bool:
    signal, wanted = evidence.signal(FORM_AGREEMENT), limits.behaviour.form_told
    return signal is not None and bool(wanted) and signal.high < (wanted or 0.0)
