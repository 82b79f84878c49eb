"""The weights track, generator: train when the answers measurably fall short of what enough new examples ask.

Or when it learned what is stale now. No count of documents, no probe about facts and no alarm appears in these rules.
"""

import math

from pointsman.core.evaluation.signal_names import MEMORIZED, SHAPE, TAINT
from pointsman.core.policy.decision import GENERATOR, Decision, Draft
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits
from pointsman.core.policy.rules.affordability import Proposal, affordable
from pointsman.core.policy.rules.behaviour import EXACT, shortfall, would_train
from pointsman.core.wording import be, count, percent


def propose(draft: Draft, evidence: Evidence, limits: Limits) -> None:
    """Propose a generator training where examples and behaviour ask for it; facts never do."""
    if _unlearn(draft, evidence, limits):
        return
    new = evidence.supervision.new_examples
    if not new:
        _contradicting(draft, evidence)
        return
    if limits.behaviour.min_examples > new:
        _too_few(draft, evidence, limits)
        return
    if _failed_on_these(draft, evidence, limits):
        return
    missing = shortfall(draft, evidence, limits)
    if missing is None:
        return
    so_far = evidence.training.debt_of(GENERATOR).point_days
    if affordable(draft, Proposal(GENERATOR, missing.points, so_far, finding=missing.finding), evidence, limits):
        draft.train.append(GENERATOR)
    else:
        draft.flips += would_train(evidence, limits)


def blocked(evidence: Evidence, limits: Limits) -> bool:
    """Tell whether a training on these examples, or on nearly these, failed before and may not begin again yet."""
    history = evidence.training
    if history.refused_before:
        return True
    if history.since_tried is None or evidence.corpus.rolled_back is not None:
        return False  # a person who approves what was rolled back wants it again
    return history.since_tried < retry_after(evidence, limits)


def retry_after(evidence: Evidence, limits: Limits) -> int:
    """Return how many examples must come or change after a failed training, before the next one."""
    return max(1, math.floor(limits.training.retry_share * evidence.training.tried + EXACT))


def unlearns(decision: Decision) -> bool:
    """Tell whether the generator is trained to forget stale examples: it is enough then if it is not worse."""
    tainted = next((reason for reason in decision.reasons if reason.signal == TAINT), None)
    return GENERATOR in decision.train and tainted is not None and tainted.value > tainted.limit


def _too_few(draft: Draft, evidence: Evidence, limits: Limits) -> None:
    new, least = evidence.supervision.new_examples, limits.behaviour.min_examples
    missing = least - new
    sentence = f"{count(new, 'new example')} {be(new)} too few to learn from; {least} are needed (policy.min_examples)"
    draft.because("examples.new", new, least, sentence, margin=float(-missing))
    draft.debt.append(f"generator: waits until {count(missing, 'more example')} {_arrive(missing)} ({new} of {least})")
    draft.flips.append(
        f"{count(missing, 'more accepted example')} would let the generator be measured, and trained if its answers "
        "fall short"
    )
    if evidence.supervision.contradicting:
        draft.flips.append(_settle(evidence.supervision.contradicting))


def _settle(contradicting: int) -> str:
    return (
        f"{count(contradicting, 'example')} in quarantine {_contradict(contradicting)}; keeping the right one of each "
        "question would accept it"
    )


def _contradict(n: int) -> str:
    return "contradicts another one" if n == 1 else "contradict one another"


def _arrive(n: int) -> str:
    return "arrives" if n == 1 else "arrive"


def _contradicting(draft: Draft, evidence: Evidence) -> None:
    """Say why nothing is learned from examples that came: all of them contradict one another."""
    n = evidence.supervision.contradicting
    if n:
        sentence = f"{count(n, 'example')} {_contradict(n)}, so none of them is learned; the quarantine names them"
        draft.because("examples.contradicting", n, 0, sentence)
        draft.flips.append(_settle(n))


def _failed_on_these(draft: Draft, evidence: Evidence, limits: Limits) -> bool:
    """Tell whether a training on nearly these examples failed before, and say what has to change."""
    if not blocked(evidence, limits):
        return False
    history = evidence.training
    if history.refused_before:
        sentence = "a training on exactly these examples was tried and not promoted"
        draft.because("examples.refused", evidence.supervision.new_examples, 0, sentence)
        draft.debt.append(
            "generator: waits until examples are added or changed; the last training on these was not promoted"
        )
        return True
    needed, since = retry_after(evidence, limits), history.since_tried or 0
    more = needed - since
    sentence = (
        f"a training on {count(history.tried, 'example')} was tried and not promoted; {since} came or changed since, "
        f"{needed} must (policy.retry_share)"
    )
    draft.because("examples.since_refused", since, needed, sentence, margin=float(-more))
    draft.debt.append(f"generator: waits until {count(more, 'more example')} {be(more)} added or changed")
    draft.flips.append(f"{count(more, 'more example')} added or changed would let it be tried again")
    return True


