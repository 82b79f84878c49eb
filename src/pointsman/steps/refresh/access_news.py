"""What a report says about documents that more or fewer readers may get."""

from typing import Any

from pointsman.core.corpus.exposure import AccessChange
from pointsman.core.policy.decision import Decision
from pointsman.core.wording import count

LISTED, NAMED = 50, 3
"""Documents in a report, and in a sentence of it."""


def access_news(access: AccessChange, decision: Decision, *, planned: bool) -> dict[str, Any]:
    """Return the documents that were exposed and narrowed, the first of each, and a sentence about each kind."""
    sentences = []
    if access.narrowed:
        then = "`pointsman refresh` applies it at once, also where it is held" if planned else "applied at once"
        sentences.append(f"access of {_documents(access.narrowed)} became narrower; {then}")
    if access.exposed:
        waits = "waits for the hold to end" if decision.hold else "takes effect with the release"
        sentences.append(f"access of {_documents(access.exposed)} became wider; it {waits}")
    return {
        "exposed": list(access.exposed[:LISTED]), "narrowed": list(access.narrowed[:LISTED]), "sentences": sentences,
    }  # fmt: skip


def _documents(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{count(len(names), 'document')} ({', '.join(names[:NAMED])}{more})"
