"""The decision: a pure function, each limit tested on both its sides."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.evaluation.signal_names import CITATION, DECLINED, DERIVED_GAP, MEMORIZED, SHAPE, TAINT
from pointsman.core.evaluation.statistics import Signal, proportion
from pointsman.core.policy.approval import Approved
from pointsman.core.policy.decide import decide
from pointsman.core.policy.decision import Decision, Track
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits
from pointsman.core.policy.rules.generator import unlearns
from tests.core.policy.samples import approved, evidence_of, limits_of, replace

LIMITS = limits_of()
KINDS = ("added", "removed", "renamed", "edited", "cosmetic", "metadata")
QUIET = evidence_of(changes={}, live_documents=100, listed_documents=100, documents=100, has_live=True)
EDITED = replace(QUIET, changes={"edited": 1}, measured=True)
TAINTED = replace(QUIET, known_examples=36, tainted=4, learned=39, measured=True)
TAUGHT = replace(QUIET, new_examples=24, known_examples=24, measured=True)


def signal(name: str, *, value: float = 0.5, low: float = 0.4, high: float = 0.6, n: int = 40) -> Signal:
    return Signal(name, value, "share", n, low, high)


def lacking(high: float) -> tuple[Signal, ...]:
    return (signal(SHAPE, value=min(0.3, high), low=0.0, high=high),)


def taken(decision: Decision) -> tuple[Any, ...]:
    return decision.index, decision.train, decision.hold


def reason(decision: Decision, name: str) -> str:
    found = next(r for r in decision.reasons if r.signal == name)
    return f"{found.value} against {found.limit}: {found.because}"


signals = st.lists(
    st.builds(
        lambda name, value, half, n: Signal(name, value, "share", n, value - half, value + half),
        st.sampled_from((DERIVED_GAP, SHAPE, CITATION, "probes.golden.staged", "other")),
        st.floats(0, 1),
        st.floats(0, 0.5),
        st.integers(1, 60),
    ),
    unique_by=lambda s: s.name,
).map(tuple)
counts = st.fixed_dictionaries({kind: st.integers(0, 60) for kind in KINDS})
evidences = st.builds(
    evidence_of,
    changes=counts,
    live_documents=st.integers(0, 80),
    listed_documents=st.integers(0, 80),
    documents=st.integers(0, 80),
    corpus=st.sampled_from(("m1", "m2")),
    has_live=st.booleans(),
    embedder_changed=st.sampled_from((None, "a → b")),
    chunking_changed=st.sampled_from((None, "a → b")),
    generator_changed=st.sampled_from((None, "a → b")),
    new_examples=st.integers(0, 40),
    known_examples=st.integers(0, 40),
    refused_before=st.booleans(),
    tainted=st.integers(0, 40),
    learned=st.integers(40, 60),
    train_seconds=st.floats(0, 4000),
    hours_since_training=st.none() | st.floats(0, 12),
    rolled_back=st.sampled_from((None, "r1")),
    measured=st.booleans(),
    signals=signals,
    listing_error=st.sampled_from((None, None, None, "no route to host")),
    live_bytes=st.integers(0, 1000),
    served_bytes=st.integers(0, 1000),
    near_copies=st.integers(0, 40),
    grown=st.just(1),
    most_grown=st.sampled_from((None, ("a.md", 10, 200_000))),
    newly_refused=st.integers(0, 40),
    approval=st.none()
    | st.just(Approved("d1", "ann", {"guard.removed": 30, "guard.bytes": 500}, {"guard.removed": 1})),
)


@given(evidences)
def test_the_same_input_gives_the_same_bytes(evidence: Evidence) -> None:
    once, again = decide(evidence, LIMITS), decide(replace(evidence), replace(LIMITS))
    assert once == again
    assert json.dumps(once.as_json()) == json.dumps(again.as_json())


@given(evidences, st.randoms(use_true_random=False))
def test_the_order_of_signals_and_of_changes_means_nothing(evidence: Evidence, random: Any) -> None:
    shuffled, kinds = list(evidence.measurements.signals), list(evidence.corpus.changes.items())
    random.shuffle(shuffled)
    random.shuffle(kinds)
    other = replace(evidence, signals=tuple(shuffled), changes=dict(kinds))
    assert decide(other, LIMITS).id == decide(evidence, LIMITS).id
    assert taken(decide(other, LIMITS)) == taken(decide(evidence, LIMITS))


@given(evidences)
def test_signals_that_no_rule_names_change_nothing_that_is_done(evidence: Evidence) -> None:
    noise = (signal("weather"), signal("probes.golden.change", value=-1.0, low=-1.0, high=-1.0))
    more = decide(replace(evidence, signals=(*evidence.measurements.signals, *noise)), LIMITS)
    without = decide(evidence, LIMITS)
    assert replace(more, id="") == replace(without, id="")


@given(evidences, st.floats(0, 5000))
def test_raising_a_cost_never_adds_training(evidence: Evidence, more: float) -> None:
    dearer = replace(evidence, train_seconds=evidence.training.train_seconds + more)
    assert set(decide(dearer, LIMITS).train) <= set(decide(evidence, LIMITS).train)


@given(evidences, st.floats(0, 24))
def test_raising_a_cooldown_or_lowering_a_budget_never_adds_training(evidence: Evidence, hours: float) -> None:
    stricter = replace(LIMITS, cooldown_hours=6.0 + hours, train_seconds=900.0)
    assert set(decide(evidence, stricter).train) <= set(decide(evidence, LIMITS).train)


@given(counts, st.booleans(), st.sampled_from([(), (signal(DERIVED_GAP, value=0.0, low=-0.1, high=0.1),)]))
def test_facts_alone_never_train(changes: dict[str, int], measured: bool, good: Sequence[Signal]) -> None:
    evidence = evidence_of(changes, 80, 80, has_live=True, measured=measured, signals=tuple(good))
    assert decide(approved(evidence, LIMITS), LIMITS).train == ()


@given(evidences)
def test_a_hold_does_nothing_at_all_and_says_what_would_release_it(evidence: Evidence) -> None:
    decision = decide(evidence, LIMITS)
    if decision.hold:
        assert (decision.index, decision.train) == (Track.KEEP, ())
        approvable = evidence.corpus.listing_error is None
        assert any(("--yes" if approvable else "by itself") in flip for flip in decision.flips)
        assert not decision.idle
        assert decide(approved(evidence, LIMITS), LIMITS).hold is not approvable


@given(evidences)
def test_every_decision_has_a_reason_and_survives_json(evidence: Evidence) -> None:
    decision = decide(evidence, LIMITS)
    assert decision.reasons
    back = Decision.from_json(decision.id, json.loads(json.dumps(decision.as_json())))
    assert back == decision
    again = Evidence.from_json(json.loads(json.dumps(evidence.as_json())))
    assert decide(again, Limits.from_json(json.loads(json.dumps(LIMITS.as_json())))).id == decision.id


@pytest.mark.parametrize(
    ("changes", "track"),
    [
        ({}, Track.KEEP),
        ({"cosmetic": 9}, Track.KEEP),
        ({"metadata": 1}, Track.PATCH),
        ({"renamed": 1, "cosmetic": 1}, Track.PATCH),
        ({"added": 1}, Track.UPDATE),
        ({"removed": 1}, Track.UPDATE),
        ({"edited": 1, "renamed": 5, "metadata": 2}, Track.UPDATE),
    ],
)
def test_the_index_track_follows_from_what_changed(changes: dict[str, int], track: Track) -> None:
    assert decide(replace(QUIET, changes=changes), LIMITS).index is track


@pytest.mark.parametrize("what", ["embedder_changed", "chunking_changed", "collection_lost"])
def test_what_makes_old_points_useless_rebuilds(what: str) -> None:
    changed: dict[str, Any] = {what: "a → b"}
    decision = decide(replace(QUIET, changes={"edited": 3}, **changed), LIMITS)
    assert decision.index is Track.REBUILD
    assert any(r.value == "a → b" for r in decision.reasons)


def test_the_first_index_is_built_when_there_is_something_to_index() -> None:
    first = evidence_of({"added": 3}, live_documents=0, listed_documents=3, documents=3)
    assert decide(first, LIMITS).index is Track.REBUILD
    nothing = decide(evidence_of({}, live_documents=0, listed_documents=0), LIMITS)
    assert (nothing.index, nothing.hold) == (Track.KEEP, False)
    assert "no document" in nothing.reasons[0].because


def test_the_same_counts_of_another_corpus_are_another_decision() -> None:
    assert len({decide(replace(EDITED, corpus=corpus), LIMITS).id for corpus in ("m1", "m2")}) == 2


def test_documents_that_are_all_refused_build_no_index() -> None:
    refused = evidence_of({}, live_documents=0, listed_documents=3, documents=0)
    assert decide(refused, LIMITS).index is Track.KEEP


def test_nothing_changed_is_said_and_idle() -> None:
    decision = decide(QUIET, LIMITS)
    assert decision.idle
    assert "nothing changed" in decision.reasons[0].because


@pytest.mark.parametrize(
    ("removed", "of", "holds"), [(10, 20, False), (11, 20, True), (11, 110, False), (12, 110, True), (110, 110, True)]
)
def test_a_mass_deletion_holds_beyond_both_limits(removed: int, of: int, holds: bool) -> None:
    evidence = replace(QUIET, changes={"removed": removed}, live_documents=of, listed_documents=max(1, of - removed))
    decision = decide(evidence, LIMITS)
    assert decision.hold is holds
    if holds:
        assert f"{removed} of {of}" in reason(decision, "guard.removed")
        assert "more than 10 and more than 10%" in reason(decision, "guard.removed")


def test_an_empty_listing_holds_whatever_its_size() -> None:
    decision = decide(evidence_of({"removed": 1}, live_documents=1, listed_documents=0, has_live=True), LIMITS)
    assert decision.hold
    assert decision.reasons[0].signal == "guard.listing"


def test_what_a_person_rolled_back_holds_and_passes_when_approved() -> None:
    back = replace(QUIET, changes={"edited": 1}, rolled_back="r7")
    assert decide(back, LIMITS).hold
    passed = decide(approved(back, LIMITS), LIMITS)
    assert taken(passed) == (Track.UPDATE, (), False)
    assert "approved with decision d0 by ann" in reason(passed, "guard.rolled_back")


def test_two_guards_at_once_say_once_how_to_release_them() -> None:
    both = decide(replace(QUIET, changes={"removed": 50}, rolled_back="r7"), LIMITS)
    assert len(set(both.flips)) == len(both.flips)


@pytest.mark.parametrize(("low", "train"), [(0.15, ()), (0.1501, ("retriever",))])
def test_a_retrieval_gap_trains_from_beyond_its_limit(low: float, train: tuple[str, ...]) -> None:
    evidence = replace(EDITED, signals=(signal(DERIVED_GAP, value=0.3, low=low, high=0.5),))
    decision = decide(evidence, LIMITS)
    assert decision.train == train
    assert "0.3 against 0.15" in reason(decision, DERIVED_GAP)
    assert ("above the limit of 15 points" if train else "at most 15 points") in reason(decision, DERIVED_GAP)
    assert any("would train the retriever" in flip for flip in decision.flips) is not bool(train)


@pytest.mark.parametrize(("n", "train"), [(19, ()), (20, ("retriever",))])
def test_a_gap_needs_enough_probes(n: int, train: tuple[str, ...]) -> None:
    decision = decide(replace(EDITED, signals=(signal(DERIVED_GAP, value=0.6, low=0.3, high=0.8, n=n),)), LIMITS)
    assert decision.train == train
    assert decision.debt == (
        ()
        if train
        else ("retriever: 1 more probe would decide, on the side that has fewer (new or unchanged content)",)
    )


def test_a_gap_that_is_not_measured_yet_is_pending_and_afterwards_is_not() -> None:
    assert decide(replace(EDITED, measured=False), LIMITS).pending
    assert not decide(EDITED, LIMITS).pending


@pytest.mark.parametrize(("new", "train"), [(23, ()), (24, ("generator",))])
def test_examples_train_from_the_limit_on(new: int, train: tuple[str, ...]) -> None:
    decision = decide(replace(TAUGHT, new_examples=new, signals=lacking(0.5)), LIMITS)
    assert decision.train == train
    if not train:
        assert decision.debt == ("generator: waits until 1 more example arrives (23 of 24)",)
        assert "23 against 24" in reason(decision, "examples.new")


@pytest.mark.parametrize(("high", "train"), [(0.8999, ("generator",)), (0.9, ())])
def test_behaviour_trains_below_its_limit(high: float, train: tuple[str, ...]) -> None:
    decision = decide(replace(TAUGHT, signals=lacking(high)), LIMITS)
    assert decision.train == train
    assert ("below 90%" if train else "reaches 90%") in reason(decision, SHAPE)
    assert [flip for flip in decision.flips if "would train the generator" in flip] == []


@pytest.mark.parametrize(("limit", "train"), [(0.5, ("generator",)), (0.0, ())])
def test_citations_count_unless_their_limit_is_nought(limit: float, train: tuple[str, ...]) -> None:
    good, bad = signal(SHAPE, value=1.0, low=0.9, high=1.0), signal(CITATION, value=0.1, low=0.0, high=0.2)
    decision = decide(replace(TAUGHT, signals=(good, bad)), replace(LIMITS, citation_correct=limit))
    assert decision.train == train


@pytest.mark.parametrize(
    ("high", "n", "limit", "train"),
    [
        (0.8999, 6, 0.9, ("generator",)), (0.9, 6, 0.9, ()), (0.5, 5, 0.9, ()), (0.5, 6, 0.0, ()),
    ],
)  # fmt: skip
def test_questions_without_an_answer_that_are_not_declined_train_where_they_are_enough(
    high: float, n: int, limit: float, train: tuple[str, ...]
) -> None:
    good, bad = signal(SHAPE, value=1.0, low=0.9, high=1.0), signal(DECLINED, value=0.2, low=0.0, high=high, n=n)
    limits = replace(LIMITS, citation_correct=0.0, min_answers=6, declined=limit)
    decision = decide(replace(TAUGHT, signals=(good, bad)), limits)
    assert decision.train == train
    if train:
        assert "1 of 6 questions without an answer is declined" in reason(decision, DECLINED)


@pytest.mark.parametrize(
    ("n", "answers", "debt"),
    [
        (6, 6, ""), (5, 6, "until 1 more example falls on the held-out side"),
        (4, 6, "until 2 more examples fall on the held-out side"), (1, 1, ""),
    ],
)  # fmt: skip
def test_held_out_answers_are_enough_from_the_gates_limit_on(n: int, answers: int, debt: str) -> None:
    limits = replace(LIMITS, citation_correct=0.0, min_answers=answers, min_items=12)
    decision = decide(replace(TAUGHT, signals=(signal(SHAPE, value=0.0, low=0.0, high=0.5, n=n),)), limits)
    assert decision.train == (() if debt else ("generator",))
    assert debt in "".join(decision.debt)


@pytest.mark.parametrize(("hours", "train"), [(5.99, ()), (6.0, ("generator",)), (None, ("generator",))])
def test_a_cooldown_defers_until_it_is_over(hours: float | None, train: tuple[str, ...]) -> None:
    decision = decide(replace(TAUGHT, signals=lacking(0.5), hours_since_training=hours), LIMITS)
    assert decision.train == train
    assert ("cooldown" in "".join(decision.debt)) is not bool(train)


@pytest.mark.parametrize(("seconds", "train"), [(1800.0, ("generator",)), (1800.1, ())])
def test_a_budget_defers_what_exceeds_it(seconds: float, train: tuple[str, ...]) -> None:
    decision = decide(replace(TAUGHT, signals=lacking(0.5), train_seconds=seconds), LIMITS)
    assert decision.train == train


def test_the_budget_that_a_debt_asks_for_is_enough() -> None:
    evidence = replace(TAUGHT, signals=lacking(0.5), train_seconds=1800.4)
    debt = decide(evidence, LIMITS).debt[0]
    asked = float(debt.rsplit(" ", 1)[-1])
    assert decide(evidence, replace(LIMITS, train_seconds=asked)).train == ("generator",)


PRICED = replace(LIMITS, train_money=1.0, price_per_hour=2.0)


@pytest.mark.parametrize(("seconds", "train"), [(1800.0, ("generator",)), (1800.0001, ())])
def test_a_budget_of_money_defers_what_costs_more(seconds: float, train: tuple[str, ...]) -> None:
    limits = replace(PRICED, train_seconds=1e9)
    decision = decide(replace(TAUGHT, signals=lacking(0.5), train_seconds=seconds), limits)
    assert decision.train == train
    assert ("budget.train_money" in "".join(decision.debt)) is not bool(train)


def test_the_money_that_a_debt_asks_for_is_enough() -> None:
    evidence = replace(TAUGHT, signals=lacking(0.5), train_seconds=1777.7)
    limits = replace(PRICED, train_money=0.5)
    asked = float(decide(evidence, limits).debt[0].rsplit(" ", 1)[-1])
    assert decide(evidence, replace(limits, train_money=asked)).train == ("generator",)


def test_a_limit_that_is_off_is_not_stored() -> None:
    off = {"train_money", "seconds_per_point_day", "form_told", "crowd_count", "contradicting"}
    assert not off & LIMITS.as_json().keys()


def test_a_refused_attempt_is_not_repeated_and_says_so() -> None:
    decision = decide(replace(TAUGHT, signals=lacking(0.5), refused_before=True), LIMITS)
    assert decision.train == ()
    assert "until examples are added or changed" in decision.debt[0]


def test_examples_that_cannot_be_measured_wait() -> None:
    assert decide(TAUGHT, LIMITS).debt == ("generator: waits until some examples fall on the held-out side",)
    assert decide(replace(TAUGHT, measured=False), LIMITS).pending


@pytest.mark.parametrize(
    ("tainted", "learned", "train"),
    [(3, 30, ()), (4, 30, ("generator",)), (4, 40, ()), (4, 39, ("generator",)), (0, 0, ()), (1, 1, ("generator",))],
)
def test_stale_examples_that_were_learned_train_beyond_their_share(
    tainted: int, learned: int, train: tuple[str, ...]
) -> None:
    evidence = replace(TAINTED, tainted=tainted, learned=learned, signals=lacking(1.0))
    decision = decide(evidence, LIMITS)
    assert decision.train == train
    assert unlearns(decision) == bool(train)
    if tainted:
        assert f"{tainted} of the {learned} example" in reason(decision, TAINT)
        assert decision.flips


@pytest.mark.parametrize(
    ("said", "asked", "train"),
    [
        (0, 9, ()), (1, 9, ("generator",)), (0, 6, ()), (0, 5, ("generator",)), (0, 1, ("generator",)),
    ],
)  # fmt: skip
def test_stale_examples_that_are_not_memorized_train_nothing_while_few_could_not_be_asked(
    said: int, asked: int, train: tuple[str, ...]
) -> None:
    memorized = proportion(MEMORIZED, [n < said for n in range(asked)], 0.95)
    evidence = replace(TAINTED, tainted=9, learned=30, signals=(*lacking(1.0), memorized))
    limits = replace(LIMITS, max_memorised=0)
    decision = decide(evidence, limits)
    assert decision.train == train
    assert f"{said} {'is' if said == 1 else 'are'} answered from the replaced text" in reason(decision, MEMORIZED)
    assert decide(evidence, replace(limits, max_memorised=9)).train == (() if asked >= 6 else ("generator",))


def test_a_share_that_floating_point_cannot_hold_is_still_a_limit() -> None:
    evidence = replace(TAINTED, tainted=29, learned=100, known_examples=71, signals=lacking(1.0))
    assert decide(evidence, replace(LIMITS, tainted_share=0.29)).train == ()
    decision = decide(replace(evidence, tainted=30), replace(LIMITS, tainted_share=0.29))
    assert decision.train == ("generator",)
    assert "confirming 1 of them" in decision.flips[0]


@pytest.mark.parametrize(
    ("changed", "debt"),
    [
        ({"known_examples": 23}, "until 1 more example is accepted"),
        ({"refused_before": True}, "the last training without the stale examples"),
        ({"signals": ()}, "held-out side"),
        ({"train_seconds": 1801.0}, "budget.train_seconds"),
        ({"hours_since_training": 5.0}, "cooldown"),
    ],
)
def test_a_taint_that_cannot_be_trained_away_now_is_debt(changed: dict[str, Any], debt: str) -> None:
    decision = decide(replace(TAINTED, **{"signals": lacking(1.0), **changed}), LIMITS)
    assert decision.train == ()
    assert debt in decision.debt[0]
    assert TAINT in {r.signal for r in decision.reasons}


def test_a_taint_below_its_limit_leaves_new_examples_their_say() -> None:
    decision = decide(replace(TAUGHT, tainted=1, learned=39, signals=lacking(0.3)), LIMITS)
    assert decision.train == ("generator",)
    assert not unlearns(decision)
    assert {TAINT, SHAPE} <= {r.signal for r in decision.reasons}
