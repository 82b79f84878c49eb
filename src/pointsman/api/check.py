"""Check: what is wrong with a workspace before anything is run."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointsman.adapters.stores.open import local_folder
from pointsman.api.phrases import plural
from pointsman.api.results import Check
from pointsman.core.credentials import without_credentials
from pointsman.ports.stores import DocumentStore
from pointsman.settings.params import Params

if TYPE_CHECKING:
    from pointsman.ports.progress import Progress
    from pointsman.steps.observe.state import WorkspaceState

Finding = dict[str, Any]
"""``where``, ``what``, ``way_out``, and ``problem``: False for what may be meant so."""


def check(root: Path, progress: "Progress") -> Check:
    """Return what is wrong in params.yaml, the store, the examples and the probes, each with its way out.

    Raises:
        UsageError: params.yaml cannot be used at all; the message names every wrong key.
    """
    from pointsman.bootstrap.workspace import open_query
    from pointsman.steps.observe.state import state_now
    from pointsman.steps.review.quarantine import refused

    with open_query(root, progress) as resources:
        seen = state_now(
            resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
        )
        rows = refused(resources.quarantine)["refused"]
        findings = [
            *folders(root, resources.params),
            *_listing(seen, resources.params),
            *unread(resources.intake.store),
            *(_refusal(row) for suite in ("documents", "examples", "probes") for row in rows[suite]),
        ]
    return Check.of({"findings": findings})


def notices(root: Path, params: Params, store: DocumentStore) -> list[str]:
    """Return the first lines of a plan: folders that do not exist, files that no pattern takes."""
    return [f"{each['where']}: {each['what']}; {each['way_out']}" for each in (*folders(root, params), *unread(store))]


def folders(root: Path, params: Params) -> list[Finding]:
    """Return the folders that params.yaml names and that do not exist."""
    named = {"examples.path": root / params.examples.path, "probes.path": root / params.probes.path}
    store = local_folder(params.store.url, root)
    named |= {"store.url": store} if store is not None else {}
    said: Mapping[str, str] = {
        "examples.path": params.examples.path, "probes.path": params.probes.path, "store.url": params.store.url,
    }  # fmt: skip
    return [
        _finding(f"there is no folder {said[key]!r}", key, f"make it, or edit {key} in params.yaml")
        for key, folder in sorted(named.items())
        if not folder.is_dir()
    ]


def unread(store: DocumentStore) -> list[Finding]:
    """Return the files that the last listing saw and that no pattern takes, by their ending."""
    return [
        _finding(
            f"{plural(n, 'file')} {ending or 'without an ending'} {'is' if n == 1 else 'are'} not read",
            "store.include", f'add a pattern ("*{ending}") to store.include, or leave them', problem=False,
        )
        for ending, n in sorted(store.unread().items())
    ]  # fmt: skip


def _listing(seen: "WorkspaceState", params: Params) -> list[Finding]:
    """Return why the store shows nothing, where it does."""
    url = without_credentials(params.store.url)
    if seen.evidence.corpus.listing_error is not None:
        return [_finding(seen.evidence.corpus.listing_error, "store.url", "edit store.url, or bring the store back")]
    if not seen.observation.seen:
        return [
            _finding(f"{url} holds no document that a pattern takes", "store.url", "edit store.url or store.include")
        ]
    return []


def _refusal(row: Mapping[str, Any]) -> Finding:
    what, parted, way_out = row["reason"].rpartition("; ")
    found = (what, way_out) if parted else (way_out, "correct it; the next refresh reads it again")
    return _finding(f"refused: {found[0]}", row["item"], found[1])


def _finding(what: str, where: str, way_out: str, *, problem: bool = True) -> Finding:
    return {"where": where, "what": what, "way_out": way_out, "problem": problem}
