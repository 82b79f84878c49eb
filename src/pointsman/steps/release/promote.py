"""Put everything that passed the gate into one release, and move the live pointer to it."""

from collections.abc import Callable
from dataclasses import replace

from pointsman.core.corpus.manifest import CARRIED, Manifest
from pointsman.core.gates.ruling import Verdict
from pointsman.core.hashing import content_id
from pointsman.core.release import Model, Release
from pointsman.ports.builds import Builder
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Role
from pointsman.settings.params import Params
from pointsman.steps.ledger.releases import EXAMPLES, LOCK, PROMOTE, move_pointer, put_release
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.training.results import RefreshRun


def _release(
    state: WorkspaceState, acted: RefreshRun, chosen: Verdict, *, builder: Builder, ledger: Ledger, params: Params
) -> tuple[Release, Manifest] | None:
    """Return (release, manifest): new parts where the gate verdict is ``chosen``, else the live ones.

    None if there is no index.
    """
    index = acted.staged.index if acted.staged else state.live.index if state.live else None
    if index is None:
        return None
    retriever, generator = (_new_model(acted, role, chosen) for role in ("retriever", "generator"))
    inherits = state.live is not None and state.live.generator.adapter == state.generator.adapter
    before = state.live.trained_on if state.live and inherits else None
    manifest = _manifest(state, acted)
    release = Release(
        corpus=manifest.id,
        documents=len(manifest),
        max_tokens=params.chunking.max_tokens,
        index=index,
        embedder=retriever or state.embedder,
        generator=generator or state.generator,
        prompt=state.prompt,
        reranking=state.reranking,
        decision=acted.decision.id,
        examples=state.supervision.set_id,
        trained_on=state.supervision.set_id if generator else before,
        dvc_lock=_lock(builder=builder, ledger=ledger),
        scores={s.name: round(s.value, 6) for s in acted.assessment.signals},
    )
    return release, manifest


def _manifest(state: WorkspaceState, acted: RefreshRun) -> Manifest:
    """Return the manifest of the release.

    A refused document whose old chunks were copied into a new collection is marked in its text digest. The mark makes
    the entry differ from the document, so that the document is cut again when its source is accepted again.
    """
    if acted.staged is None and state.live is not None:
        return state.live_manifest
    moved = state.live and acted.staged and acted.staged.index.collection != state.live.index.collection
    if not moved:
        return state.manifest
    entries = dict(state.manifest.entries)
    for document in state.carried:
        entry = entries[document]
        if not entry.text_digest.startswith(CARRIED):
            entries[document] = replace(entry, text_digest=f"{CARRIED}{entry.text_digest}")
    return Manifest(entries)


def _new_model(acted: RefreshRun, role: Role, chosen: Verdict) -> Model | None:
    """Return the new model of a role if its gate verdict is ``chosen``, else None.

    An inconclusive embedder is never returned: its collection is gone.
    """
    trained = acted.trained.get(role)
    if trained is None or trained.ruling.verdict is not chosen:
        return None
    return trained.model if chosen is Verdict.PROMOTE or role == "generator" else None


def compose(
    state: WorkspaceState, acted: RefreshRun, *, builder: Builder, ledger: Ledger, params: Params
) -> Release | None:
    """Store the release of everything that passed the gate; readers do not see it yet.

    Returns None if it would answer like the live one, or if the gate refused it or waits for a person.
    """
    made = (
        None
        if acted.refused or acted.waits
        else _release(state, acted, Verdict.PROMOTE, builder=builder, ledger=ledger, params=params)
    )
    if made is None or not _differs(made[0], state.live):
        return None
    ledger.put(EXAMPLES, state.supervision.set_id, {"digests": list(state.supervision.examples)})
    put_release(ledger, *made)
    return made[0]


def promote(state: WorkspaceState, release: Release, *, ledger: Ledger, now: Callable[[], str]) -> None:
    """Make a release live, in one write.

    Raises:
        LedgerConflict: another refresh moved the pointer. Readers do not see the release.
    """
    move_pointer(ledger, state.pointer, release.id, why=PROMOTE, decision=release.decision, at=now())


CANDIDATE = "candidate"
"""Kind of ledger object: a release that waits for a person. Its id: the release it was compared with, the decision."""


def put_candidate(ledger: Ledger, decision: str, waiting: Release, compared: Release) -> None:
    """Record that a release waits for a person, while the release that it was compared with is live."""
    value = {"decision": decision, "candidate": waiting.id, "compared": compared.id}
    ledger.put(CANDIDATE, f"{compared.id}-{decision}", value)


def keep_candidate(
    state: WorkspaceState, acted: RefreshRun, *, builder: Builder, ledger: Ledger, params: Params
) -> Release | None:
    """Store the release that a person may approve because the gate was inconclusive; None if there is none."""
    if acted.refused or not (acted.waits or "generator" in acted.trained):
        return None
    made = _release(state, acted, Verdict.INCONCLUSIVE, builder=builder, ledger=ledger, params=params)
    if made is None or (not acted.waits and made[0].generator == state.generator):
        return None
    ledger.put(EXAMPLES, state.supervision.set_id, {"digests": list(state.supervision.examples)})
    put_release(ledger, *made)
    return made[0]


def _differs(release: Release, live: Release | None) -> bool:
    """Return whether a release has other parts than the live one."""
    if live is None:
        return True
    parts = ("corpus", "index", "embedder", "generator", "prompt", "reranking")
    return any(getattr(release, part) != getattr(live, part) for part in parts)


def _lock(*, builder: Builder, ledger: Ledger) -> str | None:
    """Store the dvc.lock of the builds and return its id; None if there is none."""
    lock = builder.lock()
    if lock is None:
        return None
    id_ = content_id(lock)
    ledger.put(LOCK, id_, lock)
    return id_
