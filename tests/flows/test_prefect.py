"""The Prefect side: steps run as tasks with retries, failures are said, one writer at a time."""

from pathlib import Path

import pytest
from prefect import flow
from prefect.testing.utilities import prefect_test_harness

from flows.embedded import orphans
from flows.refresh import as_task
from flows.wiring import sole_writer
from pointsman.core.errors import IndexBusy, ListingFailed, UsageError


@pytest.fixture(scope="module", autouse=True)
def harness() -> object:
    with prefect_test_harness():
        yield


def test_a_step_that_cannot_reach_the_store_is_tried_again() -> None:
    calls: list[int] = []

    def observe() -> str:
        calls.append(1)
        if len(calls) < 3:
            raise ListingFailed("the store is away")
        return "seen"

    @flow
    def once() -> str:
        return as_task("observe", observe)

    assert once() == "seen"
    assert len(calls) == 3


def test_a_wrong_configuration_is_not_tried_again() -> None:
    calls: list[int] = []

    def observe() -> None:
        calls.append(1)
        raise UsageError("no such folder")

    @flow
    def once() -> None:
        as_task("observe", observe)

    with pytest.raises(UsageError, match="no such folder"):
        once()
    assert len(calls) == 1


def test_a_second_writer_is_turned_away_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.wiring.WRITER_PATIENCE_SECONDS", 0.1)
    with sole_writer(tmp_path), pytest.raises(IndexBusy, match="another refresh"), sole_writer(tmp_path):
        pass


def test_no_process_of_ours_is_taken_for_an_orphan(tmp_path: Path) -> None:
    assert list(orphans(tmp_path)) == []
