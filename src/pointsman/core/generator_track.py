"""The weights track, generator: train when it measurably does not behave as enough new examples ask.

Or when it learned what is stale now. No count of documents, no probe about facts and no alarm appears in these rules.
"""

import math

from pointsman.core.affording import Case, affordable
from pointsman.core.debt import EXACT_DIGITS, POINTS
from pointsman.core.decision import CITATION, DECLINED, GENERATOR, RECITED, SHAPE, TAINT, Decision, Draft
from pointsman.core.evidence import Evidence, Limits
from pointsman.core.signals import ARMS, Signal, arm_of

EXACT = 1e-9
"""Added before a product is rounded down: 0.29 times 100 is 28.999999999999996."""


def argue(draft: Draft, evidence: Evidence, limits: Limits) -> None:
    """Argue for a generator training from the examples and the behaviour; facts never do."""
    if _unlearn(draft, evidence, limits) or not evidence.new_examples:
        return
    if limits.min_examples > evidence.new_examples:
        _too_few(draft, evidence, limits)
        return
    if _failed_on_these(draft, evidence, limits):
        return
    points = _lacking(draft, evidence, limits)
    if points is None:
        return
    owed = evidence.owing(GENERATOR)
    before = owed.points if owed.points and owed.current else None
    known = before if evidence.signal(SHAPE) is None else points
    if affordable(draft, Case(GENERATOR, known, owed.point_days), evidence, limits):
        draft.train.append(GENERATOR)


def blocked(evidence: Evidence, limits: Limits) -> bool:
    """Tell whether a training on these examples, or on nearly these, failed before: it is not begun again yet."""
    if evidence.refused_before:
        return True
    if evidence.since_tried is None or evidence.rolled_back is not None:
        return False  # a person who approves what was rolled back wants it again
    return evidence.since_tried < retry_after(evidence, limits)


def retry_after(evidence: Evidence, limits: Limits) -> int:
    """Return how many examples must come or change after a training that failed, before the next one."""
    share = limits.retry_share or 0.0
    return max(1, math.floor(share * evidence.tried + EXACT))


def behaviour_points(evidence: Evidence, limits: Limits) -> float:
    """Return what is lacking at least in the answers, in points: the worst of the measures, above the best arm."""
    return max((_points(evidence, limits, *each[:2]) for each in _measures(limits)), default=0.0)


def unlearns(decision: Decision) -> bool:
    """Tell whether the generator is trained for what it should not have learned: not to be worse is enough then."""
    tainted = next((reason for reason in decision.reasons if reason.signal == TAINT), None)
    return GENERATOR in decision.train and tainted is not None and tainted.value > tainted.limit


def _too_few(draft: Draft, evidence: Evidence, limits: Limits) -> None:
    n, missing = evidence.new_examples, limits.min_examples - evidence.new_examples
    draft.because("examples.new", n, limits.min_examples, f"{n} new examples prove too little", margin=float(-missing))
    draft.debt.append(f"generator: deferred until {missing} more examples arrive ({n} wait)")
    draft.flips.append(f"{missing} more accepted examples would have let the generator be measured and trained")
    if evidence.contradicting:
        draft.flips.append(
            f"{evidence.contradicting} examples contradict one another and are in quarantine; keeping the right one of "
            "each question would accept it"
        )


def _failed_on_these(draft: Draft, evidence: Evidence, limits: Limits) -> bool:
    if not blocked(evidence, limits):
        return False
    if evidence.refused_before:
        draft.because(
            "examples.refused",
            evidence.new_examples,
            0,
            "training on exactly these examples was tried and not promoted",
        )
        draft.debt.append(
            "generator: deferred until examples are added or changed; the last attempt with these was not promoted"
        )
        return True
    needed, since = retry_after(evidence, limits), evidence.since_tried or 0
    draft.because(
        "examples.since_refused", since, needed,
        f"training on {evidence.tried} examples was tried and not promoted, and {since} came or changed since",
        margin=float(since - needed),
    )  # fmt: skip
    draft.debt.append(f"generator: deferred until {needed - since} more examples are added or changed")
    draft.flips.append(f"{needed - since} more examples added or changed would have let it be tried again")
    return True


