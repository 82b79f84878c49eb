"""What the answers lack: each measure against its limit, and against cheaper ways to the same behaviour."""

import math
from dataclasses import replace

from pointsman.core.evaluation.signal_names import CITATION, DECLINED, SHAPE, FORM_AGREEMENT
from pointsman.core.evaluation.statistics import BASELINE_SWITCHES, Signal, baseline_signal
from pointsman.core.policy.affordability import least_points
from pointsman.core.policy.debt import EXACT_DIGITS, POINTS
from pointsman.core.policy.decision import GENERATOR, Draft
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits

EXACT = 1e-9
"""Added before a product is rounded down: 0.29 times 100 is 28.999999999999996."""


def behaviour_points(evidence: Evidence, limits: Limits) -> float:
    """Return what is lacking at least in the answers, in points: the worst of the measures, above the best arm."""
    return max((_points(evidence, limits, *each[:2]) for each in _measures(limits)), default=0.0)


def _held_out_missing(evidence: Evidence, limits: Limits) -> int:
    """Return how many held-out answers are missing for a gate to tell anything; at least one where none is there."""
    shape = evidence.signal(SHAPE)
    return max(0, enough(limits) - (shape.n if shape else 0))


def enough(limits: Limits) -> int:
    """Return the answers that a gate needs to tell anything."""
    return max(1, limits.min_answers or limits.min_items or 1)


def lacking(draft: Draft, evidence: Evidence, limits: Limits) -> float | None:
    """Return the points that are lacking, None where nothing is; before it is measured, 0 and that it is pending."""
    if evidence.signal(SHAPE) is None and not evidence.measured:
        draft.because(
            "examples.new", evidence.new_examples, limits.min_examples,
            "enough new examples; behaviour is measured before training",
            margin=float(evidence.new_examples - limits.min_examples),
        )  # fmt: skip
        draft.pending.append("whether the live generator already answers as the new examples ask")
        return 0.0
    if missing := _held_out_missing(evidence, limits):
        _unmeasurable(draft, evidence, missing, limits)
        return None
    lacks = [_lacks(draft, evidence, limits, *each) for each in _measures(limits)]
    if any(lacks):
        return None if _untold(draft, evidence, limits) else behaviour_points(evidence, limits)
    if limits.know(3):
        draft.debt += [_instead(arm) for arm in _switches(evidence, limits)]
        draft.flips += would_train(evidence, limits)
    return None


def _untold(draft: Draft, evidence: Evidence, limits: Limits) -> bool:
    """Tell whether the examples ask for several forms that nothing in the conversation tells apart."""
    signal, untold = evidence.signal(FORM_AGREEMENT), _two_forms(evidence, limits)
    if signal is None or not limits.form_told:
        return False
    shown = (
        f"{signal.value:.0%} [{signal.low:.0%}, {signal.high:.0%}] of {signal.n} new examples have the form of the "
        "accepted example that asks most alike"
    )
    said = (
        "two forms for one kind of question exclude each other" if untold else "the question tells which form it wants"
    )
    draft.because(FORM_AGREEMENT, signal.value, limits.form_told, f"{shown}: {said}", margin=signal.high - limits.form_told)
    if untold:
        draft.debt.append(
            "generator: deferred until the accepted examples agree on a form: rewrite or remove those of the old one, "
            "or let the question or a system message say which form it wants"
        )
        draft.flips.append(
            f"an upper bound of at least {limits.form_told:.0%} (is {signal.high:.0%}) of new examples that have the "
            "form of what asks alike would not have stood against a training"
        )
    return untold


def _two_forms(evidence: Evidence, limits: Limits) -> bool:
    signal = evidence.signal(FORM_AGREEMENT)
    return signal is not None and bool(limits.form_told) and signal.high < (limits.form_told or 0.0)


