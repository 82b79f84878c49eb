"""Confirm: a person says that stale examples are true for the present text of their documents."""

from collections.abc import Sequence
from typing import Any

from pointsman.core.errors import UsageError
from pointsman.core.supervision.lineage import CONFIRMED, Stale
from pointsman.ports.progress import Progress
from pointsman.steps.ledger.lineage import put_note
from pointsman.steps.observe.state import observe_state
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.supervision.stale import stale_ids, stale_row


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
    """Record that examples are true for the present text of their documents.

    Returns a JSON object: ``confirmed`` and ``left`` (still stale) rows, ``by`` and ``note``. The store is listed; no
    model is loaded.

    ``examples`` are beginnings of ids of stale examples; ``everything`` stands for all of them. ``document`` limits the
    confirmation to one document. ``by`` is the person who confirms, ``note`` the reason.

    Raises:
        UsageError: no example was named, a name fits no stale example or several, or the document is gone.
    """
    if bool(examples) == everything:
        raise UsageError("name the examples to confirm, or use --all; `pointsman status` lists the stale ones")
    stale = _stale(intake, serving=serving, records=records, progress=progress)
    chosen = _chosen(stale, examples, document=document, everything=everything)
    done = [each for each in chosen if each.now is not None]
    put_note(_digests(done), CONFIRMED, by=by, note=note, ledger=serving.ledger, memory=records.memory, now=records.now)
    left = _stale(intake, serving=serving, records=records, progress=progress)
    return {
        "by": by,
        "confirmed": [stale_row(each) for each in done],
        "left": [stale_row(each) for each in left],
        **({"note": note} if note else {}),
    }


def _digests(confirmed: Sequence[Stale]) -> dict[str, dict[str, str]]:
    """Return digest of an example → document id → text digest that it has now."""
    digests: dict[str, dict[str, str]] = {}
    for each in confirmed:
        if each.now is not None:
            digests.setdefault(each.digest, {})[each.document] = each.now
    return digests


def _stale(intake: Intake, *, serving: Serving, records: Records, progress: Progress) -> list[Stale]:
    """Return the stale examples of the store as it is now. Restricted ones cannot be confirmed."""
    state = observe_state(intake, serving=serving, records=records, progress=progress)
    return [each for each in state.supervision.stale if not each.restricted]


def _chosen(stale: Sequence[Stale], examples: Sequence[str], *, document: str | None, everything: bool) -> list[Stale]:
    """Return the stale documents of the named examples, or of all of them.

    Raises:
        UsageError: a name fits no stale example or several, none is left, or a named document is gone.
    """
    named = set(stale_ids(stale)) if everything else {_named(stale, beginning) for beginning in examples}
    chosen = [each for each in stale if each.example in named and document in {None, each.document}]
    if not everything and not chosen:
        raise UsageError(
            f"none of these examples is stale because of {document!r}; `pointsman status` lists the causes"
        )
    gone = [each for each in chosen if each.now is None]
    if gone and not everything:
        raise UsageError(f"example {gone[0].example} cannot be confirmed: {gone[0].describe()}")
    return chosen


def _named(stale: Sequence[Stale], beginning: str) -> str:
    """Return the id of the one stale example whose id is ``beginning`` or begins with it.

    Raises:
        UsageError: no example fits, or several.
    """
    ids = stale_ids(stale)
    found = [beginning] if beginning in ids else [id_ for id_ in ids if id_.startswith(beginning)]
    if len(found) != 1:
        known = ", ".join(ids[:5]) or "none"
        raise UsageError(
            f"{len(found)} stale examples have an id that begins with {beginning!r} "
            f"({len(ids)} are stale: {known}{', …' if len(ids) > 5 else ''}); `pointsman status` lists them"  # noqa: PLR2004 - names shown
        )
    return found[0]
