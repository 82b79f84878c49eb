"""The situation: everything a decision needs that is known without loading a model or an engine."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from pointsman.core.chunks import chunking_fingerprint
from pointsman.core.diff import Diff, Manifest
from pointsman.core.documents import Listed
from pointsman.core.errors import ListingFailed
from pointsman.core.evidence import Evidence, Limits
from pointsman.core.guard import REFUSED
from pointsman.core.identity import content_id
from pointsman.core.policy import RULES, Decision, decide
from pointsman.core.prompt import prompt_fingerprint
from pointsman.core.release import Model, Release, Reranking
from pointsman.core.replay import BASE
from pointsman.core.signals import Signal
from pointsman.steps.approvals import under_approval
from pointsman.steps.attempts import failed_before, recipe_of
from pointsman.steps.desk import Desk, Role
from pointsman.steps.guarding import watched
from pointsman.steps.observing import Observation, observe
from pointsman.steps.owing import owed_now
from pointsman.steps.pacing import hours_since, retriever_estimate, training_seconds
from pointsman.steps.releases import (
    EXAMPLES,
    load,
    manifest_of,
    rolled_back_from,
)
from pointsman.steps.replaying import examples_used
from pointsman.steps.supervision import Supervision, supervise
from pointsman.steps.tainting import learned_by

CONTRADICTS = "consistent"
"""Check of the examples that one fails which another answers otherwise."""

STEADY = re.compile(r"\b(?=\w*\d)[\w-]{8,}")
"""What differs in an error each time that it comes (request ids, addresses, times): not another situation."""


@dataclass(frozen=True)
class Situation:
    """The store, the examples and params.yaml, against what is live."""

    live: Release | None
    live_manifest: Manifest
    observation: Observation
    manifest: Manifest
    """What is to be served: the good documents, and the last good version of the refused ones."""
    carried: frozenset[str]
    diff: Diff
    supervision: Supervision
    embedder: Model
    generator: Model
    prompt: str
    evidence: Evidence
    limits: Limits
    settings: str
    """Id of params.yaml's content."""
    pointer: Mapping[str, Any] | None
    """Where the live pointer was when the run began; it may only be moved from there."""
    reranking: Reranking | None = None
    """How params.yaml has the best passages ordered anew."""
    known_examples: tuple[str, ...] = ()
    """Digests of the examples that the live release knew of."""
    watched: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Guard → the documents that it looks at: what an approval names."""
    moved: frozenset[str] = frozenset()
    """Documents that changed while they were read; their last change is left to the next refresh."""

    @property
    def key(self) -> str:
        """Id of all that a refresh would act on, and of what it plans: the same key leads to the same outcome."""
        planned = self.decide()
        return content_id([
            self.live.id if self.live else None, self.pointer, self.manifest.id, self.supervision.set_id,
            self.supervision.probes, self.embedder.base, self.generator.base, str(self.reranking), self.settings,
            self.evidence.approval.decision if self.evidence.approval else None, sorted(self.watched.get(REFUSED, ())),
            STEADY.sub("…", self.evidence.listing_error or ""), planned.index, planned.train, planned.hold,
        ])  # fmt: skip

    def decide(self, signals: tuple[Signal, ...] = (), *, measured: bool = False) -> Decision:
        """Return the decision on this situation with what was measured so far."""
        return decide(replace(self.evidence, signals=signals, measured=measured), self.limits)

    def needs_release(self, decision: Decision) -> bool:
        """Tell whether carrying the decision out gives another release than the live one."""
        if decision.hold or (self.live is None and not len(self.manifest)):
            return False
        e = self.evidence
        return not decision.idle or bool(e.generator_changed or e.prompt_changed or e.reranker_changed)

    @property
    def changes(self) -> dict[str, int]:
        """The contract's ``changes`` object."""
        known = set(self.known_examples)
        now = set(self.supervision.examples)
        refused = {r.item for r in self.observation.refused}
        return {
            **self.diff.counts,
            "quarantined": len(refused),
            "examples_added": len(now - known),
            "examples_removed": len(known - now),
        }