def _unlearn(draft: Draft, evidence: Evidence, limits: Limits) -> bool:
    """Propose a training without the stale examples, where too many are stale; tell whether that settles it."""
    tainted, learned = evidence.supervision.tainted, evidence.supervision.learned
    if not tainted:
        return False
    share, limit = tainted / learned, limits.behaviour.tainted_share
    shown = (
        f"{tainted} of the {count(learned, 'example')} that the live generator learned {be(tainted)} {_what(evidence)}"
    )
    allowed = math.floor(limit * learned + EXACT)
    if share <= limit:
        sentence = f"{shown}; up to {percent(limit)} is allowed (policy.tainted_share)"
        draft.because(TAINT, share, limit, sentence, margin=share - limit)
        if allowed < learned:
            more = count(allowed + 1 - tainted, "more stale example")
            draft.flips.append(f"{more} would propose a training of the generator without them")
        return False
    if _reads(draft, evidence, limits, shown):
        return False
    sentence = f"{shown}, more than {percent(limit)} (policy.tainted_share): train without them"
    draft.because(TAINT, share, limit, sentence, margin=share - limit)
    if not evidence.supervision.restricted:
        draft.flips.append(f"confirming {tainted - allowed} of them would leave nothing to unlearn")
    _train_without(draft, evidence, limits)
    return True


def _what(evidence: Evidence) -> str:
    """Return why learned examples must not be known."""
    restricted = evidence.supervision.restricted
    if not restricted:
        return "stale"
    return f"stale or about restricted documents ({restricted} of them restricted)"


def _train_without(draft: Draft, evidence: Evidence, limits: Limits) -> None:
    """Train without the stale examples, or say why that waits."""
    missing = limits.behaviour.min_examples - evidence.supervision.known_examples
    if missing > 0:
        until = f"until {count(missing, 'more example')} {be(missing)} accepted, or stale ones confirmed"
        draft.debt.append(f"generator: keeps stale examples {until}")
    elif evidence.training.refused_before:
        draft.debt.append(
            "generator: keeps stale examples; the last training without the stale examples was not promoted"
        )
    elif blocked(evidence, limits):
        more = retry_after(evidence, limits) - (evidence.training.since_tried or 0)
        until = f"until {count(more, 'more example')} {be(more)} added or changed"
        draft.debt.append(f"generator: keeps stale examples {until}; the last training failed")
    elif evidence.measurements.measured and evidence.signal(SHAPE) is None:
        draft.debt.append(
            "generator: keeps stale examples until some examples fall on the held-out side, to compare answers"
        )
    elif affordable(
        draft, Proposal(GENERATOR, None, evidence.training.debt_of(GENERATOR).point_days), evidence, limits
    ):
        draft.train.append(GENERATOR)


def _reads(draft: Draft, evidence: Evidence, limits: Limits, shown: str) -> bool:
    """Tell whether the generator answers from the present documents although what it learned is stale, as measured.

    Examples that could not be asked, because their documents are gone or no earlier text is kept, count as harmful.
    """
    memorized = evidence.signal(MEMORIZED)
    if memorized is None:
        return False
    tainted, most = evidence.supervision.tainted, limits.gate.max_memorised
    said, unasked = round(memorized.value * memorized.n), tainted - memorized.n
    left, allowed = unasked + said, limits.behaviour.tainted_share * evidence.supervision.learned
    asked = (
        f"of {memorized.n} asked with the present documents, {said} {be(said)} answered from the replaced text "
        f"(at most {most}, gate.max_memorised)"
    )
    if said > most:
        draft.because(MEMORIZED, memorized.value, most, asked, margin=float(said - most))
        return False
    if left > allowed:
        sentence = f"{asked}, but {unasked} could not be asked: {left} may be, and {allowed:g} are allowed"
        draft.because(MEMORIZED, memorized.value, most, sentence, margin=left - allowed)
        return False
    sentence = f"{shown}; {asked}: the generator reads what it is given, and stays"
    draft.because(MEMORIZED, memorized.value, most, sentence, margin=float(said - most))
    more = most + 1 - said
    if said + more <= memorized.n:
        draft.flips.append(f"{more} more answered from the replaced text would propose a training without them")
    return True
