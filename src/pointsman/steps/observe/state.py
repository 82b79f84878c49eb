"""The situation: everything a decision needs that is known without loading a model or an engine."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.documents import Listed
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.errors import ListingFailed
from pointsman.core.evaluation.statistics import Signal
from pointsman.core.hashing import content_id
from pointsman.core.policy.decide import decide
from pointsman.core.policy.decision import Decision
from pointsman.core.policy.evidence import (
    ConfigurationChanges,
    CorpusState,
    Evidence,
    Measurements,
    SupervisionState,
    TrainingHistory,
)
from pointsman.core.policy.holds import REFUSED
from pointsman.core.policy.limits import Limits
from pointsman.core.release import Model, Release, Reranking
from pointsman.core.training.experience_replay import BASE
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Models
from pointsman.ports.progress import Progress
from pointsman.ports.workspace import Memory, QuarantineStore
from pointsman.settings.params import Params
from pointsman.steps.history.debt import current_debt
from pointsman.steps.history.failed_trainings import failed_before, training_parameters
from pointsman.steps.history.throughput import hours_since, retriever_estimate, training_seconds
from pointsman.steps.ledger.approvals import under_approval
from pointsman.steps.ledger.releases import EXAMPLES, load, manifest_of, rolled_back_from
from pointsman.steps.observe.configuration import Configured, limits_of
from pointsman.steps.observe.documents import Observation, observe
from pointsman.steps.observe.guard_inputs import guard_inputs
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.supervision.accept import Supervision, supervise
from pointsman.steps.supervision.experience_replay import examples_used
from pointsman.steps.supervision.taint import learned_by

CONTRADICTS = "consistent"
"""Check of the examples that one fails which another answers otherwise."""

VARYING = re.compile(r"\b(?=\w*\d)[\w-]{8,}")
"""What differs in an error each time that it comes (request ids, addresses, times): not another situation."""


@dataclass(frozen=True)
class WorkspaceState:
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
    guarded: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Guard → the documents that it looks at: what an approval names."""
    moved: frozenset[str] = frozenset()
    """Documents that changed while they were read; their last change is left to the next refresh."""

    @property
    def key(self) -> str:
        """Id of all that a refresh would act on, and of what it plans: the same key leads to the same outcome."""
        planned = self.decision
        return content_id([
            self.live.id if self.live else None, self.pointer, self.manifest.id, self.supervision.set_id,
            self.supervision.probes, self.embedder.base, self.generator.base, str(self.reranking), self.settings,
            self.evidence.approval.decision if self.evidence.approval else None, sorted(self.guarded.get(REFUSED, ())),
            VARYING.sub("…", self.evidence.corpus.listing_error or ""), planned.index, planned.train, planned.hold,
        ])  # fmt: skip

    @cached_property
    def decision(self) -> Decision:
        """The decision before anything is measured. It is made once and passed on."""
        return decide(self.evidence, self.limits)

    def measured(self, signals: tuple[Signal, ...]) -> Decision:
        """Return the decision after measuring; ``signals`` are all that was measured."""
        return decide(replace(self.evidence, measurements=Measurements(measured=True, signals=signals)), self.limits)

    def needs_release(self, decision: Decision) -> bool:
        """Tell whether carrying the decision out gives another release than the live one."""
        if decision.hold or (self.live is None and not len(self.manifest)):
            return False
        wanted = self.evidence.configuration
        changed = wanted.generator_changed or wanted.prompt_changed or wanted.reranker_changed
        return not decision.idle or bool(changed)

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
            "examples_removed": len(known - now - self.supervision.stale_examples),
        }


def _live_now(ledger: Ledger) -> tuple[Mapping[str, Any] | None, Release | None, Manifest]:
    """Return what readers get now: (the pointer, the release that it names, its manifest)."""
    pointer = ledger.pointer()
    live = load(ledger, pointer["release"]) if pointer else None
    return pointer, live, manifest_of(ledger, live) if live else Manifest()


