"""Watch for changes, debounced: many events together cause one refresh, which lists the store."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pointsman.adapters.stores.open import local_folder
from pointsman.core.errors import ListingFailed, UsageError
from pointsman.core.hashing import content_id, digest
from pointsman.settings.params import Params
from pointsman.steps.resources import Resources

REMOTE_POLL_SECONDS = 30.0
"""How often a store that sends no events is listed, by default."""

PATIENCE = 10
"""A folder that changes all the time is refreshed after this many times the debounce."""

FAILED = "listing failed"
"""Stands for the state of a store that cannot be listed."""


def local_folders(root: Path, params: Params) -> list[Path]:
    """Return the folders and files of this machine to watch, those that exist."""
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
    warn: Callable[[str], None] = lambda _: None,
) -> Iterator[int]:
    """Yield the number of events each time something changed and then nothing for ``debounce_seconds``.

    A store that is not a folder of this machine sends no events: it is listed every ``interval_seconds``. A listing
    that begins to fail is reported by ``warn`` and counts as a change: the refresh holds and records it.
    """
    if local_folder(resources.params.store.url, root) is None:
        yield from _polled(resources, root, interval_seconds=interval_seconds, stop=stop, warn=warn)
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
    resources: Resources, root: Path, *, interval_seconds: float, stop: Callable[[], bool], warn: Callable[[str], None]
) -> Iterator[int]:
    before = None
    while not stop():
        try:
            listed = [[entry.document, entry.tag] for entry in resources.store.listing()]
        except (ListingFailed, UsageError) as error:  # a branch that is away is a wrong store.url for a moment
            warn(str(error))
            now = FAILED
        else:
            settings = (root / "params.yaml").read_bytes() if (root / "params.yaml").is_file() else b""
            now = content_id([listed, resources.examples.stamp(), resources.probes.stamp(), digest(settings)])
        if before not in (None, now):
            yield 1
        before = now
        time.sleep(interval_seconds)
