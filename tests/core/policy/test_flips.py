"""A flip is a promise: supply what it names, decide again, and what it says comes about."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.core.evaluation.signal_names import (
    CITATION,
    DECLINED,
    DERIVED_GAP,
    FORM_AGREEMENT,
    GOLDEN_GAP,
    MEMORIZED,
    SHAPE,
    TAINT,
)
from pointsman.core.evaluation.statistics import BASELINE_SWITCHES, Signal, baseline_signal
from pointsman.core.policy.decide import decide
from pointsman.core.policy.decision import GENERATOR, RETRIEVER, Decision
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits
from tests.core.policy.evidence import EDITED, LIMITS, TAUGHT, gap, lacking, signal
from tests.core.policy.samples import replace
from tests.core.policy.strategies import evidences, limits

SHARES = (SHAPE, CITATION, DECLINED)


def with_signal(evidence: Evidence, name: str, **changed: Any) -> Evidence:
    """Return the evidence with a signal whose fields are others; the interval is drawn along."""
    found = evidence.signal(name)
    assert found is not None
    value = {"value": found.value, "low": found.low, "high": found.high, "n": found.n} | changed
    value["low"], value["high"] = min(value["low"], value["high"]), max(value["low"], value["high"])
    others = tuple(s for s in evidence.measurements.signals if s.name != name)
    return replace(evidence, signals=(*others, Signal(name, unit="share", **value)))


def lowered(evidence: Evidence, name: str, below: float) -> Evidence:
    """Return the evidence with a measure whose upper bound lies just below what a flip names."""
    found = evidence.signal(name)
    assert found is not None
    high = below - 1e-9
    return with_signal(evidence, name, value=min(found.value, high), low=min(found.low, high), high=high)


@dataclass(frozen=True)
class Case:
    """A decision with what it was made of."""

    evidence: Evidence
    limits: Limits

    @property
    def decision(self) -> Decision:
        return decide(self.evidence, self.limits)


def more_examples(case: Case, more: str) -> bool:
    taught = replace(case.evidence, new_examples=case.evidence.supervision.new_examples + int(more))
    return not any("to learn from" in debt for debt in decide(taught, case.limits).debt)


def more_held_out(case: Case, more: str) -> bool:
    known = case.evidence.signal(SHAPE)
    assert known is not None
    again = decide(with_signal(case.evidence, SHAPE, n=known.n + int(more)), case.limits)
    return not any(r.signal == "examples.held_out" for r in again.reasons)


def more_since(case: Case, more: str) -> bool:
    since = (case.evidence.training.since_tried or 0) + int(more)
    again = decide(replace(case.evidence, since_tried=since), case.limits)
    return not any(r.signal == "examples.since_refused" for r in again.reasons)


def dearer(case: Case, role: str, seconds: str) -> bool:
    return role not in decide(priced(case.evidence, role, int(seconds) + 0.001), case.limits).train


def cheaper(case: Case, role: str, seconds: str) -> bool:
    return role in decide(priced(case.evidence, role, float(seconds)), case.limits).train


def priced(evidence: Evidence, role: str, seconds: float) -> Evidence:
    if role == GENERATOR:
        return replace(evidence, train_seconds=seconds)
    return replace(evidence, retriever_seconds=seconds)


def lower_bound_of_shares(case: Case, below: str, high: str) -> bool:
    asked = [name for name in SHARES if (s := case.evidence.signal(name)) is not None and f"{s.high:.0%}" == high]
    moved = [decide(lowered(case.evidence, name, int(below) / 100), case.limits) for name in asked]
    return GENERATOR not in case.decision.train and any(GENERATOR in again.train for again in moved)


def worse_baseline(case: Case, below: str, switch: str, value: str) -> bool:
    baselines = [
        baseline_signal(measure, baseline)
        for measure in SHARES
        for baseline, named in BASELINE_SWITCHES.items()
        if named == switch
    ]
    asked = [name for name in baselines if (s := case.evidence.signal(name)) is not None and f"{s.value:.0%}" == value]
    worse = int(below) / 100 - 1e-9
    moved = [decide(with_signal(case.evidence, name, value=worse, low=0.0, high=1.0), case.limits) for name in asked]
    return GENERATOR not in case.decision.train and any(GENERATOR in again.train for again in moved)


def wider_gap(case: Case, golden: str | None, limit: str, then: str) -> bool:
    name, beyond = GOLDEN_GAP if golden else DERIVED_GAP, float(limit) / 100 + 1e-6
    known = case.evidence.signal(name)
    assert known is not None
    high = max(known.high, beyond)
    again = decide(with_signal(case.evidence, name, value=high, low=beyond, high=high), case.limits)
    due = RETRIEVER in again.train
    return due if then == "train the retriever" else any(each.role == RETRIEVER for each in again.expected)


def agreeing(case: Case, bound: str) -> bool:
    again = decide(
        with_signal(case.evidence, FORM_AGREEMENT, value=int(bound) / 100, high=int(bound) / 100), case.limits
    )
    return not any("agree on a form" in debt for debt in again.debt)


def unlearned(decision: Decision) -> bool:
    return any(r.signal == TAINT and r.value > r.limit for r in decision.reasons)


def more_stale(case: Case, more: str) -> bool:
    stale = case.evidence.supervision.tainted + int(more)
    possible = stale <= case.evidence.supervision.learned
    unasked = tuple(
        s for s in case.evidence.measurements.signals if s.name != MEMORIZED
    )  # who are more are not those that were asked
    return possible and unlearned(decide(replace(case.evidence, tainted=stale, signals=unasked), case.limits))


def confirmed(case: Case, fewer: str) -> bool:
    return not unlearned(
        decide(replace(case.evidence, tainted=case.evidence.supervision.tainted - int(fewer)), case.limits)
    )


def more_memorized(case: Case, more: str) -> bool:
    known = case.evidence.signal(MEMORIZED)
    assert known is not None
    said = round(known.value * known.n) + int(more)
    if said > known.n:
        return False
    again = decide(with_signal(case.evidence, MEMORIZED, value=said / known.n, low=0.0, high=1.0), case.limits)
    return unlearned(again)


SUPPLIED: dict[str, Callable[..., bool]] = {
    r"(\d+) more accepted examples? would let the generator be measured": more_examples,
    r"(\d+) more held-out examples?": more_held_out,
    r"(\d+) more examples? added or changed": more_since,
    r"a (\w+) training predicted to take more than (\d+) s would wait": dearer,
    r"a (\w+) training of at most (\d+) s would be worth it": cheaper,
    r"a high end below (\d+)% \(now (\d+%)\) for .* would train the generator": lower_bound_of_shares,
    r"a high end of at least (\d+)% \(now \d+%\) for new examples with the form": agreeing,
    r"less than (\d+)% with (\S+) alone \(now (\d+%)\) for .* would train the generator": worse_baseline,
    r"a gap (of golden probes )?of more than ([\d.e-]+) points at .* would (.*)": wider_gap,
    r"(\d+) more stale examples? would": more_stale,
    r"confirming (\d+) of them would": confirmed,
    r"(\d+) more answered from the replaced text would": more_memorized,
}
"""How each flip is supplied; it returns whether what is promised comes about."""

ELSEWHERE = ("contradict one another", "contradicts another one")
"""Begins what nothing here can supply: who keeps the right one of two decides what becomes of it."""


def held_to(case: Case) -> list[tuple[str, bool]]:
    """Return each flip that can be supplied, and whether deciding again on it shows what it promises."""
    found = []
    for flip in case.decision.flips:
        matches = [(supply, match) for pattern, supply in SUPPLIED.items() if (match := re.match(pattern, flip))]
        assert matches or any(words in flip for words in ELSEWHERE), f"nothing supplies {flip!r}"
        found += [(flip, supply(case, *match.groups())) for supply, match in matches]
    return found


@settings(max_examples=1500, deadline=None)
@given(evidences, limits)
def test_every_flip_that_can_be_supplied_comes_about(evidence: Evidence, limits: Limits) -> None:
    assert [flip for flip, true in held_to(Case(evidence, limits)) if not true] == []


@settings(deadline=None)
@given(evidences, limits, st.integers(1, 9), st.integers(0, 9), st.integers(0, 3))
def test_flips_of_stale_examples_come_about(
    evidence: Evidence, limits: Limits, asked: int, said: int, allowed: int
) -> None:
    """Of the stale examples some were asked, and some of those answered from the replaced text."""
    tainted = max(evidence.supervision.tainted, asked)
    memorized = Signal(MEMORIZED, min(said, asked) / asked, "share", asked, 0.0, 1.0)
    known = replace(evidence, tainted=tainted, signals=(*evidence.measurements.signals, memorized), known_examples=30)
    case = Case(known, replace(limits, max_memorised=allowed))
    assert [flip for flip, true in held_to(case) if not true] == []


def test_flips_are_really_supplied() -> None:
    few = replace(TAUGHT, new_examples=20, train_seconds=10.0)
    flip = "4 more accepted examples would let the generator be measured, and trained if its answers fall short"
    assert held_to(Case(few, LIMITS)) == [(flip, True)]
    assert [true for _, true in held_to(Case(replace(TAUGHT, signals=lacking(0.97)), LIMITS))] == [True]


def test_an_upper_bound_is_promised_only_so_low_that_the_training_is_worth_its_seconds() -> None:
    """700 s are worth ten points at 10 s a point and day over 7 days: 0.90 alone would train nothing."""
    decision = decide(replace(TAUGHT, signals=lacking(0.97)), LIMITS)
    assert decision.flips == ("a high end below 80% (now 97%) for the right format would train the generator",)
    dear = decide(replace(TAUGHT, signals=lacking(0.97), train_seconds=5001.0), LIMITS)
    assert dear.flips == (), "budget.train_seconds is 5000: no bound would let it begin"


def test_a_gap_is_promised_only_so_large_that_the_training_is_worth_its_seconds() -> None:
    decision = decide(replace(EDITED, signals=gap(0.01), retriever_seconds=2100.0), LIMITS)
    assert decision.flips == (
        "a gap of more than 30 points at the low end of its interval (now 1 point) would train the retriever",
    )


def test_too_few_derived_probes_are_not_said_to_be_those_of_new_content() -> None:
    """A gap counts its smaller side: with 5 of unchanged content, 15 more of new content decide nothing."""
    few = replace(EDITED, signals=gap(0.3, n=5))
    said = "retriever: 15 more probes would decide, on the side that has fewer (new or unchanged content)"
    assert decide(few, LIMITS).debt == (said,)


def test_what_already_trains_the_generator_is_not_said_to_be_missing() -> None:
    both = replace(LIMITS, citation_correct=0.5)
    signals = lacking(
        0.2, signal(CITATION, value=0.8, low=0.7, high=0.9), signal(baseline_signal(CITATION, "few_shot"), value=0.9)
    )
    decision = decide(replace(TAUGHT, signals=signals), both)
    assert decision.train == (GENERATOR,)
    assert [flip for flip in decision.flips if "would train" in flip] == []
    matched = lacking(
        0.2, signal(CITATION, value=0.1, low=0.0, high=0.2), signal(baseline_signal(CITATION, "few_shot"), value=0.9)
    )
    decision = decide(replace(TAUGHT, signals=matched), both)
    assert decision.train == (GENERATOR,)
    assert [debt for debt in decision.debt if "not trained" in debt] == []


@pytest.mark.parametrize(("seconds", "train"), [(700.4, False), (699.6, True)])
def test_the_seconds_that_are_promised_are_rounded_to_the_side_that_is_true(seconds: float, train: bool) -> None:
    evidence = replace(TAUGHT, signals=lacking(0.8), train_seconds=seconds)
    decision = decide(evidence, LIMITS)
    assert (GENERATOR in decision.train) is train
    assert {true for _, true in held_to(Case(evidence, LIMITS))} == {True}
    assert any("training" in flip for flip in decision.flips)


def test_no_more_stale_examples_are_promised_than_were_learned() -> None:
    all_allowed = replace(LIMITS, tainted_share=1.0)
    decision = decide(replace(TAUGHT, new_examples=0, tainted=3, learned=3), all_allowed)
    assert decision.flips == ()


def test_stale_examples_that_could_not_be_asked_are_what_decided_and_are_said_to_be() -> None:
    """None of two is memorized, and six could not be asked: the reason says which number trains."""
    asked = signal(MEMORIZED, value=0.0, low=0.0, high=0.6, n=2)
    tainted = replace(TAUGHT, new_examples=0, tainted=8, learned=40, known_examples=32, signals=(asked, *lacking(0.97)))
    decision = decide(tainted, replace(LIMITS, max_memorised=0))
    assert decision.train == (GENERATOR,)
    said = next(r for r in decision.reasons if r.signal == MEMORIZED)
    assert said.margin is not None
    assert said.margin > 0, "what speaks for work lies above 0"
    assert "6 could not be asked" in said.because
