"""The weights track, generator: train when it measurably does not behave as enough new examples ask.

Or when it learned what is stale now. No count of documents, no probe about facts and no alarm appears in these rules.
"""

import math

from pointsman.core.evaluation.signal_names import MEMORIZED, SHAPE, TAINT
from pointsman.core.policy.affordability import Case, affordable
from pointsman.core.policy.behaviour_gap import EXACT, lacking, would_train
from pointsman.core.policy.decision import GENERATOR, Decision, Draft
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits


def propose(draft: Draft, evidence: Evidence, limits: Limits) -> None:
    """Argue for a generator training from the examples and the behaviour; facts never do."""
    if _unlearn(draft, evidence, limits):
        return
    if not evidence.new_examples:
        _contradicting(draft, evidence, limits)
        return
    if limits.min_examples > evidence.new_examples:
        _too_few(draft, evidence, limits)
        return
    if _failed_on_these(draft, evidence, limits):
        return
    points = lacking(draft, evidence, limits)
    if points is None:
        return
    owed = evidence.owing(GENERATOR)
    before = owed.points if owed.points and owed.current else None
    known = before if evidence.signal(SHAPE) is None else points
    if affordable(draft, Case(GENERATOR, known, owed.point_days), evidence, limits):
        draft.train.append(GENERATOR)
    elif limits.know(3):
        draft.flips += would_train(evidence, limits)


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


def unlearns(decision: Decision) -> bool:
    """Tell whether the generator is trained for what it should not have learned: not to be worse is enough then."""
    tainted = next((reason for reason in decision.reasons if reason.signal == TAINT), None)
    return GENERATOR in decision.train and tainted is not None and tainted.value > tainted.limit


def _too_few(draft: Draft, evidence: Evidence, limits: Limits) -> None:
    n, missing = evidence.new_examples, limits.min_examples - evidence.new_examples
    draft.because("examples.new", n, limits.min_examples, f"{n} new examples prove too little", margin=float(-missing))
    draft.debt.append(f"generator: deferred until {missing} more examples arrive ({n} wait)")
    then = "measured, and trained where it lacks what they ask" if limits.know(3) else "measured and trained"
    draft.flips.append(f"{missing} more accepted examples would have let the generator be {then}")
    if evidence.contradicting:
        draft.flips.append(_settle(evidence.contradicting))


def _settle(contradicting: int) -> str:
    return (
        f"{contradicting} examples contradict one another and are in quarantine; keeping the right one of "
        "each question would accept it"
    )


def _contradicting(draft: Draft, evidence: Evidence, limits: Limits) -> None:
    """Say why nothing is learned of examples that came: all of them contradict one another."""
    if evidence.contradicting and limits.know(3):
        shown = f"{evidence.contradicting} examples contradict one another: none of them is learned"
        draft.because("examples.contradicting", evidence.contradicting, 0, shown)
        draft.flips.append(_settle(evidence.contradicting))


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
        draft.flips += _more_stale(evidence, limits, borne)
        return False
    if _harmless(draft, evidence, limits, shown):
        return False
    sentence = f"{shown}, more than {limits.tainted_share:.0%}: train without them"
    draft.because(TAINT, share, limits.tainted_share, sentence, margin=margin)
    rest = "nothing to unlearn" if limits.know(3) else "the generator as it is"
    draft.flips.append(f"confirming {evidence.tainted - borne} of them would leave {rest}")
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


def _more_stale(evidence: Evidence, limits: Limits, borne: int) -> list[str]:
    """Return how many more stale examples would argue for a training; nothing where fewer were learned."""
    more = borne + 1 - evidence.tainted
    if not limits.know(3):
        return [f"{more} more stale examples would train the generator without them"]
    if borne >= evidence.learned:
        return []
    return [f"{more} more stale examples would argue for training the generator without them"]


def _harmless(draft: Draft, evidence: Evidence, limits: Limits, shown: str) -> bool:
    """Tell whether what was learned and is stale is answered from the present documents all the same, as measured.

    Those that could not be asked, because their documents are gone or no earlier text is kept, count as harmful.
    """
    recited = evidence.signal(MEMORIZED)
    if recited is None or limits.max_memorised is None or limits.tainted_share is None:
        return False
    said = round(recited.value * recited.n)
    left = evidence.tainted - recited.n + said
    asked = f"of {recited.n} asked on the present documents, {said} are answered from the replaced text"
    margin = float(said - limits.max_memorised)
    if said <= limits.max_memorised and left <= limits.tainted_share * evidence.learned:
        sentence = f"{shown}; {asked}: it reads, and stays"
        draft.because(MEMORIZED, recited.value, limits.max_memorised, sentence, margin=margin)
        more = limits.max_memorised + 1 - said
        if not limits.know(3):
            draft.flips.append(f"{more} more answered from the replaced text would train it anew")
        elif said + more <= recited.n:
            draft.flips.append(f"{more} more answered from the replaced text would argue for training it anew")
        return True
    if said <= limits.max_memorised and limits.know(3):
        borne = limits.tainted_share * evidence.learned
        asked = f"{asked}, but {evidence.tainted - recited.n} could not be asked: {left} may be, {borne:g} are borne"
        margin = left - borne
    draft.because(MEMORIZED, recited.value, limits.max_memorised, asked, margin=margin)
    return False
