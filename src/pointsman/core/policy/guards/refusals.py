"""Served documents whose new versions are refused."""

from collections.abc import Iterator

from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.alarm import Alarm, person
from pointsman.core.policy.holds import REFUSED
from pointsman.core.policy.limits import Limits
from pointsman.core.wording import count, percent


def newly_refused(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm where the new versions of many served documents failed validation."""
    refused, live = evidence.guards.newly_refused, evidence.corpus.live_documents
    most, share = limits.guard.refused_count, limits.guard.refused_share
    if refused > most and refused > share * live:
        sentence = (
            f"the new versions of {refused} of {count(live, 'live document')} ({percent(refused / live)}) failed "
            f"validation, so the last good versions are served; {person(most, share)}"
        )
        yield Alarm(REFUSED, refused, most, sentence)
