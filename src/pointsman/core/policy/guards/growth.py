"""Documents that grew far beyond their size."""

from collections.abc import Collection, Iterator, Mapping

from pointsman.core.corpus.manifest import Manifest
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.alarm import Alarm
from pointsman.core.policy.holds import GROWN
from pointsman.core.policy.limits import Limits
from pointsman.core.wording import count


def grown_beyond(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm at documents that grew far beyond their size."""
    grown, most = evidence.guards.grown, evidence.guards.most_grown
    if most is None:
        return
    document, before, now = most
    others = f", and {count(grown - 1, 'more document')} grew as much" if grown > 1 else ""
    sentence = (
        f"{document!r} grew from {before} to {now} bytes{others}; more than {limits.guard.growth_factor:g} times the "
        f"live size and more than {limits.guard.growth_bytes} bytes need a person"
    )
    yield Alarm(GROWN, grown, 0, sentence)


def grown_documents(
    live: Manifest, now: Manifest, changed: Collection[str], *, factor: float, floor: int
) -> dict[str, tuple[int, int]]:
    """Return those of ``changed`` that grew more than ``factor``-fold and beyond ``floor``: bytes before, bytes now."""
    sizes = {document: (live.entries[document].size, now.entries[document].size) for document in changed}
    return {d: (before, size) for d, (before, size) in sizes.items() if size > floor and size > factor * before}


def most_grown(documents: Mapping[str, tuple[int, int]]) -> tuple[str, int, int] | None:
    """Return the document that grew by the largest factor; ties go by name."""
    worst = min(documents.items(), key=lambda item: (-item[1][1] / max(1, item[1][0]), item[0]), default=None)
    return (worst[0], *worst[1]) if worst else None
