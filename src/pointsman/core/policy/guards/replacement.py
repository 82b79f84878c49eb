"""Documents that were edited, and text that was replaced, in the store as a whole."""

from collections.abc import Iterator

from pointsman.core.corpus.comparison.losses import Loss
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.alarm import Alarm, named, person, since
from pointsman.core.policy.guards.removal import beyond, small_store
from pointsman.core.policy.holds import ALIKE, EDITED, REPLACED
from pointsman.core.policy.limits import Limits
from pointsman.core.wording import be, count, percent


def edited(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm where nearly all documents were edited, however little of each."""
    loss, most, share = evidence.guards.lost, limits.guard.edited_count, limits.guard.edited_share
    if loss is None or most is None or share is None or not beyond(loss.edited, loss.documents, most, share):
        return
    value = round(loss.edited / loss.documents, 4)
    sentence = (
        f"{loss.edited} of {count(loss.documents, 'live document')} ({percent(value)}) were edited"
        f"{since(evidence)}{named(loss.worst)}; {person(most, share)}"
    )
    yield Alarm(EDITED, value, share, sentence)


def replaced(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm where edited documents lost much of the served text, or most of a small store's."""
    loss, guard = evidence.guards.lost, limits.guard
    most, share = guard.replaced_count, guard.replaced_share
    if loss is None or most is None or share is None:
        return
    if replaces(loss, most, share) or replaces(loss, guard.most_count, guard.most_share):
        sentence = (
            f"{percent(loss.replaced)} of the served text is replaced: {count(loss.edited, 'edited document')} of "
            f"{loss.documents} lost as much text as {loss.rewritten:g} whole ones have{since(evidence)}"
            f"{named(loss.worst)}{forgotten(loss)}; {person(most, share, small_store(guard))}"
        )
        yield Alarm(REPLACED, loss.replaced, share, sentence)


def replaces(loss: Loss, most: float | None, share: float | None) -> bool:
    """Return whether the replaced text is more than both limits: in whole documents, and as a share."""
    return most is not None and share is not None and loss.rewritten > most and loss.replaced > share


def forgotten(loss: Loss) -> str:
    """Return the half sentence about edited documents whose earlier text is not known; empty where there are none."""
    if not loss.unknown:
        return ""
    return f"; the earlier text of {loss.unknown} of them is not known any more, so it counts as replaced"


def became_alike(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm where edited documents became nearly the same, so that different texts are lost."""
    alike, most = evidence.guards.alike, limits.guard.alike_count
    if most is None or alike <= most:
        return
    sentence = (
        f"edited documents became nearly the same{named(evidence.guards.alike_documents)}, so "
        f"{count(alike, 'different text')} {be(alike)} lost{since(evidence)}; more than {most} need a person"
    )
    yield Alarm(ALIKE, alike, most, sentence)
