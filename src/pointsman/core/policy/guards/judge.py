"""Every guard asked about a change, and what a person has approved beside it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.alarm import Alarm
from pointsman.core.policy.guards.copies import contradictions, crowds, near_copies
from pointsman.core.policy.guards.exposure import wider_access
from pointsman.core.policy.guards.growth import grown_beyond
from pointsman.core.policy.guards.instructions import orders_to_models
from pointsman.core.policy.guards.places import folders, paths
from pointsman.core.policy.guards.refusals import newly_refused
from pointsman.core.policy.guards.removal import removed, shrunk
from pointsman.core.policy.guards.replacement import became_alike, edited, replaced
from pointsman.core.policy.guards.rolled_back import rolled_back
from pointsman.core.policy.guards.texts import marked
from pointsman.core.policy.holds import LISTING, LISTING_ERROR
from pointsman.core.policy.limits import Limits
from pointsman.core.wording import count

APPROVE = "`pointsman approve` lets this change pass and nothing beyond it (`pointsman refresh --yes`: what it lists)"

GUARDS: tuple[Callable[[Evidence, Limits], Iterator[Alarm]], ...] = (
    removed,
    folders,
    paths,
    shrunk,
    replaced,
    edited,
    became_alike,
    marked,
    near_copies,
    crowds,
    contradictions,
    grown_beyond,
    newly_refused,
    wider_access,
)
"""The guards that compare a change with the live release, in the order of their reasons."""


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
    found = [*rolled_back(evidence), *orders_to_models(evidence, limits)]
    if not corpus.has_live or not corpus.live_documents:
        return tuple(found)
    if corpus.listed_documents == 0:
        live = count(corpus.live_documents, "document")
        return (Alarm(LISTING, 0, 1, f"the store lists no document at all; the live release has {live}"), *found)
    return (*(alarm for guard in GUARDS for alarm in guard(evidence, limits)), *found)


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
