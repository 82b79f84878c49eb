"""The guard of a rollback: what a person rolled back stays away until a person approves it."""

from collections.abc import Iterator

from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.alarm import Alarm
from pointsman.core.policy.holds import ROLLED_BACK
from pointsman.core.wording import count

NAMED = 3
"""Documents that the sentence names."""


def rolled_back(evidence: Evidence) -> Iterator[Alarm]:
    """Yield an alarm if the change brings back what a person rolled back. The value is the release that was left."""
    release = evidence.corpus.rolled_back
    if release is None:
        return
    documents, parts = evidence.corpus.brought_back, evidence.corpus.brought_back_parts
    if not documents and not parts:
        yield Alarm(ROLLED_BACK, release, None, f"this would make release {release} again, which a person rolled back")
        return
    back = []
    if documents:
        others = ", …" if len(documents) > NAMED else ""
        back.append(f"the version of {count(len(documents), 'document')} ({', '.join(documents[:NAMED])}{others})")
    if parts:
        back.append(f"the {' and '.join(parts)} of params.yaml")
    sentence = f"this would bring back {' and '.join(back)} that a person rolled back with release {release}"
    yield Alarm(ROLLED_BACK, release, None, sentence)
