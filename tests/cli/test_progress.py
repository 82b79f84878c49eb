"""What is said of work that takes a while: how much is left, by the speed of this process alone."""

import io

import pytest
from rich.console import Console

from pointsman.cli import progress
from pointsman.cli.progress import Bars


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress.time, "monotonic", clock)
    return clock


def test_what_is_left_is_told_by_what_was_done_since_the_work_began(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    bars = Bars()
    bars("training, tokens", 0, 1000)
    clock.now += 10
    bars("training, tokens", 100, 1000)
    assert capsys.readouterr().err == "training, tokens: 100 of 1000, about 90 s left\n"


def test_what_an_earlier_process_did_is_no_speed_of_this_one(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    bars = Bars()
    bars("training, tokens", 800, 1000)
    clock.now += 10
    bars("training, tokens", 850, 1000)
    assert capsys.readouterr().err == "training, tokens: 850 of 1000, about 30 s left\n"


def test_a_bar_that_begins_half_way_has_no_speed_yet(clock: Clock) -> None:
    bars = Bars()
    bars._console = Console(file=io.StringIO(), force_terminal=True)
    bars("training, tokens", 800, 1000)
    assert bars._bars is not None
    task = bars._bars.tasks[0]
    assert (task.completed, task.speed) == (800, None)
    bars("training, tokens", 1000, 1000)


def test_work_that_is_quick_is_not_said(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    bars = Bars()
    for done in range(6):
        bars("answers", done, 5)
    assert capsys.readouterr().err == ""


def test_work_that_was_given_up_leaves_no_bar(clock: Clock) -> None:
    bars = Bars()
    bars._console = Console(file=io.StringIO(), force_terminal=True)
    bars("read documents", 7, 10)
    shown = bars._bars
    bars.close()
    assert shown is not None
    assert not shown.live.is_started
    assert bars._bars is None
    bars("read documents", 1, 2)
    assert bars._bars is not None
    bars.close()


def test_without_a_terminal_a_stage_is_named_when_nothing_was_said_for_a_while(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    bars = Bars()
    clock.now += progress.SAY_EVERY_SECONDS
    bars("observe", 0, 1)
    assert capsys.readouterr().err == ""
    clock.now += 0.1
    bars("stage", 0, 1)
    bars("assess", 0, 1)
    clock.now += 12
    bars("assess", 1, 1)
    assert capsys.readouterr().err == "stage …\nassess: done after 12 s\n"
