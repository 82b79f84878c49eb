"""The learning rate, the validation split, and when a training stops early."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.training.report import TrainingReport, summary_line
from pointsman.core.training.schedule import Evaluation, best, patience_used_up, rate, split_for_validation

REPORT = TrainingReport(
    tokens=900, completion_tokens=90, steps=6, seconds=3.0, tokens_per_second=300.0, peak_memory_bytes=1, losses=(1.0,),
    step_tokens=(900,), validation=(), best_step=None, stopped_early=False, resumed_from=0, held_out_loss_before=None,
    held_out_loss_after=None, data_fingerprint="d", adapter_fingerprint="a",
)  # fmt: skip


def evaluated(*losses: float) -> list[Evaluation]:
    return [Evaluation(step, 10 * step, loss) for step, loss in enumerate(losses, start=1)]


@pytest.mark.parametrize(
    ("losses", "patience", "expected"),
    [
        ((), 1, False),
        ((3.0,), 1, False),
        ((3.0, 2.9), 1, False),
        ((3.0, 3.0), 1, True),
        ((3.0, 3.1), 1, True),
        ((3.0, 3.1), 2, False),
        ((3.0, 3.1, 3.2), 2, True),
        ((3.0, 3.1, 2.9), 2, False),
        ((3.0, 2.0, 2.5, 1.9, 2.0, 2.0), 2, True),
        ((3.0, 3.1, 3.2, 3.3), 0, False),
    ],
)
def test_a_training_stops_when_its_patience_is_used_up(
    losses: tuple[float, ...], patience: int, expected: bool
) -> None:
    assert patience_used_up(evaluated(*losses), patience) is expected


def test_the_best_evaluation_is_the_lowest_and_the_earliest_of_equals() -> None:
    found = best(evaluated(3.0, 2.0, 2.5, 2.0))
    assert found is not None
    assert found.step == 2
    assert best([]) is None


@given(
    st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=60),
    st.floats(0.01, 0.5),
    st.integers(0, 5),
)
def test_no_document_is_in_both_splits_and_nothing_is_lost(groups: list[str], share: float, seed: int) -> None:
    taught, judged = split_for_validation(groups, share, seed)
    assert sorted([*taught, *judged]) == list(range(len(groups)))
    assert not {groups[i] for i in taught} & {groups[i] for i in judged}
    assert taught
    assert (taught, judged) == split_for_validation(groups, share, seed)


def test_about_the_share_is_put_aside_and_another_seed_puts_others_aside() -> None:
    groups = [str(i // 2) for i in range(200)]
    _, judged = split_for_validation(groups, 0.1, 17)
    assert len(judged) == 20
    assert split_for_validation(groups, 0.1, 18)[1] != judged


def test_one_group_alone_is_all_trained_on() -> None:
    assert split_for_validation(["a"] * 9, 0.1, 1) == (list(range(9)), [])


def test_a_summary_line_names_what_was_not_as_planned() -> None:
    assert summary_line(REPORT) == "900 tokens in 3.0 s (300 a second)"
    odd = replace(REPORT, resumed_from=4, stopped_early=True, best_step=5, notes=("the disk was full",))
    assert summary_line(odd).endswith(
        "; resumed after step 4; stopped early at step 6, the best was step 5; the disk was full"
    )


@pytest.mark.parametrize("steps", [1, 2, 9, 24, 1000])
def test_the_learning_rate_rises_once_and_falls_to_almost_nothing(steps: int) -> None:
    rates = [rate(step, steps) for step in range(steps)]
    top = rates.index(max(rates))
    assert max(rates) == pytest.approx(1.0)
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert min(rates) > 0