def _unlearn(draft: Draft, evidence: Evidence, limits: Limits) -> bool:
    """Train again without the stale examples, when too large a share of what was learned is; tell if that decides."""
    if not evidence.tainted or limits.tainted_share is None:
        return False
    share = evidence.tainted / evidence.learned
    shown = f"{evidence.tainted} of the {evidence.learned} examples that the live generator learned are stale"
    borne = math.floor(limits.tainted_share * evidence.learned + EXACT)
    margin = share - limits.tainted_share
    if share <= limits.tainted_share:
        sentence = f"{shown}; up to {limits.tainted_share:.0%} is borne"
        draft.because(TAINT, share, limits.tainted_share, sentence, margin=margin)
        draft.flips.append(f"{borne + 1 - evidence.tainted} more stale examples would train the generator without them")
        return False
    if _harmless(draft, evidence, limits, shown):
        return False
    sentence = f"{shown}, more than {limits.tainted_share:.0%}: train without them"
    draft.because(TAINT, share, limits.tainted_share, sentence, margin=margin)
    draft.flips.append(f"confirming {evidence.tainted - borne} of them would leave the generator as it is")
    missing = limits.min_examples - evidence.known_examples
    if missing > 0:
        draft.debt.append(f"generator: tainted until {missing} more examples are accepted, or stale ones confirmed")
        return False
    if evidence.refused_before:
        draft.debt.append("generator: tainted; the last attempt without the stale examples was not promoted")
    elif blocked(evidence, limits):
        more = retry_after(evidence, limits) - (evidence.since_tried or 0)
        draft.debt.append(
            f"generator: tainted until {more} more examples are added or changed; the last attempt failed"
        )
    elif evidence.measured and evidence.signal(SHAPE) is None:
        draft.debt.append("generator: tainted until some examples fall on the held-out side, to compare on")
    elif affordable(draft, Case(GENERATOR, None, evidence.owing(GENERATOR).point_days), evidence, limits):
        draft.train.append(GENERATOR)
    return True


def _harmless(draft: Draft, evidence: Evidence, limits: Limits, shown: str) -> bool:
    """Tell whether what was learned and is stale is answered from the present documents all the same, as measured.

    Those that could not be asked, because their documents are gone or no earlier text is kept, count as harmful.
    """
    recited = evidence.signal(RECITED)
    if recited is None or limits.max_memorised is None or limits.tainted_share is None:
        return False
    said = round(recited.value * recited.n)
    left = evidence.tainted - recited.n + said
    asked = f"of {recited.n} asked on the present documents, {said} are answered from the replaced text"
    margin = float(said - limits.max_memorised)
    if said <= limits.max_memorised and left <= limits.tainted_share * evidence.learned:
        sentence = f"{shown}; {asked}: it reads, and stays"
        draft.because(RECITED, recited.value, limits.max_memorised, sentence, margin=margin)
        more = limits.max_memorised + 1 - said
        draft.flips.append(f"{more} more answered from the replaced text would train it anew")
        return True
    draft.because(RECITED, recited.value, limits.max_memorised, asked, margin=margin)
    return False


def _held_out_missing(evidence: Evidence, limits: Limits) -> int:
    """Return how many held-out answers are missing for a gate to tell anything; at least one where none is there."""
    shape = evidence.signal(SHAPE)
    return max(0, enough(limits) - (shape.n if shape else 0))


def enough(limits: Limits) -> int:
    """Return the answers that a gate needs to tell anything."""
    return max(1, limits.min_answers or limits.min_items or 1)


def _lacking(draft: Draft, evidence: Evidence, limits: Limits) -> float | None:
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
    return behaviour_points(evidence, limits) if any(lacks) else None


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
    draft.because(
        "examples.held_out", shape.n, enough(limits),
        f"{shape.n} held-out answers; no gate can promote on fewer than {enough(limits)}", margin=float(-missing),
    )  # fmt: skip
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
    switch = ARMS[arm]
    draft.because(
        signal.name, signal.value, limit,
        f"{signal.value:.0%} [{signal.low:.0%}, {signal.high:.0%}] of {signal.n} answers are {what} with {switch}, "
        "without any training",
        margin=limit - signal.value,
    )  # fmt: skip
    draft.debt.append(
        f"generator: not trained; {switch} gives what the examples ask. Serve with it, or switch it off to train"
    )
    draft.flips.append(f"less than {limit:.0%} with {switch} (is {signal.value:.0%}) would train the generator")
    return True


def _matching(evidence: Evidence, limits: Limits, name: str, limit: float) -> tuple[str, Signal] | None:
    """Return the best arm that reaches the limit."""
    reached = [(arm, signal) for arm, signal in _arms(evidence, limits, name) if signal.value >= limit]
    return max(reached, key=lambda each: (each[1].value, each[0]), default=None)


def _arms(evidence: Evidence, limits: Limits, name: str) -> list[tuple[str, Signal]]:
    """Return the arms that were measured on enough answers; the first rules knew none."""
    if limits.rules is None:
        return []
    found = [(arm, evidence.signal(arm_of(name, arm))) for arm in sorted(ARMS)]
    return [(arm, s) for arm, s in found if s is not None and s.n >= enough(limits)]
