"""Release: name everything that passed the gate together, and move the live pointer to it."""

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
from pointsman.steps.observe.state import Situation
from pointsman.steps.training.results import Acted


def _release(
    situation: Situation, acted: Acted, chosen: Verdict, *, builder: Builder, ledger: Ledger, params: Params
) -> tuple[Release, Manifest] | None:
    """Return the release in which every part that the gate ruled ``chosen`` is the new one, the others as they are."""
    index = acted.staged.index if acted.staged else situation.live.index if situation.live else None
    if index is None:
        return None
    retriever, generator = (_ruled(acted, role, chosen) for role in ("retriever", "generator"))
    inherits = situation.live is not None and situation.live.generator.adapter == situation.generator.adapter
    before = situation.live.trained_on if situation.live and inherits else None
    manifest = _manifest(situation, acted)
    release = Release(
        corpus=manifest.id,
        documents=len(manifest),
        max_tokens=params.chunking.max_tokens,
        index=index,
        embedder=retriever or situation.embedder,
        generator=generator or situation.generator,
        prompt=situation.prompt,
        reranking=situation.reranking,
        decision=acted.decision.id,
        examples=situation.supervision.set_id,
        trained_on=situation.supervision.set_id if generator else before,
        dvc_lock=_lock(builder=builder, ledger=ledger),
        scores={s.name: round(s.value, 6) for s in acted.assessment.signals},
    )
    return release, manifest


def _manifest(situation: Situation, acted: Acted) -> Manifest:
    """Return what the release serves; what was carried into a new collection is marked as cut in the old way.

    The mark makes the entry differ from the document's own, so that it is cut anew once its source is good again.
    """
    if acted.staged is None and situation.live is not None:
        return situation.live_manifest
    moved = situation.live and acted.staged and acted.staged.index.collection != situation.live.index.collection
    if not moved:
        return situation.manifest
    entries = dict(situation.manifest.entries)
    for document in situation.carried:
        entry = entries[document]
        if not entry.text_digest.startswith(CARRIED):
            entries[document] = replace(entry, text_digest=f"{CARRIED}{entry.text_digest}")
    return Manifest(entries)


def _ruled(acted: Acted, role: Role, chosen: Verdict) -> Model | None:
    """Return the challenger of a role if the gate ruled so; an embedder comes with its collection or not at all."""
    trained = acted.trained.get(role)
    if trained is None or trained.ruling.verdict is not chosen:
        return None
    return trained.model if chosen is Verdict.PROMOTE or role == "generator" else None


def compose(situation: Situation, acted: Acted, *, builder: Builder, ledger: Ledger, params: Params) -> Release | None:
    """Write the release of everything that passed the gate, unseen; None when it would be what is live."""
    made = (
        None
        if acted.refused or acted.waits
        else _release(situation, acted, Verdict.PROMOTE, builder=builder, ledger=ledger, params=params)
    )
    if made is None or not _differs(made[0], situation.live):
        return None
    ledger.put(EXAMPLES, situation.supervision.set_id, {"digests": list(situation.supervision.examples)})
    put_release(ledger, *made)
    return made[0]


def promote(situation: Situation, release: Release, *, ledger: Ledger, now: Callable[[], str]) -> None:
    """Make a release the live one: one write.

    Raises:
        LedgerConflict: another refresh has moved the pointer; the release stays unseen.
    """
    move_pointer(ledger, situation.pointer, release.id, why=PROMOTE, decision=release.decision, at=now())


CANDIDATE = "candidate"
"""A kind of object: a release that waits for a person, named by the release it was compared with and its decision."""


def put_candidate(ledger: Ledger, decision: str, waiting: Release, compared: Release) -> None:
    """Note that a release waits for a person, for as long as the one that it was compared with is live."""
    value = {"decision": decision, "candidate": waiting.id, "compared": compared.id}
    ledger.put(CANDIDATE, f"{compared.id}-{decision}", value)


def candidate(
    situation: Situation, acted: Acted, *, builder: Builder, ledger: Ledger, params: Params
) -> Release | None:
    """Keep the release that a person may choose where the gate could not tell; ``pointsman approve`` takes it."""
    if acted.refused or not (acted.waits or "generator" in acted.trained):
        return None
    made = _release(situation, acted, Verdict.INCONCLUSIVE, builder=builder, ledger=ledger, params=params)
    if made is None or (not acted.waits and made[0].generator == situation.generator):
        return None
    ledger.put(EXAMPLES, situation.supervision.set_id, {"digests": list(situation.supervision.examples)})
    put_release(ledger, *made)
    return made[0]


def _differs(release: Release, live: Release | None) -> bool:
    """Tell whether a release would answer otherwise than the live one."""
    if live is None:
        return True
    parts = ("corpus", "index", "embedder", "generator", "prompt", "reranking")
    return any(getattr(release, part) != getattr(live, part) for part in parts)


def _lock(*, builder: Builder, ledger: Ledger) -> str | None:
    """Store the dvc.lock that the builds left, and return its id."""
    lock = builder.lock()
    if lock is None:
        return None
    id_ = content_id(lock)
    ledger.put(LOCK, id_, lock)
    return id_
