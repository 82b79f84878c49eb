"""Read documents again although their version tags are unchanged: each at least once in ``store.verify_days`` days.

A tag can miss an edit: a tool that keeps size and times, a disk that lost a bit, a server with coarse times. Every
document has a fixed place in a cycle, by a hash of its id. A run reads those whose places the time has passed since the
last run that did this. So the reading is spread evenly over the days, and one number is all that is kept.
"""

from dataclasses import dataclass

from pointsman.core.hashing import digest
from pointsman.ports.stores import DocumentStore
from pointsman.ports.workspace import Memory

VERIFIED = "verified"
"""Memory key: when the last run read documents again, in seconds since the epoch."""
STEPS = 30
"""Parts of the days: no run reads documents again sooner than one part after the last, so that most runs read none."""
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Sweep:
    """The documents that are due."""

    start: float = 0.0
    """Place in the cycle where the due part begins, 0 to 1."""
    share: float = 0.0
    """Length of the due part, 0 to 1; 0: nothing is due."""

    def __contains__(self, document: object) -> bool:
        """Return whether a document is due."""
        return self.share > 0 and (_place_of(str(document)) - self.start) % 1.0 < self.share


NOTHING_DUE = Sweep()


def sweep_due(memory: Memory, store: DocumentStore, *, days: float | None, now: float) -> Sweep:
    """Return the documents that are due at ``now``; none for a store whose tags are digests of the content (git)."""
    last = memory.get(VERIFIED).get("at")
    if days is None or not isinstance(last, int | float) or now < last + days * DAY / STEPS:
        return NOTHING_DUE
    if store.version() is not None:
        return NOTHING_DUE
    cycle = days * DAY * (STEPS - 1) / STEPS  # a part less than the days: a run comes up to a part late
    return Sweep((last / cycle) % 1.0, min(1.0, (now - last) / cycle))


def record_sweep(memory: Memory, done: Sweep, *, anew: bool, now: float) -> None:
    """Store that the due documents were read at ``now``; ``anew`` where all were read, or the clock began."""
    last = memory.get(VERIFIED).get("at")
    if anew or done.share > 0 or not isinstance(last, int | float) or last > now:
        memory.put(VERIFIED, {"at": now})


def _place_of(document: str) -> float:
    """Return the place of a document in the cycle, 0 to 1."""
    return int(digest(document)[:13], 16) / 16**13
