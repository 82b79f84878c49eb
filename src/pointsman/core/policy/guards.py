"""Guards: what looks like an accident stops the change until the store, or a person, says that it is meant."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pointsman.core.corpus.manifest import Manifest
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.holds import (
    BYTES,
    CONTRADICTING,
    CROWD,
    GROWN,
    HOLDS,
    LISTING,
    LISTING_ERROR,
    NEAR,
    REFUSED,
    REMOVED,
    ROLLED_BACK,
)
from pointsman.core.policy.limits import Limits
from pointsman.core.wording import be, count, percent

APPROVE = "`pointsman approve` lets this change pass and nothing beyond it (`pointsman refresh --yes`: what it lists)"


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


@dataclass(frozen=True, slots=True)
class Stop:
    """An alarm beside what a person has approved."""

    signal: str
    value: Any
    limit: Any
    because: str
    passed: bool
    """Whether an approval lets it pass."""
    flips: tuple[str, ...] = ()
    """What would end the hold."""


def stops(evidence: Evidence, limits: Limits) -> tuple[Stop, ...]:
    """Return every guard that stops the change, and whether an approval lets it pass."""
    return tuple(_judged(alarm, evidence) for alarm in alarms(evidence, limits))


def alarms(evidence: Evidence, limits: Limits) -> tuple[Alarm, ...]:
    """Return every guard that stops the change, approved or not; a store that was not listed proves nothing else."""
    corpus = evidence.corpus
    if corpus.listing_error is not None:
        sentence = f"the store could not be listed: {corpus.listing_error}"
        return (Alarm(LISTING_ERROR, corpus.listing_error, None, sentence),)
    found = list(_rolled_back(evidence))
    if not corpus.has_live or not corpus.live_documents:
        return tuple(found)
    if corpus.listed_documents == 0:
        live = count(corpus.live_documents, "document")
        return (Alarm(LISTING, 0, 1, f"the store lists no document at all; the live release has {live}"), *found)
    checks = (_removed, _bytes, _near_copies, _crowd, _contradicting, _grown, _refused)
    return (*(alarm for check in checks for alarm in check(evidence, limits)), *found)


def _judged(alarm: Alarm, evidence: Evidence) -> Stop:
    """Compare an alarm with the approval that there is."""
    approval, because, passed = evidence.approval, f"{alarm.because} [{alarm.code}]", False
    if approval is not None and alarm.approvable and approval.covers(alarm.signal):
        over = approval.exceeded(alarm.signal, alarm.value)
        of = f"decision {approval.decision} by {approval.by}"
        passed = over is None
        because = f"{because}; approved with {of}" if over is None else f"{because}; {over} with {of}"
    flips = () if passed else (f"{APPROVE}; or {alarm.way_out}" if alarm.approvable else alarm.way_out,)
    return Stop(alarm.signal, alarm.value, limit=alarm.limit, because=because, passed=passed, flips=flips)


def _rolled_back(evidence: Evidence) -> Iterator[Alarm]:
    release = evidence.corpus.rolled_back
    if release is not None:
        sentence = f"this would make release {release} again, which a person rolled back"
        yield Alarm(ROLLED_BACK, release, None, sentence)


def _removed(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    removed, live = evidence.corpus.changes.get("removed", 0), evidence.corpus.live_documents
    most, share = limits.guard.removed_count, limits.guard.removed_share
    if removed > most and removed > share * live:
        sentence = (
            f"{removed} of {count(live, 'live document')} ({percent(removed / live)}) {be(removed)} gone from the "
            f"store; {_person(most, share)}"
        )
        yield Alarm(REMOVED, removed, most, sentence)


def _bytes(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """A corpus of a few files may halve on any day: the share counts only beyond ``min_documents`` live ones."""
    least, few = limits.guard.min_bytes_share, limits.guard.min_documents
    live, now = evidence.guards.live_bytes, evidence.guards.served_bytes
    if evidence.corpus.live_documents > few and now < least * live:
        sentence = (
            f"the documents to serve have {now} bytes, {percent(now / live)} of the {live} of the live release; below "
            f"{percent(least)}, in a store of more than {few} documents, a person must look"
        )
        yield Alarm(BYTES, now, least * live, sentence)


def _near_copies(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    near, live = evidence.guards.near_copies, evidence.corpus.live_documents
    most, share = limits.guard.duplicates_count, limits.guard.duplicates_share
    if near > most and near > share * live:
        sentence = (
            f"{count(near, 'new or edited document')} {be(near)} nearly the same as others, against "
            f"{count(live, 'live document')} ({percent(near / live)}); {_person(most, share)}"
        )
        yield Alarm(NEAR, near, most, sentence)


def _crowd(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """A few new documents that say one thing may be all that an answer is made of, however large the corpus is."""
    crowd, limit = evidence.guards.crowd, limits.guard.crowd_count
    if limit is None or crowd < limit:
        return
    like = f" (one is {evidence.guards.crowd_like!r})" if evidence.guards.crowd_like else ""
    sentence = (
        f"{count(crowd, 'new document')} begin alike and say nearly the same{like}, enough to fill a whole answer; "
        f"from {limit} on a person must look"
    )
    yield Alarm(CROWD, crowd, limit, sentence)


def _contradicting(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    copies, most = evidence.guards.contradicting_copies, limits.guard.contradicting
    if most is None or copies <= most:
        return
    pair = evidence.guards.contradicts
    such = f" (such as {pair[0]!r} of {pair[1]!r})" if pair else ""
    sentence = (
        f"{count(copies, 'new document')} nearly {'copies' if copies == 1 else 'copy'} a served one but "
        f"{'states' if copies == 1 else 'state'} other numbers, dates or negations{such}; readers would get both, so "
        f"more than {most} {'needs' if most == 1 else 'need'} a person"
    )
    yield Alarm(CONTRADICTING, copies, most, sentence)


def _grown(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
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


def _refused(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    refused, live = evidence.guards.newly_refused, evidence.corpus.live_documents
    most, share = limits.guard.refused_count, limits.guard.refused_share
    if refused > most and refused > share * live:
        sentence = (
            f"the new versions of {refused} of {count(live, 'live document')} ({percent(refused / live)}) failed "
            f"validation, so the last good versions are served; {_person(most, share)}"
        )
        yield Alarm(REFUSED, refused, most, sentence)


def _person(most: int, share: float) -> str:
    return f"more than {most} and more than {percent(share)} need a person"


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
