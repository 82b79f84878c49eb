"""An approval is a ceiling: the change that a person has seen may pass, and nothing beyond it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

AT_LEAST = frozenset({"guard.bytes"})
"""Guards whose approved value is a floor: fewer bytes than were approved are another change."""
EXACTLY = frozenset({"guard.rolled_back", "guard.listing"})
"""Guards whose approved value is that one and no other."""

Seen = Mapping[str, int | str]
"""Document → what a person saw of it: its bytes, which may not grow, or the digest of its text, which must stay."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How far an approval goes for one guard."""

    value: Any
    """The guard's value when it was approved."""
    documents: Seen | None = None
    """The documents that it names, as they were seen; None where the guard only counts."""

    def as_json(self) -> dict[str, Any]:
        """Return the ceiling as a JSON value."""
        return {"value": self.value, "documents": None if self.documents is None else dict(self.documents)}

    def outside(self, documents: Seen) -> int:
        """Return how many of ``documents`` it does not name, or names with another text or with fewer bytes."""
        if self.documents is None:
            return 0
        return sum(not _within(now, self.documents.get(document)) for document, now in documents.items())


@dataclass(frozen=True, slots=True)
class Approved:
    """The part of an approval that a decision looks at."""

    decision: str
    """Id of the held decision that a person approved."""
    by: str
    ceilings: Mapping[str, Any] = field(default_factory=dict)
    """Guard → value when it was approved."""
    outside: Mapping[str, int] = field(default_factory=dict)
    """Guard → documents that it stops now and that were not approved."""

    def covers(self, guard: str) -> bool:
        """Tell whether the approval names this guard."""
        return guard in self.ceilings

    def exceeded(self, guard: str, value: Any, *, what: str = "approved") -> str | None:
        """Return None when ``value`` is within the ceiling, else both values in words.

        ``what`` says what was done to the ceiling: approved, or held.
        """
        ceiling, outside = self.ceilings[guard], self.outside.get(guard, 0)
        if guard in EXACTLY:
            return None if value == ceiling and not outside else f"{value} is not the {ceiling} {what}"
        if guard in AT_LEAST:
            return None if value >= ceiling else f"{value} is less than the {ceiling} {what}"
        if value > ceiling:
            return f"{value} is more than the {ceiling} {what}"
        return f"{outside} of these {value} are not among the {ceiling} {what}" if outside else None


def beyond(held: Mapping[str, Ceiling], values: Mapping[str, Any], documents: Mapping[str, Seen]) -> list[str]:
    """Return where ``values`` and ``documents`` of now exceed the ceilings of ``held``, a sentence each."""
    approved = approval_of("", "", held, documents)
    found = []
    for guard, value in values.items():
        over = (
            approved.exceeded(guard, value, what="held")
            if approved.covers(guard)
            else f"{value}, and this guard did not stop the change then"
        )
        if over is not None:
            found.append(f"{guard}: {over}")
    return found


def approval_of(decision: str, by: str, ceilings: Mapping[str, Ceiling], documents: Mapping[str, Seen]) -> Approved:
    """Return the part of an approval that a decision may look at, against the ``documents`` of each guard now."""
    return Approved(
        decision=decision,
        by=by,
        ceilings={guard: ceiling.value for guard, ceiling in ceilings.items()},
        outside={
            guard: outside
            for guard, ceiling in ceilings.items()
            if (outside := ceiling.outside(documents.get(guard, {})))
        },
    )


def _within(now: int | str, then: int | str | None) -> bool:
    """Return whether a document is as it was seen: the same text, or no more bytes."""
    if isinstance(now, int) and isinstance(then, int):
        return now <= then
    return now == then


def ceiling_of_names(documents: Collection[str]) -> dict[str, int | str]:
    """Return documents as a ceiling names them where their size does not matter."""
    return dict.fromkeys(sorted(documents), 0)
