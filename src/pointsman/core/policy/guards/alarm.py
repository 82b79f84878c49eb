"""An alarm: one guard that stops a change, with its value, its limit and a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.holds import HOLDS, LISTING_ERROR
from pointsman.core.wording import percent


@dataclass(frozen=True, slots=True)
class Alarm:
    """A guard that stops the change."""

    signal: str
    value: Any
    limit: Any
    because: str

    @property
    def code(self) -> str:
        """The hold's stable code, ``PM-H`` and two digits."""
        return HOLDS[self.signal].code

    @property
    def way_out(self) -> str:
        """What ends the hold without a person's approval."""
        return HOLDS[self.signal].what_to_do

    @property
    def approvable(self) -> bool:
        """Whether a person may approve it: not a store that could not be listed."""
        return self.signal != LISTING_ERROR


def person(most: int, share: float, otherwise: str = "") -> str:
    """Return the half sentence that names a count and a share, beyond which a person must look."""
    return f"more than {most} and more than {percent(share)}{otherwise} need a person"


def since(evidence: Evidence) -> str:
    """Return from which release on a loss is counted, as a half sentence; empty where it is the live one."""
    release = evidence.guards.since_release
    return f" since release {release}" if release else ""


def named(documents: Sequence[str]) -> str:
    """Return some documents as examples, in brackets; empty without one."""
    return f" (such as {', '.join(repr(document) for document in documents)})" if documents else ""
