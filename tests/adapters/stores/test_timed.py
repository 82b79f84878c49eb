"""A store that does not answer is an error after some time, with the limit and the way out."""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pointsman.adapters.stores.git import command
from pointsman.adapters.stores.git.command import GitFailed, git
from pointsman.adapters.stores.open import configured_store
from pointsman.adapters.stores.timed import TimedStore
from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import ListingFailed
from pointsman.settings.params import Store
from tests.fakes.store import FakeStore


class SilentStore(FakeStore):
    """A store whose server takes the question and never answers."""

    answer = threading.Event()

    def listing(self) -> Iterator[Listed]:
        self.answer.wait()
        return super().listing()


def timed(store: FakeStore, seconds: float = 20) -> TimedStore:
    return TimedStore(store, name="s3://bucket", seconds=seconds)


def test_a_listing_that_does_not_end_fails_and_says_the_limit_and_the_way_out() -> None:
    store = SilentStore()
    with pytest.raises(ListingFailed) as told:
        timed(store, 0.05).listing()
    store.answer.set()
    assert str(told.value) == (
        "listing s3://bucket takes over 0.05 s, which is the limit; nothing is known about what the store holds, so "
        "nothing was changed; look whether it answers, or raise store.max_seconds"
    )


def test_a_listing_in_time_is_what_the_store_lists() -> None:
    store = FakeStore({"b.md": "b", "a.md": "a"})
    assert list(timed(store).listing()) == list(store.listing())


def test_an_error_of_the_store_comes_through() -> None:
    store = FakeStore()
    store.unreachable = "no route"
    with pytest.raises(ListingFailed, match="no route"):
        timed(store).listing()


def test_everything_else_is_the_stores_own() -> None:
    store = FakeStore({"a.md": "a"})
    store.commit, store.passed_over = "c0ffee", {".png": 2}
    wrapped = timed(store)
    list(wrapped.listing())
    found: tuple[bytes, Mapping[str, int], str | None] = (wrapped.read("a.md"), wrapped.unread(), wrapped.version())
    assert found == (b"a", {".png": 2}, "c0ffee")


def test_the_message_holds_no_password(tmp_path: Path) -> None:
    store = configured_store(Store("git+https://me:hunter22@example.com/x.git@main", max_seconds=1), tmp_path)
    assert isinstance(store, TimedStore)
    assert (store._name, store._seconds) == ("git+https://example.com/x.git@main", 1)


def test_a_git_command_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "LONGEST_SECONDS", 0.2)
    monkeypatch.setattr(command, "command", lambda *_: ["sleep", "600"])
    with pytest.raises(GitFailed, match=r"git fetch takes over 0\.2 s"):
        git(tmp_path, "fetch")
