"""The Prefect flows: steps are tasks with retries, failures are reported, and one process writes at a time."""

import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from prefect import flow
from prefect.artifacts import Artifact
from prefect.testing.utilities import prefect_test_harness

from pointsman.bootstrap.workspace import sole_writer
from pointsman.core.errors import IndexBusy, ListingFailed, UsageError
from pointsman.flows.local_server import TemporaryServer
from pointsman.flows.refresh import as_task, refresh_flow
from tests.fakes.resources import FakeResources, begun, fake_resources, live_id, pages


@pytest.fixture(scope="module", autouse=True)
def harness() -> object:
    with prefect_test_harness(server_startup_timeout=240):
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
    monkeypatch.setattr("pointsman.bootstrap.workspace.WRITER_PATIENCE_SECONDS", 0.1)
    said = r"another refresh .*process \d+ on .* \(forget\), since \d{4}-"
    with sole_writer(tmp_path, does="forget"), pytest.raises(IndexBusy, match=said), sole_writer(tmp_path):
        pass


def test_the_temporary_server_answers_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PREFECT_API_URL", "PREFECT_HOME", "PREFECT_LOGGING_LEVEL"):
        monkeypatch.setenv(name, "")  # so that whatever the server sets is put back
        monkeypatch.delenv(name)
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


def test_a_prefect_of_the_users_own_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    server = TemporaryServer(tmp_path / "prefect")
    server.start()
    server.wait()
    assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:1/api"
    assert not (tmp_path / "prefect").exists()


@pytest.fixture
def lent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeResources:
    """Return fake ports that the flow opens instead of the workspace's."""
    resources = begun(fake_resources(tmp_path, pages(30)))

    @contextmanager
    def lend(*_: Any) -> Iterator[FakeResources]:
        yield resources

    monkeypatch.setattr("pointsman.flows.refresh.open_resources", lend)
    return resources


def artefact() -> str:
    found = Artifact.get("pointsman-decision")
    assert found is not None
    return str(found.data)


def test_a_listing_that_goes_on_failing_is_held_after_the_retries_and_leaves_an_artefact(
    lent: FakeResources, tmp_path: Path
) -> None:
    lent.store.unreachable, before = "no route to host", lent.store.listings
    report = refresh_flow(root=str(tmp_path))
    assert (report["exit_code"], report["release"]) == (3, live_id(lent))
    assert lent.store.listings - before == 1 + 3, "a look and three tries"
    assert "guard.listing_error" in artefact()
    assert "cannot be approved" in artefact()


def test_a_hold_leaves_an_artefact_with_the_way_out_and_the_flow_can_approve_it(
    lent: FakeResources, tmp_path: Path
) -> None:
    for nth in range(12):
        lent.store.remove(f"doc{nth:02d}.md")
    assert refresh_flow(root=str(tmp_path))["exit_code"] == 3
    assert "# hold" in artefact()
    assert "`pointsman approve` lets this change pass" in artefact()
    assert refresh_flow(root=str(tmp_path), approved=True)["exit_code"] == 0
    assert "approved with decision" in artefact()
