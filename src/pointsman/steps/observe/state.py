"""The state of a workspace: everything that a decision needs and that is known without a model or an engine."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.exposure import AccessChange
from pointsman.core.corpus.manifest import EVERYBODY, Manifest
from pointsman.core.corpus.restricted import restricted_documents, restricted_in
from pointsman.core.errors import ListingFailed
from pointsman.core.evaluation.statistics import Signal
from pointsman.core.hashing import content_id
from pointsman.core.index.filters import Filter
from pointsman.core.policy.approval import Seen, ceiling_of_names
from pointsman.core.policy.decide import decide
from pointsman.core.policy.decision import Decision
from pointsman.core.policy.evidence import Evidence, Measurements
from pointsman.core.policy.holds import EXPOSED, INSTRUCTIONS, REFUSED, ROLLED_BACK
from pointsman.core.policy.limits import Limits
from pointsman.core.release import Model, Release, Reranking
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Models
from pointsman.ports.progress import Progress
from pointsman.settings.params import Params
from pointsman.steps.ledger.access_record import caps_now, caps_of
from pointsman.steps.ledger.approvals import under_approval
from pointsman.steps.ledger.releases import load_release, manifest_of
from pointsman.steps.observe.configuration import Configured, limits_of
from pointsman.steps.observe.corpus_change import CorpusChange
from pointsman.steps.observe.documents import Listing, Observation, observe
from pointsman.steps.observe.evidence import evidence_of, example_digests, unlisted_corpus
from pointsman.steps.observe.exposure import exposed_documents, exposed_in_window, with_exposed
from pointsman.steps.observe.guard_inputs import guard_inputs
from pointsman.steps.observe.instructions import instructed, with_instructed
from pointsman.steps.resources import Intake, Records, Serving
from pointsman.steps.supervision.accept import Supervision, supervise

VARYING = re.compile(r"\b(?=\w*\d)[\w-]{8,}")
"""Parts of an error that differ each time (request ids, addresses, times). They do not make another state."""


@dataclass(frozen=True)
class WorkspaceState:
    """The store, the examples and params.yaml, compared with the live release."""

    live: Release | None
    """The live release; None before the first one."""
    live_manifest: Manifest
    """The documents of the live release."""
    observation: Observation
    """What the store listed and what was read."""
    manifest: Manifest
    """The documents to serve: the accepted ones, and the last accepted version of refused ones."""
    carried: frozenset[str]
    """Ids of refused documents whose last accepted version is kept."""
    diff: Diff
    """From the live manifest to ``manifest``."""
    supervision: Supervision
    """The accepted examples and probes."""
    embedder: Model
    """The embedder to use."""
    generator: Model
    """The generator to use."""
    prompt: str
    """Fingerprint of the prompt's layout."""
    evidence: Evidence
    """The evidence before measuring."""
    limits: Limits
    """The limits of params.yaml."""
    settings: str
    """Id of params.yaml's content."""
    pointer: Mapping[str, Any] | None
    """The live pointer at the beginning of the run. The run may move it only from there."""
    reranking: Reranking | None = None
    """The reranker of params.yaml."""
    known_examples: tuple[str, ...] = ()
    """Digests of the examples of the live release."""
    guarded: Mapping[str, Seen] = field(default_factory=dict)
    """Guard → the documents behind its count. An approval names these documents."""
    moved: frozenset[str] = frozenset()
    """Documents that changed while they were read. The next refresh takes their last change."""
    access: AccessChange = field(default_factory=AccessChange)
    """Documents that more readers may get than now, and those that fewer may get than the live release shows."""
    restricted: frozenset[str] = frozenset()
    """Documents that not everybody may read now, or could not in the live release: no record has their words."""

    @property
    def key(self) -> str:
        """Id of everything that a refresh depends on. The same key leads to the same outcome."""
        planned = self.decision
        return content_id([
            self.live.id if self.live else None, self.pointer, self.manifest.id, self.supervision.set_id,
            self.supervision.probes, self.embedder.base, self.generator.base, str(self.reranking), self.settings,
            self.evidence.approval.decision if self.evidence.approval else None, sorted(self.guarded.get(REFUSED, ())),
            *([sorted(self.guarded[EXPOSED])] if self.guarded.get(EXPOSED) else []),
            VARYING.sub("…", self.evidence.corpus.listing_error or ""), planned.index, planned.train, planned.hold,
        ])  # fmt: skip

    @cached_property
    def decision(self) -> Decision:
        """The decision before measuring. It is made once and passed on."""
        return decide(self.evidence, self.limits)

    def measured(self, signals: tuple[Signal, ...]) -> Decision:
        """Return the decision after measuring. ``signals`` are all measurements."""
        return decide(replace(self.evidence, measurements=Measurements(measured=True, signals=signals)), self.limits)

    @property
    def for_all(self) -> Filter:
        """What everybody may see: of the restricted documents those are named that an index may show as open."""
        live = self.live_manifest.entries
        return Filter(hidden=frozenset(d for d in self.restricted if d not in live or live[d].readers == EVERYBODY))

    def needs_release(self, decision: Decision) -> bool:
        """Return whether the decision leads to another release than the live one."""
        if decision.hold or (self.live is None and not len(self.manifest)):
            return False
        changes = self.evidence.configuration
        changed = changes.generator_changed or changes.prompt_changed or changes.reranker_changed
        return not decision.idle or bool(changed)

    @property
    def changes(self) -> dict[str, int]:
        """The ``changes`` object of the JSON contract."""
        known = set(self.known_examples)
        now = set(self.supervision.examples)
        refused = {r.item for r in self.observation.refused}
        return {
            **self.diff.counts,
            "exposed": len(self.access.exposed),
            "narrowed": len(self.access.narrowed),
            "quarantined": len(refused),
            "examples_added": len(now - known),
            "examples_removed": len(known - now - self.supervision.stale_examples),
        }