def would_train(evidence: Evidence, limits: Limits) -> list[str]:
    """Return what would have to be measured otherwise for the generator to be trained at once, a sentence each.

    A bound is named only where it suffices: the gain beyond it, above every cheaper arm, is worth the seconds.
    """
    points = least_points(GENERATOR, evidence, limits)
    if points is None or _two_forms(evidence, limits):
        return []
    found = []
    for name, limit, _ in _measures(limits):
        signal, start = _counting(evidence, limits, name), _start(evidence, limits, limit)
        below = math.floor((start * POINTS - points) + EXACT) / POINTS
        if signal is None or below <= 0:
            continue
        matching = _matching(evidence, limits, name, limit)
        if signal.high >= below:
            changed, shown = signal, f"an upper bound below {below:.0%} (is {signal.high:.0%})"
        elif matching is not None:
            arm, changed = matching
            shown = f"less than {below:.0%} with {BASELINE_SWITCHES[arm]} (is {changed.value:.0%})"
        else:
            continue
        then = behaviour_points(_lower(evidence, changed, below), limits)
        if then > 0 and then >= points:
            found.append(f"{shown} would train the generator")
    return found


def _lower(evidence: Evidence, signal: Signal, below: float) -> Evidence:
    """Return the evidence with a measure, or an arm's, just below a bound."""
    high = below - EXACT
    lower = replace(signal, value=min(signal.value, high), low=min(signal.low, high), high=high)
    return replace(evidence, signals=tuple(lower if each.name == signal.name else each for each in evidence.signals))


def _switches(evidence: Evidence, limits: Limits) -> list[str]:
    """Return the arms that end the argument of a measure which lacks, each once."""
    lacking = [
        (name, limit) for name, limit, _ in _measures(limits)
        if (signal := _counting(evidence, limits, name)) is not None
        and signal.high < _start(evidence, limits, limit)
    ]  # fmt: skip
    matching = [_matching(evidence, limits, *each) for each in lacking]
    return list(dict.fromkeys(found[0] for found in matching if found is not None))


def _instead(arm: str) -> str:
    return f"generator: not trained; {BASELINE_SWITCHES[arm]} gives what the examples ask. Serve with it, or switch it off to train"


def _unmeasurable(draft: Draft, evidence: Evidence, missing: int, limits: Limits) -> None:
    shape = evidence.signal(SHAPE)
    if shape is None:
        draft.because(
            "examples.held_out", 0, 1,
            "no held-out example to measure behaviour on; examples of more documents are needed",
            margin=-1.0,
        )  # fmt: skip
        draft.debt.append("generator: deferred until some examples fall on the held-out side")
        return
    shown = f"{shape.n} held-out answers; no gate can promote on fewer than {enough(limits)}"
    if limits.know(3):  # the gate asks the earlier ones too; what is new is judged by itself
        shown = (
            f"{shape.n} held-out answers to what is new; fewer than {enough(limits)} do not tell whether it is lacking"
        )
    draft.because("examples.held_out", shape.n, enough(limits), shown, margin=float(-missing))
    draft.debt.append(f"generator: deferred until {missing} more examples fall on the held-out side")
    draft.flips.append(f"{missing} more held-out examples, of documents not cited yet, would have let it be judged")


def _measures(limits: Limits) -> list[tuple[str, float, str]]:
    """Return (signal, limit, what it is in words) of each measure that counts; a limit of 0 leaves it out."""
    every = [
        (SHAPE, limits.shape_valid, "in the examples' shape"),
        (CITATION, limits.citation_correct, "citing rightly"),
        (DECLINED, limits.declined or 0.0, "declining, as is right there"),
    ]
    return [each for each in every if each[1] > 0]


def _counting(evidence: Evidence, limits: Limits, name: str) -> Signal | None:
    """Return a measure; None for declining where too few questions have no answer, for those are a part of all."""
    signal = evidence.signal(name)
    return None if signal is not None and name == DECLINED and signal.n < enough(limits) else signal


