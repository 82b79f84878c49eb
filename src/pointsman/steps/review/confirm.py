"""Confirm: a person says that stale examples are true for what their documents say now."""

from collections.abc import Sequence
from typing import Any

from pointsman.core.errors import UsageError
from pointsman.core.supervision.lineage import CONFIRMED, Stale
from pointsman.ports.progress import Progress
from pointsman.steps.ledger.lineage import put_note
from pointsman.steps.observe.state import observe_state
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.supervision.stale import as_row, stale_ids


def confirm(
    intake: Intake,
    examples: Sequence[str],
    *,
    document: str | None = None,
    everything: bool = False,
    by: str,
    note: str = "",
    serving: Serving,
    records: Records,
    progress: Progress,
) -> dict[str, Any]:
    """Write down that examples are true for the present text of their documents.

    Returns what was confirmed, and what is still stale.

    Args:
        intake: the store is listed, no model is loaded.
        examples: beginnings of ids of stale examples.
        document: only what changed in this document.
        everything: every stale example.
        by: who says so.
        note: why.
        serving: what is live.
        records: where the note is written.
        progress: shows how far the listing is.

    Raises:
        UsageError: nothing was named, a name fits no stale example or several, or the document is gone.
    """
    if bool(examples) == everything:
        raise UsageError("name the examples to confirm, or say --all; `pointsman status` lists the stale ones")
    stale = observe_state(intake, serving=serving, records=records, progress=progress).supervision.stale
    named = set(stale_ids(stale)) if everything else {_named(stale, beginning) for beginning in examples}
    wanted = [each for each in stale if each.example in named and document in {None, each.document}]
    if not everything and not wanted:
        raise UsageError(f"none of these examples is stale because of {document!r}; `pointsman status` lists why")
    gone = [each for each in wanted if each.now is None]
    if gone and not everything:
        raise UsageError(f"example {gone[0].example} cannot be confirmed: {gone[0].describe()}")
    digests: dict[str, dict[str, str]] = {}
    for each in wanted:
        if each.now is not None:
            digests.setdefault(each.digest, {})[each.document] = each.now
    put_note(digests, CONFIRMED, by=by, note=note, ledger=serving.ledger, memory=records.memory, now=records.now)
    left = observe_state(intake, serving=serving, records=records, progress=progress).supervision.stale
    done = [each for each in wanted if each.now is not None]
    return {
        "by": by,
        "confirmed": [as_row(each) for each in done],
        "left": [as_row(each) for each in left],
        **({"note": note} if note else {}),
    }


def _named(stale: Sequence[Stale], beginning: str) -> str:
    """Return the id of the one stale example that is called so, or whose id begins so."""
    ids = stale_ids(stale)
    found = [beginning] if beginning in ids else [id_ for id_ in ids if id_.startswith(beginning)]
    if len(found) != 1:
        known = ", ".join(ids[:5]) or "none"
        raise UsageError(
            f"{len(found)} stale examples have an id that begins with {beginning!r} "
            f"({len(ids)} are stale: {known}{', …' if len(ids) > 5 else ''}); `pointsman status` lists them"  # noqa: PLR2004 - names shown
        )
    return found[0]