def observe_state(
    intake: Intake, listing: Listing | None = None, *, serving: Serving, records: Records, progress: Progress
) -> WorkspaceState:
    """Return the present state. The store is listed unless ``listing`` is given; only changed documents are opened.

    Raises:
        ListingFailed: the store could not be listed. ``state_unlisted`` gives the state then.
    """
    observation = observe(
        intake, listing, serving=serving, run_memory=records.memory, clock=records.clock, progress=progress
    )
    return state_of(intake, observation, serving=serving, records=records, progress=progress)


def state_of(
    intake: Intake, observation: Observation, *, serving: Serving, records: Records, progress: Progress
) -> WorkspaceState:
    """Return the state for an observation of the store; the store is not listed."""
    pointer, live, live_manifest = _live_now(serving.ledger)
    lost = live is None or live.index.collection not in serving.index.collections()
    manifest, carried = observation.accepted(Manifest() if lost else live_manifest)
    diff = Diff.between(live_manifest, manifest)
    corpus = CorpusChange(live, live_manifest, manifest=manifest, diff=diff, listed=len(observation.seen))
    guards = guard_inputs(
        intake, corpus, observation.good, carried, serving=serving, memory=records.memory, now=records.now,
        progress=progress,
    )  # fmt: skip
    access = AccessChange.between(live_manifest, manifest, diff, caps=caps_of(serving.ledger, observation.records))
    exposed = exposed_in_window(access, corpus, serving=serving, memory=records.memory, now=records.now)
    ordering = instructed(
        observation, live_manifest, manifest, diff, exempt=serving.params.guard.instructions_exempt,
        memory=records.memory,
    )  # fmt: skip
    known = example_digests(serving.ledger, live.examples if live else None)
    restricted = restricted_documents([manifest.entries, observation.stated], caps_now(serving.ledger))
    supervision = supervise(intake, manifest, restricted=restricted, records=records)
    configured = Configured.for_live(live, models=serving.models, params=serving.params)
    evidence = evidence_of(
        corpus, supervision, configured, guards=with_instructed(with_exposed(guards.inputs, exposed), ordering),
        quarantine=intake.quarantine, serving=serving, records=records,
    )  # fmt: skip
    limits = limits_of(serving.params)
    guarded = {
        **guards.documents, ROLLED_BACK: ceiling_of_names(evidence.corpus.brought_back),
        EXPOSED: exposed_documents(exposed, manifest), INSTRUCTIONS: ordering.documents,
    }  # fmt: skip
    approved = under_approval(serving.ledger, pointer, evidence=evidence, limits=limits, documents=guarded)
    return WorkspaceState(
        live=live, live_manifest=live_manifest, observation=observation, manifest=manifest, carried=carried, diff=diff,
        supervision=supervision, embedder=configured.embedder, generator=configured.generator, prompt=configured.prompt,
        evidence=approved, limits=limits, settings=content_id(asdict(serving.params)), pointer=pointer,
        reranking=configured.reranking, known_examples=known, guarded=guarded, access=access,
        restricted=restricted | restricted_in(live_manifest.entries),
    )  # fmt: skip


def state_unlisted(error: ListingFailed, *, ledger: Ledger, models: Models, params: Params) -> WorkspaceState:
    """Return the state while the store cannot be listed: the live release, without any change."""
    pointer, live, manifest = _live_now(ledger)
    configured = Configured.for_live(live, models=models, params=params)
    known = example_digests(ledger, live.examples if live else None)
    supervision = Supervision(
        known, (live.examples if live else None) or "", probes="", refused_examples=(), refused_probes=()
    )
    return WorkspaceState(
        live=live, live_manifest=manifest, observation=Observation({}), manifest=manifest, carried=frozenset(),
        diff=Diff(), supervision=supervision, embedder=configured.embedder, generator=configured.generator,
        prompt=configured.prompt, evidence=Evidence(unlisted_corpus(live, manifest, str(error))),
        limits=limits_of(params), settings=content_id(asdict(params)), pointer=pointer, reranking=configured.reranking,
        known_examples=known, restricted=restricted_documents([manifest.entries], caps_now(ledger)),
    )  # fmt: skip


def state_now(
    intake: Intake, listing: Listing | None = None, *, serving: Serving, records: Records, progress: Progress
) -> WorkspaceState:
    """Return the present state, also if the store cannot be listed."""
    try:
        return observe_state(intake, listing, serving=serving, records=records, progress=progress)
    except ListingFailed as error:
        return state_unlisted(error, ledger=serving.ledger, models=serving.models, params=serving.params)


def _live_now(ledger: Ledger) -> tuple[Mapping[str, Any] | None, Release | None, Manifest]:
    """Return (the live pointer, its release, the manifest of that release)."""
    pointer = ledger.pointer()
    live = load_release(ledger, pointer["release"]) if pointer else None
    return pointer, live, manifest_of(ledger, live) if live else Manifest()
