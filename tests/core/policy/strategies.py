"""Strategies that draw evidence and limits for property tests of the policy."""

from hypothesis import strategies as st

from pointsman.core.evaluation.signal_names import (
    CITATION,
    DECLINED,
    DERIVED_GAP,
    FORM_AGREEMENT,
    GOLDEN_GAP,
    GOLDEN_GAP_CONTROL,
    GOLDEN_GAP_NEW,
    SHAPE,
)
from pointsman.core.evaluation.statistics import BASELINE_SWITCHES, Signal, baseline_signal
from pointsman.core.policy.debt import Debt
from tests.core.policy.evidence import LIMITS
from tests.core.policy.samples import evidence_of, replace

MEASURED = (DERIVED_GAP, GOLDEN_GAP, SHAPE, CITATION, DECLINED)


GAPS = (DERIVED_GAP, GOLDEN_GAP)


THEIR_SIDES = (GOLDEN_GAP_NEW, GOLDEN_GAP_CONTROL)
"""They say which probes are missing, and propose nothing."""


CHEAPER = tuple(
    baseline_signal(measure, baseline) for measure in (SHAPE, CITATION, DECLINED) for baseline in BASELINE_SWITCHES
)


FACTS = (
    "probes.golden.staged", "probes.golden.live", "probes.golden.change", "probes.derived.new", "changes.factual",
    "changes.cosmetic", "attribution.retrieved but wrong", "drift.embedding", "drift.vocabulary",
    "residual.behaviour.nll", "residual.behaviour.nll_gap", "residual.behaviour.token_f1", "control.behaviour.nll",
    "control.behaviour.shape_valid",
)  # fmt: skip
"""What is measured, or may be, and proposes no training."""


def built(name: str, ends: tuple[float, float], n: int) -> Signal:
    low, high = sorted(ends)
    return Signal(name, (low + high) / 2, "share", n, low, high)


def signals_of(names: tuple[str, ...]) -> st.SearchStrategy[tuple[Signal, ...]]:
    ends = st.tuples(st.floats(0, 1), st.floats(0, 1))
    each = st.builds(built, st.sampled_from(names), ends, st.integers(1, 60))
    return st.lists(each, unique_by=lambda s: s.name).map(tuple)


debts = st.builds(
    lambda roles, points, so_far, current: tuple(Debt(role, points, so_far, current) for role in sorted(roles)),
    st.sets(st.sampled_from(("retriever", "generator"))), st.floats(0, 90), st.floats(0, 900), st.booleans(),
)  # fmt: skip


evidences = st.builds(
    evidence_of,
    changes=st.fixed_dictionaries({k: st.integers(0, 5) for k in ("added", "edited", "renamed", "cosmetic")}),
    live_documents=st.just(80),
    listed_documents=st.just(80),
    documents=st.just(80),
    has_live=st.sampled_from((True, True, True, False)),
    embedder_changed=st.sampled_from((None, None, "a → b")),
    new_examples=st.integers(0, 40),
    known_examples=st.integers(20, 40),
    refused_before=st.sampled_from((False, False, True)),
    tried=st.integers(0, 40),
    since_tried=st.none() | st.integers(0, 6),
    tainted=st.sampled_from((0, 0, 3, 9)),
    learned=st.just(40),
    train_seconds=st.floats(0, 9000),
    retriever_seconds=st.floats(0, 9000),
    hours_since_training=st.none() | st.floats(0, 12),
    hours_since_retriever=st.none() | st.floats(0, 12),
    measured=st.booleans(),
    contradicting=st.integers(0, 3),
    owed=debts,
    signals=signals_of((*MEASURED, *THEIR_SIDES, *CHEAPER, *FACTS, FORM_AGREEMENT)),
)


limits = st.builds(
    lambda **changed: replace(LIMITS, **changed),
    citation_correct=st.sampled_from((0.0, 0.5, 1.0)),
    shape_valid=st.sampled_from((0.0, 0.5, 0.9, 1.0)),
    declined=st.sampled_from((0.0, 0.9)),
    form_told=st.sampled_from((None, 0.0, 0.8)),
    min_answers=st.sampled_from((1, 6, 12)),
    retrieval_gap=st.sampled_from((0.0, 0.05, 0.15)),
    hysteresis=st.sampled_from((0.0, 0.02, 0.3)),
    min_gain=st.sampled_from((0.0, 0.05, 0.2)),
    seconds_per_point_day=st.none() | st.floats(0.1, 50),
    horizon_days=st.sampled_from((0.0, 7.0, 30.0)),
    train_money=st.none() | st.floats(0, 3),
)
