"""Refresh on change, debounced: however many events arrive, one refresh re-lists the store."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pointsman.core.errors import ListingFailed
from pointsman.core.identity import content_id
from pointsman.settings import Params
from pointsman.steps.desk import Desk

REMOTE_POLL_SECONDS = 30.0
"""How often a store that cannot send events is listed."""


def local_folders(root: Path, params: Params) -> list[Path]:
    """Return the folders of this machine that a change may appear in."""
    places = [root / params.examples.path, root / params.probes.path, root / "params.yaml"]
    if "://" not in params.store.url:
        places.append(root / params.store.url)
    return [place for place in places if place.exists()]


def changes(desk: Desk, root: Path, *, debounce_seconds: float, stop: Callable[[], bool]) -> Iterator[int]:
    """Yield the number of events each time something has changed and then been quiet for ``debounce_seconds``."""
    if "://" in desk.params.store.url:
        yield from _polled(desk, stop)
        return
    from watchfiles import watch

    pause = int(debounce_seconds * 1000)
    for events in watch(
        *local_folders(root, desk.params), debounce=pause, step=min(pause, 200), rust_timeout=500, yield_on_timeout=True
    ):
        if stop():
            return
        if events:
            yield len(events)


def _state(desk: Desk) -> str:
    """Return what the listing shows; a listing that fails is a state too, for the refresh to hold and put on record."""
    try:
        return content_id([[listed.document, listed.tag] for listed in desk.store.listing()])
    except ListingFailed:
        return "listing failed"


def _polled(desk: Desk, stop: Callable[[], bool]) -> Iterator[int]:
    before = None
    while not stop():
        now = _state(desk)
        if before is not None and now != before:
            yield 1
        before = now
        time.sleep(REMOTE_POLL_SECONDS)