def observe_state(
    intake: Intake, listing: Sequence[Listed] | None = None, *, serving: Serving, records: Records, progress: Progress
) -> WorkspaceState:
    """Return the state now: one listing (or the one given), only changed documents opened, no model loaded.

    Raises:
        ListingFailed: the store could not be listed; ``state_unlisted`` is the state then.
    """
    observation = observe(intake, listing, serving=serving, run_memory=records.memory, progress=progress)
    return state_of(intake, observation, serving=serving, records=records, progress=progress)


def state_of(
    intake: Intake, observation: Observation, *, serving: Serving, records: Records, progress: Progress
) -> WorkspaceState:
    """Return the state that an observation of the store shows; the store is not listed."""
    pointer, live, live_manifest = _live_now(serving.ledger)
    lost = live is None or live.index.collection not in serving.index.collections()
    manifest, carried = observation.accepted(Manifest() if lost else live_manifest)
    diff = Diff.between(live_manifest, manifest)
    seen = guard_inputs(
        intake,
        live,
        diff=diff,
        manifests=(live_manifest, manifest),
        good=observation.good,
        carried=carried,
        serving=serving,
        memory=records.memory,
        progress=progress,
    )
    known = _examples(serving.ledger, live.examples if live else None)
    supervision = supervise(intake, manifest, records=records)
    wanted = Configured.beside(live, models=serving.models, params=serving.params)
    learning = _supervision_state(serving, live, wanted.generator, supervision, quarantine=intake.quarantine)
    configured = wanted.changes(live, vector_index=serving.index, params=serving.params)
    otherwise = diff.actionable or configured != ConfigurationChanges()
    rolled_back = None
    if otherwise or learning.new_examples:
        rolled_back = _repeats_rollback(manifest, supervision, wanted, ledger=serving.ledger, params=serving.params)
    corpus = CorpusState(
        changes=diff.counts,
        live_documents=len(live_manifest),
        listed_documents=len(observation.seen),
        documents=len(manifest),
        manifest=manifest.id,
        live=live.id if live else None,
        has_live=live is not None,
        rolled_back=rolled_back,
    )
    history = TrainingHistory(
        debts=current_debt(supervision.set_id, clock=records.clock, memory=records.memory),
        **_generator_history(serving, live, wanted.generator, supervision, learning=learning, records=records),
        **(
            _retriever_history(live, clock=records.clock, memory=records.memory, params=serving.params)
            if live and otherwise
            else {}
        ),
    )
    evidence = Evidence(corpus, configuration=configured, guards=seen.inputs, supervision=learning, training=history)
    limits = limits_of(serving.params)
    return WorkspaceState(
        live, live_manifest, observation=observation, manifest=manifest, carried=carried, diff=diff, supervision=supervision, embedder=wanted.embedder, generator=wanted.generator,
        prompt=wanted.prompt, evidence=under_approval(serving.ledger, pointer, evidence=evidence, limits=limits, documents=seen.documents), limits=limits,
        settings=content_id(asdict(serving.params)), pointer=pointer, reranking=wanted.reranking, known_examples=known, guarded=seen.documents,
    )  # fmt: skip


def state_unlisted(error: ListingFailed, *, ledger: Ledger, models: Models, params: Params) -> WorkspaceState:
    """Return the situation while the store cannot be listed: what is live, and that nothing else is known."""
    pointer, live, manifest = _live_now(ledger)
    wanted = Configured.beside(live, models=models, params=params)
    known = _examples(ledger, live.examples if live else None)
    supervision = Supervision(
        known, (live.examples if live else None) or "", probes="", refused_examples=(), refused_probes=()
    )
    corpus = CorpusState(
        changes=Diff().counts, live_documents=len(manifest), listed_documents=0, documents=len(manifest),
        manifest=manifest.id, live=live.id if live else None, has_live=live is not None, listing_error=str(error),
    )  # fmt: skip
    return WorkspaceState(
        live, manifest, observation=Observation({}), manifest=manifest, carried=frozenset(), diff=Diff(), supervision=supervision,
        embedder=wanted.embedder, generator=wanted.generator, prompt=wanted.prompt, evidence=Evidence(corpus), limits=limits_of(params),
        settings=content_id(asdict(params)), pointer=pointer, reranking=wanted.reranking, known_examples=known,
    )  # fmt: skip


