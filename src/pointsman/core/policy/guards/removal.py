"""Documents that are gone, and a store that shrank."""

from collections.abc import Iterator

from pointsman.core.corpus.comparison.losses import Loss
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.alarm import Alarm, named, person, since
from pointsman.core.policy.holds import BYTES, REMOVED
from pointsman.core.policy.limits import GuardLimits, Limits
from pointsman.core.wording import be, count, percent


def loss_of_store(evidence: Evidence) -> Loss:
    """Return what the store lost; decisions of before 2.0 only counted what is gone since the live release."""
    corpus = evidence.corpus
    return evidence.guards.lost or Loss(documents=corpus.live_documents, removed=corpus.changes.get("removed", 0))


def beyond(number: float, of: int, most: float | None, share: float | None) -> bool:
    """Return whether a number is more than both of its limits; None: there is no such limit."""
    return most is not None and share is not None and number > most and number > share * of


def small_store(limits: GuardLimits) -> str:
    """Return the half sentence that names the limits of a small store; empty where there are none."""
    if limits.most_count is None or limits.most_share is None:
        return ""
    return f" (or more than {limits.most_count} and more than {percent(limits.most_share)})"


def removed(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm where many documents are gone, or most of a small store."""
    loss, guard = loss_of_store(evidence), limits.guard
    gone, served, most, share = loss.removed, loss.documents, guard.removed_count, guard.removed_share
    if beyond(gone, served, most, share) or beyond(gone, served, guard.most_count, guard.most_share):
        sentence = (
            f"{gone} of {count(served, 'live document')} ({percent(gone / served)}) {be(gone)} gone from the "
            f"store{since(evidence)}{named(loss.gone)}; {person(most, share, small_store(guard))}"
        )
        yield Alarm(REMOVED, gone, most, sentence)


def shrunk(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm where the whole store shrank.

    A corpus of a few files may halve on any day: the share counts only beyond ``min_documents`` live ones.
    """
    least, few = limits.guard.min_bytes_share, limits.guard.min_documents
    live, now = evidence.guards.live_bytes, evidence.guards.served_bytes
    if evidence.corpus.live_documents > few and now < least * live:
        sentence = (
            f"the documents to serve have {now} bytes, {percent(now / live)} of the {live} of the live release; below "
            f"{percent(least)}, in a store of more than {few} documents, a person must look"
        )
        yield Alarm(BYTES, now, least * live, sentence)
