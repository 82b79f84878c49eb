"""New documents that copy one another, or a served one."""

from collections.abc import Iterator

from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.alarm import Alarm, person
from pointsman.core.policy.holds import CONTRADICTING, CROWD, NEAR
from pointsman.core.policy.limits import Limits
from pointsman.core.wording import be, count, percent


def near_copies(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm where many new or edited documents are near copies."""
    near, live = evidence.guards.near_copies, evidence.corpus.live_documents
    most, share = limits.guard.duplicates_count, limits.guard.duplicates_share
    if near > most and near > share * live:
        sentence = (
            f"{count(near, 'new or edited document')} {be(near)} nearly the same as others, against "
            f"{count(live, 'live document')} ({percent(near / live)}); {person(most, share)}"
        )
        yield Alarm(NEAR, near, most, sentence)


def crowds(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm at a few new documents that say one thing: they may be all that an answer is made of, in any corpus."""
    crowd, limit = evidence.guards.crowd, limits.guard.crowd_count
    if limit is None or crowd < limit:
        return
    like = f" (one is {evidence.guards.crowd_like!r})" if evidence.guards.crowd_like else ""
    sentence = (
        f"{count(crowd, 'new document')} begin alike and say nearly the same{like}, enough to fill a whole answer; "
        f"from {limit} on a person must look"
    )
    yield Alarm(CROWD, crowd, limit, sentence)


def contradictions(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm where new or edited documents nearly copy a served one and cannot both be right with it."""
    copies, most = evidence.guards.contradicting_copies, limits.guard.contradicting
    if most is None or copies <= most:
        return
    pair = evidence.guards.contradicts
    such = f" (such as {pair[0]!r} of {pair[1]!r})" if pair else ""
    one = copies == 1
    sentence = (
        f"{count(copies, 'new or edited document')} nearly {'copies' if one else 'copy'} a served one and "
        f"{'contradicts' if one else 'contradict'} it{such}: another number, date, name or address, or the opposite; "
        f"readers would get both, so more than {most} {'needs' if most == 1 else 'need'} a person"
    )
    yield Alarm(CONTRADICTING, copies, most, sentence)
