"""A store that cannot send events is listed again and again; one listing that fails does not end the watch."""

from collections.abc import Callable

import pytest

from flows.watch import changes
from pointsman.settings import Store
from tests.fakes.desk import FakeDesk, page

Opened = Callable[..., FakeDesk]


def test_a_listing_that_fails_and_one_that_works_again_are_a_change_each(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = opened(3, store=Store("memory://somewhere"))
    seen: list[str] = []
    story = iter(["quiet", "edit", "away", "still away", "back", "end"])

    def turn(_: float) -> None:
        seen.append(next(story))
        if seen[-1] == "edit":
            desk.store.write("doc01.md", page(11))
        desk.store.unreachable = "no route to host" if "away" in seen[-1] else None

    monkeypatch.setattr("flows.watch.time.sleep", turn)
    told = [
        seen[-1]
        for _ in changes(desk, desk.scratch, debounce_seconds=1.0, stop=lambda: bool(seen) and seen[-1] == "end")
    ]
    assert told == ["edit", "away", "back"]
