"""A store that sends no events is listed repeatedly; a listing that fails does not end the watch."""

import threading
import time
from collections.abc import Callable

import pytest

from pointsman.bootstrap.watch import changes
from pointsman.core.errors import UsageError
from pointsman.settings.params import Store
from tests.fakes.resources import FakeResources, page

Opened = Callable[..., FakeResources]


def test_a_listing_that_fails_and_one_that_works_again_are_a_change_each(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = opened(3, store=Store("memory://somewhere"))
    seen: list[str] = []
    story = iter(["quiet", "edit", "away", "still away", "back", "end"])

    def turn(_: float) -> None:
        seen.append(next(story))
        if seen[-1] == "edit":
            resources.store.write("doc01.md", page(11))
        resources.store.unreachable = "no route to host" if "away" in seen[-1] else None

    monkeypatch.setattr("pointsman.bootstrap.watch.time.sleep", turn)
    changed = [
        seen[-1]
        for _ in changes(
            resources, resources.scratch, debounce_seconds=1.0, stop=lambda: bool(seen) and seen[-1] == "end"
        )
    ]
    assert changed == ["edit", "away", "back"]


def test_a_branch_that_is_away_for_a_moment_does_not_end_the_watch(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = opened(3, store=Store("memory://somewhere"))
    seen: list[str] = []
    warned: list[str] = []
    story, listing = iter(["quiet", "away", "back", "end"]), resources.store.listing

    def listed() -> object:
        if seen and seen[-1] == "away":
            raise UsageError("there is no branch 'main'")
        return listing()

    monkeypatch.setattr(resources.store, "listing", listed)
    monkeypatch.setattr("pointsman.bootstrap.watch.time.sleep", lambda _: seen.append(next(story)))
    changed = [
        seen[-1]
        for _ in changes(
            resources,
            resources.scratch,
            debounce_seconds=1.0,
            stop=lambda: bool(seen) and seen[-1] == "end",
            warn=warned.append,
        )
    ]
    assert (changed, warned) == (["away", "back"], ["there is no branch 'main'"])


def test_ten_thousand_events_are_one_refresh(opened: Opened) -> None:
    resources = opened(3, store=Store("documents"))
    folder = resources.scratch / "documents"
    folder.mkdir(parents=True)
    seen: list[int] = []
    over = threading.Event()

    def watch() -> None:
        for events in changes(resources, resources.scratch, debounce_seconds=1.0, stop=over.is_set):
            seen.append(events)  # noqa: PERF402 - each as it comes, for another thread looks on

    def wait_for(refreshes: int) -> None:
        deadline = time.monotonic() + 60
        while len(seen) < refreshes and time.monotonic() < deadline:
            time.sleep(0.05)

    watching = threading.Thread(target=watch)
    watching.start()
    for number in range(100):  # until the watcher is there
        (folder / f"first{number:03}.md").touch()
        time.sleep(0.02)
    wait_for(1)
    before = len(seen)
    for number in range(10_000):
        (folder / f"{number:05}.md").touch()
    wait_for(before + 1)
    over.set()
    watching.join(60)
    assert [n >= 10_000 for n in seen[before:]] == [True]
