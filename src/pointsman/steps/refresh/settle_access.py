"""End the records of access that became narrower, when the store says otherwise and that is live (ADR 36)."""

from pointsman.core.release import Release
from pointsman.settings.params import Params
from pointsman.steps.indexing.garbage_collection import within_reach
from pointsman.steps.ledger.access_record import settle
from pointsman.steps.ledger.releases import manifest_of
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Records


def settle_live(state: WorkspaceState, *, records: Records) -> None:
    """End what the records say of documents whose access in the store is again what the live release shows.

    A hold leaves the records: a store that a person must look at makes nothing wider. So does another run that is at
    work; the next refresh comes to it.
    """
    live = state.live
    if live is None or not state.observation.records or state.decision.hold or records.ledger.lease() is not None:
        return
    entries, good = state.live_manifest.entries, state.observation.good.entries
    stated = {d: e for d, e in good.items() if d in entries and entries[d].same_statement(e)}
    settle(records.ledger, live, state.observation.records, stated=stated, at=records.now())


def settle_released(state: WorkspaceState, release: Release, *, params: Params, records: Records) -> None:
    """Replace what the records say of the documents of a release that has just gone live by their readers in it."""
    if not state.observation.records:
        return
    ledger, good = records.ledger, state.observation.good.entries
    entries = manifest_of(ledger, release).entries
    stated = {d: e for d, e in good.items() if d not in state.moved and d in entries and entries[d].same_statement(e)}
    reach = within_reach(clock=records.clock, ledger=ledger, params=params)
    kept = [manifest_of(ledger, each) for each in {each.corpus: each for each in reach}.values()]
    settle(ledger, release, state.observation.records, stated=stated, kept=kept, at=records.now())
