"""The Prefect side: steps run as tasks with retries, failures are said, one writer at a time."""

import os
import urllib.request
from pathlib import Path
from urllib.error import URLError

import pytest
from prefect import flow
from prefect.testing.utilities import prefect_test_harness

from flows.embedded import TemporaryServer
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


def test_the_temporary_server_answers_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PREFECT_API_URL", "PREFECT_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")  # and put back what the server sets
    server = TemporaryServer(tmp_path / "prefect")
    server.start()
    url = os.environ["PREFECT_API_URL"]
    server.start()
    assert os.environ["PREFECT_API_URL"] == url, "a second start starts nothing"
    server.wait()
    with urllib.request.urlopen(f"{url}/health") as answer:  # noqa: S310 - http
        assert answer.status == 200
    server.stop()
    with pytest.raises(URLError):
        urllib.request.urlopen(f"{url}/health")  # noqa: S310 - http
    monkeypatch.delenv("PREFECT_API_URL")
    monkeypatch.delenv("PREFECT_HOME")


def test_a_prefect_of_the_users_own_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    server = TemporaryServer(tmp_path / "prefect")
    server.start()
    server.wait()
    assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:1/api"
    assert not (tmp_path / "prefect").exists()
