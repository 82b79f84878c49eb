"""The laws of the policy, for any evidence: cost, evidence, order, noise, facts, reproduction."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.evaluation.statistics import Signal
from pointsman.core.policy.decide import decide
from pointsman.core.policy.decision import GENERATOR, Decision
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits
from pointsman.core.policy.reproduce import reproduce
from tests.core.policy.samples import replace
from tests.core.policy.strategies import (
    FACTS,
    GAPS,
    MEASURED,
    THEIR_SIDES,
    evidences,
    limits,
    signals_of,
)


def work(decision: Decision) -> set[str]:
    return set(decision.train)


@given(evidences, limits, st.floats(0, 9000), st.sampled_from(("train_seconds", "retriever_seconds")))
def test_a_dearer_training_is_never_done_where_a_cheaper_one_was_not(
    evidence: Evidence, limits: Limits, more: float, which: str
) -> None:
    dearer: dict[str, Any] = {which: getattr(evidence.training, which) + more}
    assert work(decide(replace(evidence, **dearer), limits)) <= work(decide(evidence, limits))


@given(evidences, limits, st.floats(0.1, 1))
def test_a_point_or_a_day_that_is_worth_less_never_adds_work(evidence: Evidence, limits: Limits, share: float) -> None:
    rate = limits.training.seconds_per_point_day
    stingy = replace(limits, seconds_per_point_day=50.0 if rate is None else rate * share)
    shorter = replace(limits, horizon_days=limits.training.horizon_days * share)
    for other in (stingy, shorter):
        if rate is None and other is stingy and work(decide(evidence, other)) - work(decide(evidence, limits)):
            # without a price, a gap within its limit is not weighed at all
            enough = [
                gap for gap in map(evidence.signal, GAPS) if gap is not None and gap.n >= limits.retriever.min_probes
            ]
            assert enough
            assert all(gap.low <= limits.retriever.retrieval_gap for gap in enough)
            continue
        assert work(decide(evidence, other)) <= work(decide(evidence, limits))


@given(evidences, limits, st.floats(1, 3))
def test_a_dearer_hour_never_adds_work(evidence: Evidence, limits: Limits, times: float) -> None:
    dearer = replace(limits, price_per_hour=limits.training.price_per_hour * times)
    assert work(decide(evidence, dearer)) <= work(decide(evidence, limits))


def more_of(evidence: Evidence, name: str, by: float) -> Evidence:
    """Return the evidence with a signal that speaks more for training, or with it when it is not there."""
    up = by if name in GAPS else -by
    moved = [
        Signal(s.name, s.value + up, s.unit, s.n + 5, s.low + up, s.high + up) if s.name == name else s
        for s in evidence.measurements.signals
    ]
    return replace(evidence, signals=tuple(moved))


@given(evidences, limits, st.sampled_from(MEASURED), st.floats(0, 1))
def test_a_measure_that_falls_shorter_never_removes_its_training(
    evidence: Evidence, limits: Limits, name: str, by: float
) -> None:
    assert work(decide(evidence, limits)) <= work(decide(more_of(evidence, name, by), limits))


@given(evidences, limits, signals_of((*GAPS, *THEIR_SIDES)))
def test_another_measured_gap_never_removes_a_training(
    evidence: Evidence, limits: Limits, more: tuple[Signal, ...]
) -> None:
    known = {signal.name for signal in evidence.measurements.signals}
    richer = replace(evidence, signals=(*evidence.measurements.signals, *(s for s in more if s.name not in known)))
    assert work(decide(evidence, limits)) <= work(decide(richer, limits))


@given(evidences, limits)
def test_the_sides_of_a_gap_change_nothing_that_is_done_or_given_as_a_reason(
    evidence: Evidence, limits: Limits
) -> None:
    bare = replace(evidence, signals=tuple(s for s in evidence.measurements.signals if s.name not in THEIR_SIDES))
    with_, without = decide(evidence, limits), decide(bare, limits)
    assert (with_.train, with_.reasons, with_.expected) == (without.train, without.reasons, without.expected)


@given(evidences, limits, st.integers(0, 40), st.floats(0, 500))
def test_more_examples_or_a_larger_debt_never_remove_a_training(
    evidence: Evidence, limits: Limits, examples: int, so_far: float
) -> None:
    taught = replace(
        evidence,
        new_examples=evidence.supervision.new_examples + examples,
        known_examples=evidence.supervision.known_examples + examples,
    )
    debts = tuple(replace(each, point_days=each.point_days + so_far) for each in evidence.training.debts)
    for more in (taught, replace(evidence, owed=debts)):
        assert work(decide(evidence, limits)) <= work(decide(more, limits))


@given(evidences, limits)
def test_what_changed_since_a_failed_attempt_never_counts_against_the_next(evidence: Evidence, limits: Limits) -> None:
    since = evidence.training.since_tried
    later = replace(evidence, since_tried=None if since is None else since + 1)
    assert work(decide(evidence, limits)) <= work(decide(later, limits))


@given(evidences, limits, signals_of(FACTS))
def test_facts_alarms_and_unknown_signals_change_nothing_that_is_done(
    evidence: Evidence, limits: Limits, noise: tuple[Signal, ...]
) -> None:
    known = tuple(s for s in evidence.measurements.signals if s.name not in FACTS)
    with_, without = (decide(replace(evidence, signals=each), limits) for each in ((*known, *noise), known))
    assert replace(with_, id="") == replace(without, id="")


@given(evidences, limits, signals_of(FACTS))
def test_without_new_or_stale_examples_no_generator_is_trained_whatever_the_facts(
    evidence: Evidence, limits: Limits, facts: tuple[Signal, ...]
) -> None:
    quiet = replace(
        evidence,
        new_examples=0,
        tainted=0,
        signals=(*facts, *(s for s in evidence.measurements.signals if s.name not in FACTS)),
    )
    assert GENERATOR not in decide(quiet, limits).train


@given(evidences, limits, st.randoms(use_true_random=False))
def test_the_order_of_signals_debts_and_changes_changes_nothing(
    evidence: Evidence, limits: Limits, random: Any
) -> None:
    shuffled = [
        list(evidence.measurements.signals),
        list(evidence.training.debts),
        list(evidence.corpus.changes.items()),
    ]
    for each in shuffled:
        random.shuffle(each)
    other = replace(evidence, signals=tuple(shuffled[0]), owed=tuple(shuffled[1]), changes=dict(shuffled[2]))
    assert decide(other, limits) == decide(evidence, limits)


@given(evidences, limits)
def test_every_training_that_is_proposed_says_what_it_brings_and_costs(evidence: Evidence, limits: Limits) -> None:
    decision = decide(evidence, limits)
    assert set(decision.train) <= {each.role for each in decision.expected}
    for each in decision.expected:
        assert each.role in decision.train or decision.debt
        assert each.worth is None or each.role not in decision.train or each.worth >= each.seconds


@given(evidences, limits)
def test_any_stored_decision_replays_to_the_byte(evidence: Evidence, limits: Limits) -> None:
    decision = decide(evidence, limits)
    stored = json.loads(
        json.dumps({"evidence": evidence.as_json(), "limits": limits.as_json(), "decision": decision.as_json()})
    )
    found = reproduce(decision.id, **stored)
    assert found.same is True, found.because
    assert Decision.from_json(decision.id, stored["decision"]) == decision
