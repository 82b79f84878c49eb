"""Refresh on change, debounced: however many events arrive, one refresh re-lists the store."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pointsman.adapters.stores.open import local_folder
from pointsman.core.errors import ListingFailed
from pointsman.core.hashing import content_id, digest
from pointsman.settings.params import Params
from pointsman.steps.resources import Resources

REMOTE_POLL_SECONDS = 30.0
"""How often a store that cannot send events is listed, unless somebody says otherwise."""

PATIENCE = 10
"""A folder that never comes to rest is refreshed after this many times the debounce."""

FAILED = "listing failed"
"""What a listing that fails comes to."""


def local_folders(root: Path, params: Params) -> list[Path]:
    """Return the folders of this machine that a change may appear in."""
    places = [root / params.examples.path, root / params.probes.path, root / "params.yaml"]
    store = local_folder(params.store.url, root)
    return [place for place in (*places, *((store,) if store else ())) if place.exists()]


def changes(
    resources: Resources,
    root: Path,
    *,
    debounce_seconds: float,
    stop: Callable[[], bool],
    interval_seconds: float = REMOTE_POLL_SECONDS,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[int]:
    """Yield the number of events each time something has changed and then been quiet for ``debounce_seconds``.

    A store that is no folder of this machine sends no events: it is listed every ``interval_seconds``. A listing that
    begins to fail is told, and is a change: the refresh holds and puts it on record.
    """
    if local_folder(resources.params.store.url, root) is None:
        yield from _polled(resources, root, interval_seconds=interval_seconds, stop=stop, tell=tell)
        return
    from watchfiles import watch

    pause = int(debounce_seconds * 1000)
    for events in watch(
        *local_folders(root, resources.params),
        debounce=PATIENCE * pause,
        step=pause,
        rust_timeout=500,
        yield_on_timeout=True,
    ):
        if stop():
            return
        if events:
            yield len(events)


def _polled(
    resources: Resources, root: Path, interval_seconds: float, stop: Callable[[], bool], tell: Callable[[str], None]
) -> Iterator[int]:
    before = None
    while not stop():
        try:
            listed = [[entry.document, entry.tag] for entry in resources.store.listing()]
        except ListingFailed as error:
            tell(str(error))
            now = FAILED
        else:
            settings = (root / "params.yaml").read_bytes() if (root / "params.yaml").is_file() else b""
            now = content_id([listed, resources.examples.stamp(), resources.probes.stamp(), digest(settings)])
        if before not in (None, now):
            yield 1
        before = now
        time.sleep(interval_seconds)
