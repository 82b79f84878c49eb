"""Let narrower access take effect on every kept release at once (ADR 36)."""

from pointsman.core.corpus.exposure import Readers, narrower_than_shown, within
from pointsman.core.corpus.manifest import EVERYBODY, Manifest
from pointsman.core.hashing import content_id
from pointsman.ports.ledger import Ledger
from pointsman.settings.params import Params
from pointsman.steps.ledger.access_record import ACCESS_RECORD, caps_now, put_record
from pointsman.steps.ledger.releases import kept_releases, manifest_of
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Records

NARROWED = "access"
"""Memory key: what was compared last, so that the same comparison is not made again."""


def narrow_access(state: WorkspaceState, *, params: Params, records: Records, beside: bool = False) -> None:
    """Hide every document from the readers that it lost, on all kept releases; nothing else of the change takes effect.

    The write lease is not needed. ``beside`` says that another run is at work: it may release a document that is not
    live yet as it was before.
    """
    if state.live is None or state.evidence.corpus.listing_error is not None:
        return
    compared = _compared(state, records.ledger, beside=beside)
    if records.memory.get(NARROWED).get("compared") == compared:
        return
    rows = _too_wide(state, keep=params.gate.keep_releases, ledger=records.ledger, beside=beside)
    known = caps_now(records.ledger) if rows else {}
    new = {
        document: cap
        for document, cap in rows.items()
        if document in state.observation.fresh or not within(known.get(document, EVERYBODY), cap)
    }
    if new:  # also what is known: a run that saw the document before it changed may be about to end the older record
        put_record(records.ledger, new, at=records.now())
    records.memory.put(NARROWED, {"compared": _compared(state, records.ledger, beside=beside, fresh=False)})


def _compared(state: WorkspaceState, ledger: Ledger, *, beside: bool, fresh: bool = True) -> str:
    """Return the id of everything that ``narrow_access`` looks at."""
    observation = state.observation
    read = sorted(observation.fresh) if fresh else []
    closed = sorted(observation.unreadable_access)
    return content_id([state.manifest.id, closed, state.pointer, ledger.ids(ACCESS_RECORD), beside, read])


def _too_wide(state: WorkspaceState, *, keep: int, ledger: Ledger, beside: bool) -> dict[str, Readers]:
    """Return document → its readers now, for each document that a kept release, or a run at work, shows to others."""
    observation, live = state.observation, state.live_manifest
    shown = [live, Manifest(observation.before)]
    if any(entry.readers != EVERYBODY for entry in observation.stated.values()):
        others = {release.corpus: release for release in kept_releases(ledger, keep)}
        shown += [manifest_of(ledger, release) for corpus, release in others.items() if corpus != live.id]
    found = narrower_than_shown(observation.stated, shown)
    if beside:
        coming = observation.stated.keys() - live.entries.keys()
        found |= {d: e.readers for d in coming if (e := observation.stated[d]).readers != EVERYBODY}
    return found
