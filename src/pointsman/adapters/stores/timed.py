"""A document store whose listing ends: a server or a disk that does not answer is an error after some time."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import ListingFailed
from pointsman.ports.stores import DocumentStore


@dataclass
class _Outcome:
    """What became of a listing."""

    entries: list[Listed] | None = None
    error: BaseException | None = None
    ended: threading.Event = field(default_factory=threading.Event)


class TimedStore:
    """Another store, whose listing may take a number of seconds."""

    def __init__(self, store: DocumentStore, *, name: str, seconds: float) -> None:
        """Take the store, its name for messages, and the seconds that one listing may take."""
        self._store, self._name, self._seconds = store, name, seconds

    def listing(self) -> Iterator[Listed]:
        """Yield what the store lists.

        The listing runs in a thread, for a call that waits for a disk or a server cannot be broken off. After the time
        nobody waits for it any more; it ends with the process.

        Raises:
            ListingFailed: the store cannot be listed, or does not answer in time.
        """
        outcome = _Outcome()
        threading.Thread(target=self._list, args=(outcome,), name="listing", daemon=True).start()
        if not outcome.ended.wait(self._seconds):
            raise ListingFailed(
                f"listing {self._name} takes over {self._seconds:g} s, which is the limit; nothing is known about what "
                "the store holds, so nothing was changed; look whether it answers, or raise store.max_seconds"
            )
        if outcome.error is not None:
            raise outcome.error
        return iter(outcome.entries or ())

    def _list(self, outcome: _Outcome) -> None:
        try:
            outcome.entries = list(self._store.listing())
        except BaseException as error:  # noqa: BLE001 - the thread that waits raises it
            outcome.error = error
        finally:
            outcome.ended.set()

    def read(self, document: str) -> bytes:
        """Return the bytes of a listed document; see ``DocumentStore``."""
        return self._store.read(document)

    def unread(self) -> Mapping[str, int]:
        """Return what no pattern takes; see ``DocumentStore``."""
        return self._store.unread()

    def version(self) -> str | None:
        """Return the version of the last listing; see ``DocumentStore``."""
        return self._store.version()