@dataclass(frozen=True)
class Configured:
    """What params.yaml has passages found and answers written with."""

    embedder: Model
    generator: Model
    prompt: str
    """Fingerprint of how a prompt is built."""
    reranking: Reranking | None

    @classmethod
    def beside(cls, desk: Desk, live: Release | None) -> "Configured":
        """Return what is configured; the adapters of the live release stay where their bases do."""
        embedder, generator = (inherited(desk, role, live) for role in ("retriever", "generator"))
        prompt = prompt_fingerprint(desk.params.generator.passages, desk.params.generator.passage_tokens)
        return cls(embedder, generator, prompt, desk.models.reranking())

    def changes(self, desk: Desk, live: Release | None) -> Mapping[str, Any]:
        """Return the fields of ``Evidence`` about what the live release has otherwise."""
        if live is None:
            return {}
        pairs = {
            "embedder_changed": (live.embedder.fingerprint, self.embedder.fingerprint),
            "chunking_changed": (live.index.chunking, chunking_fingerprint(desk.params.chunking.max_tokens)),
            "generator_changed": (live.generator.fingerprint, self.generator.fingerprint),
            "prompt_changed": (live.prompt, self.prompt),
            "reranker_changed": (str(live.reranking), str(self.reranking)),
        }
        changed = {name: f"{old} → {new}" for name, (old, new) in pairs.items() if old != new}
        if live.index.collection not in desk.index.collections():
            changed["collection_lost"] = f"collection {live.index.collection} is not there"
        return changed


def _served(desk: Desk) -> tuple[Mapping[str, Any] | None, Release | None, Manifest]:
    """Return what readers get now: (the pointer, the release that it names, its manifest)."""
    pointer = desk.ledger.pointer()
    live = load(desk.ledger, pointer["release"]) if pointer else None
    return pointer, live, manifest_of(desk.ledger, live) if live else Manifest()


def survey(desk: Desk, listing: Sequence[Listed] | None = None) -> Situation:
    """Return the situation now: one listing (or the one given), only changed documents opened, no model loaded.

    Raises:
        ListingFailed: the store could not be listed; ``unlisted`` is the situation then.
    """
    pointer, live, live_manifest = _served(desk)
    observation = observe(desk, listing)
    lost = live is None or live.index.collection not in desk.index.collections()
    manifest, carried = observation.accepted(Manifest() if lost else live_manifest)
    diff = Diff.between(live_manifest, manifest)
    seen = watched(desk, live, diff, (live_manifest, manifest), observation.good, carried)
    known = _examples(desk, live.examples if live else None)
    supervision = supervise(desk, manifest, known)
    wanted = Configured.beside(desk, live)
    learning = _learning(desk, live, wanted.generator, supervision)
    configured = wanted.changes(desk, live)
    remade = diff.actionable or configured or learning["new_examples"]
    evidence = Evidence(
        changes=diff.counts,
        live_documents=len(live_manifest),
        listed_documents=len(observation.seen),
        documents=len(manifest),
        corpus=manifest.id,
        live=live.id if live else None,
        examples=supervision.set_id,
        has_live=live is not None,
        rolled_back=_repeats_rollback(desk, manifest, supervision, wanted) if remade else None,
        owed=owed_now(desk, supervision.set_id),
        **learning,
        **configured,
        **seen.facts,
        **(_retraining(desk, live) if live and (diff.actionable or configured) else {}),
    )
    limits = limits_of(desk)
    return Situation(
        live, live_manifest, observation, manifest, carried, diff, supervision, wanted.embedder, wanted.generator,
        wanted.prompt, under_approval(desk.ledger, pointer, evidence, limits, seen.documents), limits,
        content_id(asdict(desk.params)), pointer, wanted.reranking, known, seen.documents,
    )  # fmt: skip


def unlisted(desk: Desk, error: ListingFailed) -> Situation:
    """Return the situation while the store cannot be listed: what is live, and that nothing else is known."""
    pointer, live, manifest = _served(desk)
    wanted = Configured.beside(desk, live)
    known = _examples(desk, live.examples if live else None)
    supervision = Supervision(known, (live.examples if live else None) or "", "", (), ())
    evidence = Evidence(
        changes=Diff().counts, live_documents=len(manifest), listed_documents=0, documents=len(manifest),
        corpus=manifest.id, live=live.id if live else None, has_live=live is not None, listing_error=str(error),
    )  # fmt: skip
    return Situation(
        live, manifest, Observation({}), manifest, frozenset(), Diff(), supervision,
        wanted.embedder, wanted.generator, wanted.prompt, evidence, limits_of(desk),
        content_id(asdict(desk.params)), pointer, wanted.reranking, known,
    )  # fmt: skip


