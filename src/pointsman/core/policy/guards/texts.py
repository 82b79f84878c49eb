"""What became of the texts: signs of a wrong encoding, pages without content, lost length, letters or language."""

from collections.abc import Iterator, Mapping

from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.alarm import Alarm, named, person, since
from pointsman.core.policy.guards.removal import beyond
from pointsman.core.policy.holds import ENCODING, LANGUAGE, LETTERS, PAGE_KIND, SHORTENED
from pointsman.core.policy.limits import GuardLimits, Limits
from pointsman.core.wording import count

SENTENCES: Mapping[str, str] = {
    ENCODING: "show (more) signs of a wrong encoding",
    PAGE_KIND: "are sign-in, error, consent or placeholder pages now",
    SHORTENED: "lost a large part of their length",
    LETTERS: "have words where they had numbers and signs, or the reverse, or lost their numbers",
    LANGUAGE: "are in another language now",
}
"""Guard → what the documents do."""
NOUNS: Mapping[str, str] = dict.fromkeys((ENCODING, PAGE_KIND), "new or edited document")
"""Guards that look at new documents too → what they count."""


def marked(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm, once for each way of changing, where the texts of many documents changed in it."""
    for mark in evidence.guards.marked:
        most, share = limits_of(mark.guard, limits.guard)
        if most is None or mark.documents <= most:
            continue
        served = max(evidence.corpus.live_documents, evidence.guards.lost.documents if evidence.guards.lost else 0)
        if share is not None and not beyond(mark.documents, served, most, share):
            continue
        bound = f"more than {most} need a person" if share is None else person(most, share)
        counted = count(mark.documents, NOUNS.get(mark.guard, "edited document"))
        sentence = f"{counted} {SENTENCES[mark.guard]}{since(evidence)}{named(mark.such)}; {bound}"
        yield Alarm(mark.guard, mark.documents, most, sentence)


def limits_of(guard: str, limits: GuardLimits) -> tuple[int | None, float | None]:
    """Return the count and the share that a guard on texts allows; None: no such limit."""
    name = guard.removeprefix("guard.")
    share: float | None = getattr(limits, f"{name}_share", None)
    most: int | None = getattr(limits, f"{name}_count")
    return most, share
