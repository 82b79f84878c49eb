"""Promote, refuse or inconclusive: both sides of each limit, and the number that decided."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.evaluation.statistics import Signal
from pointsman.core.gates.index import judge_index, judge_migration
from pointsman.core.gates.retriever import ProbeHits, judge_retriever
from pointsman.core.gates.ruling import Ruling, Verdict, worst

NO_GOLDEN = ProbeHits("golden")
PROMOTE, REFUSE, INCONCLUSIVE = Verdict.PROMOTE, Verdict.REFUSE, Verdict.INCONCLUSIVE


def index(live: list[bool], staged: list[bool], *, max_loss: float = 0.05, served: int = 9) -> Ruling:
    return judge_index(
        served, 9, live, staged, has_live=True, asked=len(staged), max_loss=max_loss, confidence=0.95, seed=17
    )


def retriever(new: tuple[int, int], control: tuple[int, int], *, n: int = 20, max_loss: float = 0.05) -> Ruling:
    return both(sides_of("derived", new, control, n=n, controls=n), max_loss=max_loss)


def sides_of(
    kind: str, new: tuple[int, int], control: tuple[int, int], *, n: int = 20, controls: int = 20
) -> ProbeHits:
    """Return how many of ``n`` probes were hit before and after, and of ``controls`` ones of unchanged content."""
    made = [[k < hits for k in range(of)] for of, side in ((n, new), (controls, control)) for hits in side]
    return ProbeHits(kind, *made)


def both(derived: ProbeHits, golden: ProbeHits = NO_GOLDEN, *, asked: bool = False, max_loss: float = 0.05) -> Ruling:
    return judge_retriever(
        derived, golden, asked=asked, min_items=12, min_gain=0.05, max_loss=max_loss, confidence=0.95, seed=17
    )


def test_one_missing_or_extra_point_refuses() -> None:
    assert [index([], [], served=n).verdict for n in (8, 9, 10)] == [REFUSE, PROMOTE, REFUSE]
    assert "serves 8 points, 9 are wanted" in index([], [], served=8).because


@pytest.mark.parametrize(
    ("has_live", "asked", "why"),
    [
        (False, 0, "no live release to compare with"), (False, 7, "no live release to compare with"),
        (True, 0, "no golden probe: search was not compared (add some to probes/)"),
        (True, 1, "no golden probe of unchanged documents: search was not compared"),
    ],
)  # fmt: skip
def test_what_was_not_compared_says_which_side_was_missing(has_live: bool, asked: int, why: str) -> None:
    ruling = judge_index(9, 9, [], [], has_live=has_live, asked=asked, max_loss=0.05, confidence=0.95, seed=17)
    assert (ruling.verdict, ruling.because) == (PROMOTE, f"all 9 points are in place; {why}")


def test_a_loss_refuses_only_when_it_lies_wholly_beyond_the_limit() -> None:
    live = [True] * 20
    assert index(live, [False] * 20, max_loss=0.999).verdict is REFUSE
    assert index(live, [False] * 20, max_loss=1.0).verdict is PROMOTE
    assert index(live, [True] * 18 + [False] * 2).verdict is PROMOTE
    lost = index(live, [True] * 5 + [False] * 15)
    assert lost.verdict is REFUSE
    assert lost.signal is not None
    assert lost.signal.high < -0.05
    assert "a fall of 5 points is allowed (gate.max_loss)" in lost.because


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=20))
def test_an_index_that_finds_no_less_is_never_refused(pairs: list[tuple[bool, bool]]) -> None:
    live, staged = [a for a, _ in pairs], [a or b for a, b in pairs]
    assert index(live, staged).verdict is PROMOTE


def test_a_retriever_must_gain_on_new_content() -> None:
    assert retriever((0, 20), (20, 20)).verdict is PROMOTE
    assert retriever((10, 10), (20, 20)).verdict is INCONCLUSIVE
    assert retriever((20, 0), (20, 20)).verdict is REFUSE
    assert retriever((0, 11), (11, 11), n=11).verdict is INCONCLUSIVE


def test_a_retriever_must_not_lose_on_unchanged_content() -> None:
    assert retriever((0, 20), (20, 19)).verdict is PROMOTE
    lost = retriever((0, 20), (20, 18))
    assert lost.verdict is REFUSE
    assert "that find their page: -10 points over 20 probes" in lost.because
    assert "a fall of 5 points is allowed (gate.max_loss)" in lost.because


FLAT = sides_of("derived", (20, 20), (20, 20))
LEARNED = sides_of("golden", (0, 20), (20, 20))


def test_what_proposed_a_training_judges_whether_it_was_worth_it() -> None:
    assert both(FLAT, LEARNED).verdict is INCONCLUSIVE
    promoted = both(FLAT, LEARNED, asked=True)
    assert promoted.verdict is PROMOTE
    assert "golden probes of new content that find their page: +100 points over 20 probes" in promoted.because
    derived = both(sides_of("derived", (0, 20), (20, 20)), sides_of("golden", (20, 20), (20, 20)))
    assert derived.verdict is PROMOTE
    assert "derived probes of new content that find their page: +100 points over 20 probes" in derived.because


def test_golden_probes_judge_from_the_least_number_on_and_where_derived_ones_are_fewer() -> None:
    few, enough = (sides_of("golden", (0, n), (20, 20), n=n) for n in (11, 12))
    assert [both(FLAT, golden, asked=True).verdict for golden in (few, enough)] == [INCONCLUSIVE, PROMOTE]
    short, long = (sides_of("derived", (n, n), (20, 20), n=n) for n in (11, 12))
    assert [both(derived, enough).verdict for derived in (short, long)] == [PROMOTE, INCONCLUSIVE]
    neither = both(short, few, asked=True)
    assert (neither.verdict, "11 derived and 11 held-out golden" in neither.because) == (INCONCLUSIVE, True)


def test_a_loss_of_either_kind_on_unchanged_content_refuses() -> None:
    derived = sides_of("derived", (20, 20), (20, 18))
    assert both(derived, LEARNED, asked=True).verdict is REFUSE
    golden = sides_of("golden", (0, 20), (20, 14))
    lost = both(FLAT, golden, asked=True)
    assert lost.verdict is REFUSE
    assert "golden probes of unchanged content that find their page: -30 points over 20 probes" in lost.because
    assert both(sides_of("derived", (0, 20), (20, 20)), golden).verdict is REFUSE, (
        "whichever kind proposed the training"
    )


@pytest.mark.parametrize(("left", "verdict"), [(17, PROMOTE), (16, REFUSE)])
def test_golden_probes_lost_by_chance_are_no_loss(left: int, verdict: Verdict) -> None:
    assert both(FLAT, sides_of("golden", (0, 20), (20, left)), asked=True).verdict is verdict


def test_the_worst_verdict_counts() -> None:
    rulings = [Ruling(verdict, "") for verdict in (PROMOTE, REFUSE, INCONCLUSIVE)]
    assert worst(rulings) is REFUSE
    assert worst([rulings[0], rulings[2]]) is INCONCLUSIVE
    assert worst(rulings[:1]) is PROMOTE
    assert worst([]) is None


def test_a_ruling_is_written_with_its_number() -> None:
    value = retriever((0, 20), (20, 20)).as_json()
    assert (value["verdict"], value["signal"]["n"], value["signal"]["value"]) == ("promote", 20, 1.0)


def measured(value: float, *, low: float | None = None) -> Signal:
    return Signal("m", value, "share", 200, value if low is None else low, 1.0)


def migration(overlap: float | None, recall: float | None, probes: int = 0) -> Ruling:
    signals = [None if x is None else measured(x) for x in (overlap, recall)]
    return judge_migration(*signals, probes, min_items=12, min_overlap=0.5, min_ann_recall=0.95)


def test_a_graph_that_recalls_too_little_is_refused() -> None:
    assert [migration(1.0, recall).verdict for recall in (0.949, 0.95)] == [REFUSE, PROMOTE]
    assert migration(1.0, 0.949, 50).verdict is REFUSE, "however many probes there are"
    assert "0.949" in migration(1.0, 0.949).because
    assert "below 0.950 (gate.min_ann_recall)" in migration(1.0, 0.949).because


def test_a_low_overlap_without_probes_is_for_a_person() -> None:
    assert [migration(overlap, 1.0).verdict for overlap in (0.499, 0.5)] == [INCONCLUSIVE, PROMOTE]
    wide = judge_migration(measured(0.6, low=0.49), None, 0, min_items=12, min_overlap=0.5, min_ann_recall=0.95)
    assert wide.verdict is INCONCLUSIVE, "what is not shown to reach the limit does not pass"


def test_enough_probes_rule_whatever_the_overlap() -> None:
    assert [migration(0.1, 1.0, probes).verdict for probes in (11, 12)] == [INCONCLUSIVE, PROMOTE]
    assert "0.100" in migration(0.1, 1.0, 12).because


def test_a_first_index_has_nothing_to_compare_with() -> None:
    assert migration(None, 1.0).verdict is migration(None, None).verdict is PROMOTE
    assert migration(None, 0.9).verdict is REFUSE