def state_now(
    intake: Intake, listing: Sequence[Listed] | None = None, *, serving: Serving, records: Records, progress: Progress
) -> WorkspaceState:
    """Return the situation now, that of a store which cannot be listed included."""
    try:
        return observe_state(intake, listing, serving=serving, records=records, progress=progress)
    except ListingFailed as error:
        return state_unlisted(error, ledger=serving.ledger, models=serving.models, params=serving.params)


def attempt_id(params: Params, supervision: Supervision, generator: Model) -> str:
    """Return the id of training these examples onto this generator in this way: its adapter counts if gone on from."""
    goes_on = [] if params.generator.lora.start == BASE else [generator.adapter]
    return content_id([supervision.set_id, generator.base, training_parameters(asdict(params.generator)), params.seed, *goes_on])


def _supervision_state(
    serving: Serving,
    live: Release | None,
    generator: Model,
    supervision: Supervision,
    *,
    quarantine: QuarantineStore,
) -> SupervisionState:
    """Return what the generator could learn, and what it learned that is stale."""
    same = live is not None and live.generator.adapter == generator.adapter
    trained = set(_examples(serving.ledger, live.trained_on if live and same else None))
    learned = learned_by(serving.ledger, live) if live and same else frozenset()
    tainted = len(learned & supervision.stale_examples)
    return SupervisionState(
        examples=supervision.set_id,
        new_examples=sum(digest not in trained for digest in supervision.examples) if live else 0,
        known_examples=len(supervision.examples),
        contradicting=_contradicting(quarantine, supervision),
        tainted=tainted,
        learned=len(learned) if tainted else 0,
    )


def _generator_history(
    serving: Serving,
    live: Release | None,
    generator: Model,
    supervision: Supervision,
    *,
    learning: SupervisionState,
    records: Records,
) -> dict[str, Any]:
    """Return the fields of ``TrainingHistory`` about the generator; none where there is nothing to train."""
    if not (learning.new_examples or learning.tainted):
        return {}
    used = examples_used(live, supervision, ledger=serving.ledger, models=serving.models, params=serving.params)
    return {
        **_failed_before(live, generator, supervision, ledger=serving.ledger, params=serving.params),
        "train_seconds": training_seconds(used, memory=records.memory, params=serving.params),
        "hours_since_training": hours_since("trained_at", clock=records.clock, memory=records.memory),
    }


def _examples(ledger: Ledger, set_id: str | None) -> tuple[str, ...]:
    value = ledger.get(EXAMPLES, set_id) if set_id else None
    return tuple(value["digests"]) if value else ()


def _repeats_rollback(
    manifest: Manifest, supervision: Supervision, wanted: Configured, *, ledger: Ledger, params: Params
) -> str | None:
    """Return the release that a person rolled back from, when going on would only make it again."""
    chunking = chunking_fingerprint(params.chunking.max_tokens)
    now = (chunking, wanted.embedder.base, wanted.generator.base, wanted.prompt, wanted.reranking)
    for left in rolled_back_from(ledger):
        release = load(ledger, left)
        made = (
            release.index.chunking,
            release.embedder.base,
            release.generator.base,
            release.prompt,
            release.reranking,
        )
        configured = made == now
        taught = release.examples in {None, supervision.set_id}
        if configured and taught and not Diff.between(manifest_of(ledger, release), manifest).actionable:
            return left
    return None


def _retriever_history(live: Release, *, clock: Callable[[], float], memory: Memory, params: Params) -> dict[str, Any]:
    """Return the fields of ``TrainingHistory`` about the retriever."""
    estimate = retriever_estimate(live.index.points, memory=memory, params=params)
    hours = hours_since("retriever_trained_at", clock=clock, memory=memory)
    return {"retriever_seconds": round(estimate.seconds, 1), "hours_since_retriever": hours}


def _failed_before(
    live: Release | None, generator: Model, supervision: Supervision, *, ledger: Ledger, params: Params
) -> dict[str, Any]:
    return failed_before(
        attempt_id(params, supervision, generator), live, generator, supervision, ledger=ledger, params=params
    )


def _contradicting(quarantine: QuarantineStore, supervision: Supervision) -> int:
    if not supervision.refused_examples:
        return 0
    return len({row.item for row in quarantine.rows("examples") if row.check == CONTRADICTS})
