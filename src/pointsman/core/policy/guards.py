"""Guards: what looks like an accident is held until the store, or a person, says that it is none."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pointsman.core.corpus.manifest import Manifest
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits

LISTING, LISTING_ERROR, REMOVED, BYTES, NEAR, CROWD, CONTRADICTING, GROWN, REFUSED, ROLLED_BACK = (
    "guard.listing", "guard.listing_error", "guard.removed", "guard.bytes", "guard.near_duplicates", "guard.crowd",
    "guard.contradicting", "guard.grown", "guard.refused", "guard.rolled_back",
)  # fmt: skip

APPROVE = "`pointsman approve` takes this change and nothing beyond it (`pointsman refresh --yes`: what it lists now)"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A guard that speaks up."""

    signal: str
    value: Any
    limit: Any
    because: str
    way_out: str
    """What releases the hold without a person's approval."""
    approvable: bool = True


@dataclass(frozen=True, slots=True)
class Stop:
    """An alarm after it was held against what a person has approved."""

    signal: str
    value: Any
    limit: Any
    because: str
    passed: bool
    """Whether an approval lets it pass."""
    flips: tuple[str, ...] = ()
    """What would release the hold."""


def stops(evidence: Evidence, limits: Limits) -> tuple[Stop, ...]:
    """Return every guard that speaks up, and whether an approval lets it pass."""
    return tuple(_judged(alarm, evidence) for alarm in alarms(evidence, limits))


def alarms(evidence: Evidence, limits: Limits) -> tuple[Alarm, ...]:
    """Return every guard that speaks up, approved or not; a store that was not listed proves nothing else."""
    if evidence.listing_error is not None:
        return (_listing_error(evidence.listing_error),)
    found = list(_rolled_back(evidence))
    if not evidence.has_live or not evidence.live_documents:
        return tuple(found)
    if evidence.listed_documents == 0:
        sentence = "the store lists no document at all"
        return (Alarm(LISTING, 0, 1, sentence, "a listing that shows the documents again releases the hold"), *found)
    checks = (_removed, _bytes, _near_copies, _crowd, _contradicting, _grown, _refused)
    return (*(alarm for check in checks for alarm in check(evidence, limits)), *found)


def _judged(alarm: Alarm, evidence: Evidence) -> Stop:
    """Hold an alarm against the approval there is."""
    approval, because, passed = evidence.approval, alarm.because, False
    if evidence.approved and alarm.approvable:
        because, passed = f"{because}; approved by a person", True
    elif approval is not None and alarm.approvable and approval.covers(alarm.signal):
        over = approval.exceeded(alarm.signal, alarm.value)
        of = f"decision {approval.decision} by {approval.by}"
        passed = over is None
        because = f"{because}; approved as {of}" if over is None else f"{because}; {over} with {of}"
    flips = () if passed else (f"{APPROVE}; {alarm.way_out}" if alarm.approvable else alarm.way_out,)
    return Stop(alarm.signal, alarm.value, alarm.limit, because, passed, flips)


def _listing_error(error: str) -> Alarm:
    way_out = "a listing that works releases the hold by itself; it cannot be approved, for nobody knows what it hides"
    return Alarm(LISTING_ERROR, error, None, f"the store could not be listed: {error}", way_out, approvable=False)


def _rolled_back(evidence: Evidence) -> Iterator[Alarm]:
    if evidence.rolled_back is not None:
        sentence = f"this would make again what was rolled back from release {evidence.rolled_back}"
        way_out = "any other change of documents, examples or configuration releases the hold"
        yield Alarm(ROLLED_BACK, evidence.rolled_back, None, sentence, way_out)


def _removed(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    removed, live = evidence.changes.get("removed", 0), evidence.live_documents
    if _beyond(removed, live, limits.removed_count, limits.removed_share):
        sentence = (
            f"{removed} of {live} documents ({removed / live:.0%}) are gone; "
            f"more than {limits.removed_count} and more than {limits.removed_share:.0%} need a person"
        )
        yield Alarm(
            REMOVED, removed, limits.removed_count, sentence, "restoring the documents in the store releases the hold"
        )


def _bytes(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """A corpus of a few files may halve on any day: beyond ``min_documents`` live ones the share says something."""
    least, live, now = limits.min_bytes_share, evidence.live_bytes, evidence.served_bytes
    if least is None or limits.min_documents is None or evidence.live_documents <= limits.min_documents:
        return
    if now < least * live:
        sentence = (
            f"{now} bytes would be served, {now / live:.0%} of the live release's {live}; below {least:.0%} of more "
            f"than {limits.min_documents} documents needs a person"
        )
        yield Alarm(BYTES, now, least * live, sentence, "restoring the text in the store releases the hold")


def _near_copies(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    near, live = evidence.near_copies, evidence.live_documents
    if _beyond(near, live, limits.duplicates_count, limits.duplicates_share):
        sentence = (
            f"{near} new or edited documents are near copies of one another or of served ones "
            f"({near / live:.0%} of the {live} live ones); more than {limits.duplicates_count} and more than "
            f"{limits.duplicates_share:.0%} need a person"
        )
        yield Alarm(NEAR, near, limits.duplicates_count, sentence, "removing them from the store releases the hold")


def _crowd(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """A few new documents that say one thing may be all that an answer is made of, however large the corpus is."""
    if limits.crowd_count is None or evidence.crowd < limits.crowd_count:
        return
    like = f" (one is {evidence.crowd_like!r})" if evidence.crowd_like else ""
    sentence = (
        f"{evidence.crowd} new documents open alike and are near copies of one another{like}, enough to be all that an "
        f"answer is made of; {limits.crowd_count} or more need a person"
    )
    yield Alarm(CROWD, evidence.crowd, limits.crowd_count, sentence, "removing them from the store releases the hold")


def _contradicting(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    copies = evidence.contradicting_copies
    if limits.contradicting is None or copies <= limits.contradicting:
        return
    such = f" (such as {evidence.contradicts[0]!r} of {evidence.contradicts[1]!r})" if evidence.contradicts else ""
    sentence = (
        f"{copies} new documents nearly copy a served one and say other numbers, dates or negations{such}; more than "
        f"{limits.contradicting} need a person, for readers would get both"
    )
    way_out = "removing the copies, or the pages that they replace, from the store releases the hold"
    yield Alarm(CONTRADICTING, copies, limits.contradicting, sentence, way_out)


def _grown(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    if limits.growth_factor is None or evidence.most_grown is None:
        return
    document, before, now = evidence.most_grown
    others = f", and {evidence.grown - 1} more documents" if evidence.grown > 1 else ""
    sentence = (
        f"{document!r} grew from {before} to {now} bytes{others}; more than {limits.growth_factor:g} times the live "
        f"size and more than {limits.growth_bytes} bytes need a person"
    )
    yield Alarm(GROWN, evidence.grown, 0, sentence, "restoring the documents in the store releases the hold")


def _refused(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    refused, live = evidence.newly_refused, evidence.live_documents
    if _beyond(refused, live, limits.refused_count, limits.refused_share):
        sentence = (
            f"the new versions of {refused} of {live} documents ({refused / live:.0%}) failed validation; more than "
            f"{limits.refused_count} and more than {limits.refused_share:.0%} need a person, their last good versions "
            "are served"
        )
        yield Alarm(
            REFUSED, refused, limits.refused_count, sentence, "mending the documents (see quarantine) releases the hold"
        )


def _beyond(number: int, of: int, count: int | None, share: float | None) -> bool:
    """Tell whether ``number`` exceeds both limits; a limit that a record does not know stops nothing."""
    return count is not None and share is not None and number > count and number > share * of


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
