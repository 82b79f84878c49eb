"""Documents that more readers would get than now."""

from collections.abc import Iterator

from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.alarm import Alarm
from pointsman.core.policy.holds import EXPOSED
from pointsman.core.policy.limits import Limits
from pointsman.core.wording import count


def wider_access(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm where readers would get documents that they may not get now."""
    exposed, most = evidence.guards.exposed, limits.guard.exposed_count
    if most is None or exposed <= most:
        return
    sentence = (
        f"readers would get {count(exposed, 'document')} that they may not get now: access tags are gone or name "
        f"more groups; more than {most} {'needs' if most == 1 else 'need'} a person"
    )
    yield Alarm(EXPOSED, exposed, most, sentence)