def surveyed(desk: Desk, listing: Sequence[Listed] | None = None) -> Situation:
    """Return the situation now, that of a store which cannot be listed included."""
    try:
        return survey(desk, listing)
    except ListingFailed as error:
        return unlisted(desk, error)


def limits_of(desk: Desk) -> Limits:
    """Return the limits of params.yaml that a decision depends on: what is called so in one of its sections."""
    p = desk.params
    limits = {each.name for each in fields(Limits)}
    sections = (asdict(part) for part in (p.policy, p.guard, p.budget, p.gate))
    return Limits(rules=RULES, **{name: value for part in sections for name, value in part.items() if name in limits})


def inherited(desk: Desk, role: Role, live: Release | None) -> Model:
    """Return the model to use: the base of params.yaml, with the live adapter when it was trained on that base."""
    base = desk.models.base(role)
    if live is None:
        return base
    before = live.embedder if role == "retriever" else live.generator
    return replace(base, adapter=before.adapter) if before.base == base.base else base


def attempt_id(desk: Desk, supervision: Supervision, generator: Model) -> str:
    """Return the id of training these examples onto this generator in this way: its adapter counts if gone on from."""
    goes_on = [] if desk.params.generator.lora.start == BASE else [generator.adapter]
    return content_id(
        [supervision.set_id, generator.base, recipe_of(asdict(desk.params.generator)), desk.params.seed, *goes_on]
    )


def _learning(desk: Desk, live: Release | None, generator: Model, supervision: Supervision) -> dict[str, Any]:
    """Return the fields of ``Evidence`` about what the generator could learn."""
    trained = set(_examples(desk, live.trained_on if live and live.generator.adapter == generator.adapter else None))
    new = sum(digest not in trained for digest in supervision.examples) if live else 0
    learned = learned_by(desk.ledger, live) if live and live.generator.adapter == generator.adapter else frozenset()
    tainted = len(learned & supervision.stale_examples)
    return {
        "new_examples": new,
        "known_examples": len(supervision.examples),
        "contradicting": _contradicting(desk, supervision),
        **(_failed_before(desk, live, generator, supervision) if new or tainted else {}),
        "train_seconds": training_seconds(desk, examples_used(desk, live, supervision)) if new or tainted else 0.0,
        "hours_since_training": hours_since(desk, "trained_at") if new or tainted else None,
        "tainted": tainted,
        "learned": len(learned) if tainted else 0,
    }


def _examples(desk: Desk, set_id: str | None) -> tuple[str, ...]:
    value = desk.ledger.get(EXAMPLES, set_id) if set_id else None
    return tuple(value["digests"]) if value else ()


def _repeats_rollback(desk: Desk, manifest: Manifest, supervision: Supervision, wanted: Configured) -> str | None:
    """Return the release that a person rolled back from, when going on would only make it again."""
    chunking = chunking_fingerprint(desk.params.chunking.max_tokens)
    now = (chunking, wanted.embedder.base, wanted.generator.base, wanted.prompt, wanted.reranking)
    for left in rolled_back_from(desk.ledger):
        release = load(desk.ledger, left)
        made = (
            release.index.chunking,
            release.embedder.base,
            release.generator.base,
            release.prompt,
            release.reranking,
        )
        configured = made == now
        taught = release.examples in {None, supervision.set_id}
        if configured and taught and not Diff.between(manifest_of(desk.ledger, release), manifest).actionable:
            return left
    return None


def _retraining(desk: Desk, live: Release) -> dict[str, Any]:
    """Return the fields of ``Evidence`` about what a retriever training would cost."""
    estimate = retriever_estimate(desk, live.index.points)
    hours = hours_since(desk, "retriever_trained_at")
    return {"retriever_seconds": round(estimate.seconds, 1), "hours_since_retriever": hours}


def _failed_before(desk: Desk, live: Release | None, generator: Model, supervision: Supervision) -> dict[str, Any]:
    return failed_before(desk, attempt_id(desk, supervision, generator), live, generator, supervision)


def _contradicting(desk: Desk, supervision: Supervision) -> int:
    if not supervision.refused_examples:
        return 0
    return len({row.item for row in desk.quarantine.rows("examples") if row.check == CONTRADICTS})
