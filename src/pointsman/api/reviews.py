"""What a person reads of a workspace, and says about it: status, history, holds, stale examples."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointsman.api.acts import Confirmation, Rollback
from pointsman.api.results import Explanation, History, Quarantine, ServedDocument, Status

if TYPE_CHECKING:
    from pointsman.ports.progress import Progress
    from pointsman.settings.params import Store
    from pointsman.steps.review.document import StoredFile


def status(root: Path) -> Status:
    """Return what is live, what waits and what was refused."""
    from pointsman.adapters.stores.open import local_folder
    from pointsman.bootstrap.workspace import open_query
    from pointsman.core.credentials import without_credentials
    from pointsman.steps.review.decide import review_summary
    from pointsman.steps.review.quarantine import first_refused
    from pointsman.steps.review.status import status as status_of

    with open_query(root) as resources:
        found = status_of(resources.serving, memory=resources.memory, quarantine=resources.quarantine)
        found |= review_summary(ledger=resources.ledger, memory=resources.memory)
        more = {
            "refused": first_refused(resources.quarantine),
            "store": without_credentials(resources.params.store.url),
            "store_empty": _is_empty(local_folder(resources.params.store.url, root)),
        }
    return Status.of(found | more)


def _is_empty(folder: Path | None) -> bool | None:
    """Return whether a local store is missing or has no visible entry; None for any other store, which is not asked."""
    if folder is None:
        return None
    try:
        with os.scandir(folder) as entries:
            return all(entry.name.startswith(".") for entry in entries)
    except OSError:
        return True


def quarantine(root: Path, progress: "Progress", *, why: bool) -> Quarantine:
    """Return what is refused now: the store is listed, and only what changed since the last look is opened."""
    from pointsman.bootstrap.workspace import open_query
    from pointsman.steps.observe.state import state_now
    from pointsman.steps.review.quarantine import refused

    with open_query(root, progress) as resources:
        state_now(resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress)
        return Quarantine.of(refused(resources.quarantine), why=why)


def show(root: Path, document: str, groups: Sequence[str] | None) -> ServedDocument:
    """Return what a member of ``groups`` may know of a document; its id is compared in Unicode form NFC."""
    from unicodedata import normalize

    from pointsman.bootstrap.workspace import open_query
    from pointsman.core.index.filters import Filter
    from pointsman.steps.review.document import document_report

    with open_query(root) as resources:
        name = normalize("NFC", document)
        stored = _stored_file(root, resources.params.store, name)
        return ServedDocument.of(
            document_report(
                resources.serving,
                name,
                quarantine=resources.quarantine,
                stored=stored,
                allow=Filter.of(groups or (), ()),
            )
        )


def _stored_file(root: Path, store: "Store", document: str) -> "StoredFile | None":
    """Return the file of a local store that has this id; None in any other store, or where there is none."""
    from pointsman.adapters.stores.names import Chosen, hidden
    from pointsman.adapters.stores.open import local_folder
    from pointsman.steps.review.document import StoredFile

    folder = local_folder(store.url, root)
    if folder is None or document.startswith("/") or hidden(document):
        return None
    try:
        size = (folder / document).stat().st_size if (folder / document).is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None
    chosen = Chosen.of(store.include, store.exclude)
    excluded = bool(chosen.exclude.fullmatch(document))
    return None if size is None else StoredFile(size=size, taken=document in chosen, excluded=excluded)


def explain(root: Path, decision: str, *, tables: bool) -> Explanation:
    """Return one decision, the last by default."""
    from pointsman.bootstrap.workspace import open_query
    from pointsman.steps.review.history import explain as explain_of

    with open_query(root) as resources:
        return Explanation.of(
            explain_of(decision or None, ledger=resources.ledger, memory=resources.memory), details=tables
        )


def history(root: Path) -> History:
    """Return decisions and releases, newest first."""
    from pointsman.bootstrap.workspace import open_query
    from pointsman.steps.review.history import history as history_of

    with open_query(root) as resources:
        return History.of(history_of(resources.ledger))


def rollback(root: Path, release: str) -> Rollback:
    """Move the live pointer back."""
    from pointsman.bootstrap.workspace import open_resources
    from pointsman.steps.release.rollback import roll_back

    with open_resources(root) as resources:
        return Rollback.of(roll_back(resources.records, release or None, vector_index=resources.index))


def approve(root: Path, progress: "Progress", decision: str, *, by: str, note: str) -> tuple[dict[str, Any], bool]:
    """Record an approval; return what was said, and whether a refresh should follow."""
    from pointsman.api.loop import user
    from pointsman.bootstrap.workspace import open_resources
    from pointsman.steps.review.decide import approve as approve_of
    from pointsman.steps.review.decide import find_review

    with open_resources(root, progress) as resources:
        waiting = find_review(decision or None, ledger=resources.ledger, memory=resources.memory)
        said = approve_of(
            resources.intake, waiting, by=by or user(), note=note,
            serving=resources.serving, records=resources.records, progress=resources.progress,
        )  # fmt: skip
    return _public(said), waiting.kind == "hold"


def reject(root: Path, decision: str, *, by: str, note: str) -> dict[str, Any]:
    """Record a rejection and return what was said."""
    from pointsman.api.loop import user
    from pointsman.bootstrap.workspace import open_resources
    from pointsman.steps.review.decide import find_review
    from pointsman.steps.review.decide import reject as reject_of

    with open_resources(root) as resources:
        waiting = find_review(decision or None, ledger=resources.ledger, memory=resources.memory)
        return _public(reject_of(resources.records, waiting, by=by or user(), note=note))


def confirm(
    root: Path,
    progress: "Progress",
    examples: Sequence[str],
    *,
    document: str,
    everything: bool,
    by: str,
    note: str,
) -> Confirmation:
    """Write down that stale examples are still true."""
    from pointsman.api.loop import user
    from pointsman.bootstrap.workspace import open_resources
    from pointsman.steps.review.confirm import confirm as confirm_of

    with open_resources(root, progress) as resources:
        said = confirm_of(
            resources.intake, examples, document=document or None, everything=everything, by=by or user(), note=note,
            serving=resources.serving, records=resources.records, progress=resources.progress,
        )  # fmt: skip
    return Confirmation.of(said)


def _public(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a review with the values of its ceilings; the documents that they name stay in the ledger."""
    return {**said, "ceilings": {guard: ceiling["value"] for guard, ceiling in said["ceilings"].items()}}
