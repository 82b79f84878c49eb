"""The central law: any history of edits, crashes, repeats and rollbacks ends equal to a build from scratch.

And at every moment between, the live release serves the whole content of its own manifest, never a mixture. Where a
passage stands in its source is part of that, to the character of the bytes that the manifest names. A document that has
changed in white space alone since then is served from the bytes before: of it only the places differ from a build from
scratch.
``POINTSMAN_HISTORIES=2000`` draws so many histories instead of the few of every run.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings

from tests.laws.histories import (
    STEPS,
    WIDE,
    Op,
    converges,
    days,
    odds,
    settled,
)

HISTORIES = int(os.environ.get("POINTSMAN_HISTORIES", "60"))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


some = settings(max_examples=HISTORIES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@some
@given(history=days(odds))
@example(history=[("write", "a.md", (1,)), ("die before", "assess"), ("take back", "a.md"), ("write", "b.md", (2,))])
def test_any_history_ends_equal_to_a_build_from_scratch(scratch: Path, history: list[Op]) -> None:
    converges(scratch, history)


@some
@given(history=days(odds, settled))
@example(history=[("corrupt", "a.md"), ("cut otherwise", WIDE)])
@example(history=[("corrupt", "a.md"), ("cut otherwise", WIDE), ("refresh", False), ("take back", "a.md")])
@example(history=[("write", "a.md", (3,)), ("refresh", False), ("roll back",), ("take back", "a.md"),
                  ("maintain", True), ("write", "a.md", (3,))])  # fmt: skip
def test_nights_of_maintenance_change_nothing_about_it(scratch: Path, history: list[Op]) -> None:
    converges(scratch, history)


@pytest.mark.parametrize("fatal", STEPS)
@pytest.mark.parametrize("landed", [0.0, 0.5, 1.0])
def test_a_crash_at_any_step_and_any_write_of_one_busy_change_is_made_good(
    scratch: Path, fatal: str, landed: float
) -> None:
    edited: list[Op] = [
        ("write", "a.md", (0, 3, 2)),
        ("remove", "b.md"),
        ("write", "d.md", (2, 3)),
        ("metadata", "a.md", "all"),
    ]
    crashes: list[Op] = [("die before", fatal)]
    crashes += [("index fails", call, nth, landed) for call in ("upsert", "retire", "delete") for nth in (1, 2)]
    converges(scratch, [*edited, *crashes, ("ledger fails", "swap", 1, landed)])