def _start(evidence: Evidence, limits: Limits, limit: float) -> float:
    """Return the share below which a measure lacks; while a training is owed, a little more is asked for to end it."""
    slack = limits.hysteresis if evidence.owing(GENERATOR).points and limits.hysteresis else 0.0
    return min(1.0, limit + slack)


def _points(evidence: Evidence, limits: Limits, name: str, limit: float) -> float:
    """Return by how many points a measure lies below its limit at least, and below its best cheaper arm; never < 0."""
    signal, start = _counting(evidence, limits, name), _start(evidence, limits, limit)
    if signal is None or signal.high >= start or _matching(evidence, limits, name, limit):
        return 0.0
    best = max((arm.value for _, arm in _arms(evidence, limits, name)), default=0.0)
    return max(0.0, round((start - max(signal.high, best)) * POINTS, EXACT_DIGITS))


def _lacks(draft: Draft, evidence: Evidence, limits: Limits, name: str, limit: float, what: str) -> bool:
    signal, start = _counting(evidence, limits, name), _start(evidence, limits, limit)
    if signal is None:
        return False
    shown = f"{signal.value:.0%} [{signal.low:.0%}, {signal.high:.0%}] of {signal.n} held-out answers are {what}"
    margin = start - signal.high
    if signal.high >= start:
        sentence = f"{shown}; the upper bound reaches {start:.0%}: no training needed"
        draft.because(name, signal.value, start, sentence, margin=margin)
        if not limits.know(3):
            draft.flips.append(f"an upper bound below {start:.0%} (is {signal.high:.0%}) would train the generator")
        return False
    sentence = f"{shown}; the upper bound is below {start:.0%}: re-indexing cannot repair it"
    draft.because(name, signal.value, start, sentence, margin=margin)
    return not _cheaper(draft, evidence, limits, name, limit, what)


def _cheaper(draft: Draft, evidence: Evidence, limits: Limits, name: str, limit: float, what: str) -> bool:
    """Tell whether an arm without training does as well: training would be wrong then."""
    found = _matching(evidence, limits, name, limit)
    if found is None:
        return False
    arm, signal = found
    switch = BASELINE_SWITCHES[arm]
    draft.because(
        signal.name, signal.value, limit,
        f"{signal.value:.0%} [{signal.low:.0%}, {signal.high:.0%}] of {signal.n} answers are {what} with {switch}, "
        "without any training",
        margin=limit - signal.value,
    )  # fmt: skip
    if not limits.know(3):
        draft.debt.append(_instead(arm))
        draft.flips.append(f"less than {limit:.0%} with {switch} (is {signal.value:.0%}) would train the generator")
    return True


def _matching(evidence: Evidence, limits: Limits, name: str, limit: float) -> tuple[str, Signal] | None:
    """Return the best arm that reaches the limit, and that of every other measure that lacks: one switch, not two."""
    able = _able(evidence, limits) if limits.know(3) else BASELINE_SWITCHES.keys()
    reached = [(arm, signal) for arm, signal in _arms(evidence, limits, name) if arm in able and signal.value >= limit]
    return max(reached, key=lambda each: (each[1].value, each[0]), default=None)


def _able(evidence: Evidence, limits: Limits) -> frozenset[str]:
    """Return the arms that do all that lacks, each by itself."""
    reach = [
        {arm for arm, signal in _arms(evidence, limits, name) if signal.value >= limit}
        for name, limit, _ in _measures(limits)
        if (signal := _counting(evidence, limits, name)) is not None and signal.high < _start(evidence, limits, limit)
    ]
    return frozenset(BASELINE_SWITCHES).intersection(*reach)


def _arms(evidence: Evidence, limits: Limits, name: str) -> list[tuple[str, Signal]]:
    """Return the arms that were measured on enough answers; the first rules knew none."""
    if limits.rules is None:
        return []
    found = [(arm, evidence.signal(baseline_signal(name, arm))) for arm in sorted(BASELINE_SWITCHES)]
    return [(arm, s) for arm, s in found if s is not None and s.n >= enough(limits)]
