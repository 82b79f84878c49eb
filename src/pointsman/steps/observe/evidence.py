"""The evidence of a decision before anything is measured: corpus, configuration, examples and earlier trainings."""

from collections.abc import Callable
from typing import Any

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.policy.evidence import (
    ConfigurationChanges,
    CorpusState,
    Evidence,
    GuardInputs,
    SupervisionState,
    TrainingHistory,
)
from pointsman.core.release import Release
from pointsman.ports.ledger import Ledger
from pointsman.ports.workspace import Memory, QuarantineStore
from pointsman.settings.params import Params
from pointsman.steps.history.debt import current_debt
from pointsman.steps.history.failed_trainings import attempt_id, failed_before
from pointsman.steps.history.throughput import hours_since, retriever_estimate, training_seconds
from pointsman.steps.ledger.releases import EXAMPLES
from pointsman.steps.observe.configuration import Configured
from pointsman.steps.observe.corpus_change import CorpusChange
from pointsman.steps.observe.rolled_back import BroughtBack, brought_back
from pointsman.steps.resources import Records, Serving
from pointsman.steps.supervision.accept import Supervision
from pointsman.steps.supervision.experience_replay import examples_used
from pointsman.steps.supervision.taint import learned_by

CONTRADICTS = "consistent"
"""Check that an example fails if another example answers the same question differently."""


def evidence_of(
    corpus: CorpusChange,
    supervision: Supervision,
    configured: Configured,
    *,
    guards: GuardInputs,
    quarantine: QuarantineStore,
    serving: Serving,
    records: Records,
) -> Evidence:
    """Return the evidence, without measurements and without an approval."""
    live = corpus.live
    learning = _supervision_state(serving, live, supervision, configured, quarantine=quarantine)
    changes = configured.changes(live, vector_index=serving.index, params=serving.params)
    changed = bool(corpus.diff.actionable) or changes != ConfigurationChanges()
    back = BroughtBack()
    if changed or learning.new_examples:
        back = brought_back(corpus, supervision, configured, ledger=serving.ledger, params=serving.params)
    generator, retriever = {}, {}
    if learning.new_examples or learning.tainted:
        generator = _generator_history(serving, live, supervision, configured, records=records)
    if live and changed:
        retriever = _retriever_history(live, clock=records.clock, memory=records.memory, params=serving.params)
    debts = current_debt(supervision.set_id, clock=records.clock, memory=records.memory)
    return Evidence(
        _corpus_state(corpus, back),
        configuration=changes,
        guards=guards,
        supervision=learning,
        training=TrainingHistory(debts=debts, **generator, **retriever),
    )


def unlisted_corpus(live: Release | None, manifest: Manifest, because: str) -> CorpusState:
    """Return the corpus while the store cannot be listed: nothing changed. ``because`` is the error."""
    return CorpusState(
        changes=Diff().counts, live_documents=len(manifest), listed_documents=0, documents=len(manifest),
        manifest=manifest.id, live=live.id if live else None, has_live=live is not None, listing_error=because,
    )  # fmt: skip


def example_digests(ledger: Ledger, set_id: str | None) -> tuple[str, ...]:
    """Return the digests of a stored set of examples; none if the id is None or unknown."""
    value = ledger.get(EXAMPLES, set_id) if set_id else None
    return tuple(value["digests"]) if value else ()


def _corpus_state(corpus: CorpusChange, back: BroughtBack) -> CorpusState:
    live = corpus.live
    return CorpusState(
        changes=corpus.diff.counts, live_documents=len(corpus.live_manifest), listed_documents=corpus.listed,
        documents=len(corpus.manifest), manifest=corpus.manifest.id, live=live.id if live else None,
        has_live=live is not None, rolled_back=back.release, brought_back=back.documents, brought_back_parts=back.parts,
    )  # fmt: skip


def _supervision_state(
    serving: Serving,
    live: Release | None,
    supervision: Supervision,
    configured: Configured,
    *,
    quarantine: QuarantineStore,
) -> SupervisionState:
    """Return how many examples the generator has not learned, and how many stale ones it has."""
    same = live is not None and live.generator.adapter == configured.generator.adapter
    trained = set(example_digests(serving.ledger, live.trained_on if live and same else None))
    learned = learned_by(serving.ledger, live) if live and same else frozenset()
    tainted = len(learned & supervision.stale_examples)
    return SupervisionState(
        examples=supervision.set_id,
        new_examples=sum(digest not in trained for digest in supervision.examples) if live else 0,
        known_examples=len(supervision.examples),
        contradicting=_contradicting(quarantine, supervision),
        tainted=tainted,
        learned=len(learned) if tainted else 0,
        restricted=len(learned & supervision.restricted_examples),
    )


def _contradicting(quarantine: QuarantineStore, supervision: Supervision) -> int:
    """Return the number of examples that contradict another example."""
    if not supervision.refused_examples:
        return 0
    return len({row.item for row in quarantine.rows("examples") if row.check == CONTRADICTS})


def _generator_history(
    serving: Serving, live: Release | None, supervision: Supervision, configured: Configured, *, records: Records
) -> dict[str, Any]:
    """Return the fields of ``TrainingHistory`` about the generator."""
    params, ledger, generator = serving.params, serving.ledger, configured.generator
    used = examples_used(live, supervision, ledger=ledger, base=generator.base, params=params)
    attempt = attempt_id(params, supervision, generator)
    return {
        **failed_before(attempt, live, generator, supervision, ledger=ledger, params=params),
        "train_seconds": training_seconds(used, memory=records.memory, params=params),
        "hours_since_training": hours_since("trained_at", clock=records.clock, memory=records.memory),
    }


def _retriever_history(live: Release, *, clock: Callable[[], float], memory: Memory, params: Params) -> dict[str, Any]:
    """Return the fields of ``TrainingHistory`` about the retriever."""
    estimate = retriever_estimate(live.index.points, memory=memory, params=params)
    hours = hours_since("retriever_trained_at", clock=clock, memory=memory)
    return {"retriever_seconds": round(estimate.seconds, 1), "hours_since_retriever": hours}
