"""Assess: what re-indexing did not repair, measured on the staged revision, with controls."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from pointsman.core.attribution import Facts, cause_signals
from pointsman.core.edits import Edit
from pointsman.core.examples import Example
from pointsman.core.forms import form_of, told
from pointsman.core.gate import Ruling, judge_index
from pointsman.core.generator_track import blocked
from pointsman.core.identity import digest
from pointsman.core.index import Hit, Wanted, sources_of
from pointsman.core.leakage import sides
from pointsman.core.pairs import gate_probes
from pointsman.core.policy import GAP, GENERATOR, RECITED
from pointsman.core.probes import DERIVED, DERIVED_AT_MOST, GOLDEN, Probe, derive
from pointsman.core.release import Index, Reranking
from pointsman.core.signals import Signal, difference, paired, proportion
from pointsman.ports import Embedder
from pointsman.steps.arms import shots_of, sit_arms
from pointsman.steps.asking import NOTHING_ASKED, Asked, asked_of
from pointsman.steps.attributing import Witness, example_facts
from pointsman.steps.crossing import crossings_of, recited, set_crossing
from pointsman.steps.desk import Desk
from pointsman.steps.drifting import drift_signals
from pointsman.steps.editing import edit_signals, edits_served
from pointsman.steps.examining import Behaviour, behaviour_signals, shape_of, sit_exam
from pointsman.steps.owing import unsettled
from pointsman.steps.prompting import pose, rerank_of, retrieve, set_paper
from pointsman.steps.releases import EXAMPLES
from pointsman.steps.situation import Situation
from pointsman.steps.staging import Staged
from pointsman.steps.supervision import examples_of, known_examples, probes_of, unanswerable_probes
from pointsman.steps.tainting import learned_by


@dataclass(frozen=True)
class Assessment:
    """What was measured on a staged revision."""

    signals: tuple[Signal, ...] = ()
    facts: tuple[Facts, ...] = ()
    """What is known of each probe and held-out example that was asked, by which the failed ones are attributed."""
    live_hits: tuple[bool, ...] = ()
    """Golden probes whose documents did not change: hit on the live release."""
    staged_hits: tuple[bool, ...] = ()
    """The same probes on the staged revision."""
    behaviour: Behaviour | None = None
    derived_new: tuple[Probe, ...] = ()
    derived_control: tuple[Probe, ...] = ()
    asked: Asked = NOTHING_ASKED
    """Held-out golden probes of new and of unchanged content, where something was staged."""
    edits: tuple[Edit, ...] = ()
    """What was edited in each document, where something was staged."""

    def rule_index(self, desk: Desk, served: int, wanted: int) -> Ruling:
        """Rule over the staged revision."""
        return judge_index(
            served, wanted, self.live_hits, self.staged_hits,
            max_loss=desk.params.gate.max_loss, confidence=desk.params.policy.confidence, seed=desk.params.seed,
        )  # fmt: skip


def assess(desk: Desk, situation: Situation, staged: Staged | None) -> Assessment:
    """Return what the staged revision (or the live index, when nothing was staged) leaves unrepaired."""
    at = staged.index if staged else situation.live.index if situation.live else None
    if at is None:
        return Assessment()
    embedder = desk.models.embedder(situation.embedder)
    asked = staged or situation.evidence.reranker_changed
    golden = _golden(desk, situation, at, embedder, staged) if asked else Assessment()
    gap, new, control, derived_facts = _retrieval_gap(desk, situation, staged, embedder) if staged else NO_GAP
    behaviour = _behaviour(desk, situation, at, embedder)
    edits = edits_served(desk, situation.live, at, situation.diff.edited, embedder) if staged else ()
    return Assessment(
        signals=(
            *golden.signals,
            *gap,
            *behaviour_signals(desk, behaviour),
            *_recited(desk, situation, at, embedder),
            *edit_signals(edits, desk.params.policy.confidence),
            *(drift_signals(desk, situation, at) if staged else ()),
            *cause_signals(golden.facts, desk.params.policy.confidence),
        ),
        facts=(*golden.facts, *derived_facts, *example_facts(behaviour)),
        live_hits=golden.live_hits,
        staged_hits=golden.staged_hits,
        behaviour=behaviour,
        derived_new=new,
        derived_control=control,
        asked=golden.asked,
        edits=edits,
    )


def hits_of(
    desk: Desk,
    at: Index,
    embedder: Embedder,
    probes: Sequence[Probe],
    *,
    dense_only: bool = False,
    reranking: Reranking | None = None,
) -> list[bool]:
    """Return for each probe whether one of its documents is among the top k passages at ``at``."""
    found = found_of(desk, at, embedder, probes, dense_only=dense_only, reranking=reranking)
    return _hit(probes, found)


def _hit(probes: Sequence[Probe], found: Sequence[Sequence[Hit]]) -> list[bool]:
    return [probe.hit(sources_of(hits)) for probe, hits in zip(probes, found, strict=True)]


def found_of(
    desk: Desk,
    at: Index,
    embedder: Embedder,
    probes: Sequence[Probe],
    *,
    dense_only: bool = False,
    reranking: Reranking | None = None,
) -> list[list[Hit]]:
    """Return for each probe the top k passages at ``at``."""
    return retrieve(
        desk.index,
        embedder,
        at,
        [p.question for p in probes],
        desk.params.retriever.top_k,
        dense_only=dense_only,
        rerank=rerank_of(desk.models, reranking),
    )


def _golden(desk: Desk, situation: Situation, at: Index, embedder: Embedder, staged: Staged | None) -> Assessment:
    """Ask the golden probes of both revisions; those whose documents changed say nothing about what is live."""
    learned = any(m.adapter for m in (situation.embedder, *([situation.live.embedder] if situation.live else [])))
    probes = gate_probes(probes_of(desk, situation.supervision), desk.params.seed, learned=learned)
    looked = Witness(desk, situation, at, embedder)
    refused = looked.refused(unanswerable_probes(desk, situation.supervision, situation.manifest.entries.keys()))
    if not probes:
        return Assessment(facts=tuple(refused))
    found = found_of(desk, at, embedder, probes, reranking=situation.reranking)
    staged_hits = _hit(probes, found)
    confidence, seed = desk.params.policy.confidence, desk.params.seed
    signals = [proportion("probes.golden.staged", staged_hits, confidence, "hit@k, 0..1")]
    live_hits: list[bool] = []
    if situation.live and situation.evidence.collection_lost is None:
        live_embedder = desk.models.embedder(situation.live.embedder)
        before = situation.live.reranking
        live_hits = hits_of(desk, situation.live.index, live_embedder, probes, reranking=before)
        signals.append(proportion("probes.golden.live", live_hits, confidence, "hit@k, 0..1"))
        deltas = [float(s) - float(v) for v, s in zip(live_hits, staged_hits, strict=True)]
        signals.append(
            paired("probes.golden.change", deltas, confidence, unit="hit@k staged minus live, -1..1", seed=seed)
        )
    steady = [n for n, p in enumerate(probes) if live_hits and not situation.diff.altered.intersection(p.documents)]
    asked = asked_of(desk, situation, probes, staged_hits) if staged else NOTHING_ASKED
    return Assessment(
        signals=(*signals, *asked.signals(confidence)),
        facts=(*refused, *looked.facts(GOLDEN, probes, found)),
        live_hits=tuple(live_hits[n] for n in steady),
        staged_hits=tuple(staged_hits[n] for n in steady),
        asked=asked,
    )


Gap = tuple[tuple[Signal, ...], tuple[Probe, ...], tuple[Probe, ...], tuple[Facts, ...]]
"""Signals, derived probes of new and of unchanged content, and the facts of both."""

NO_GAP: Gap = ((), (), (), ())


def _retrieval_gap(desk: Desk, situation: Situation, staged: Staged, embedder: Embedder) -> Gap:
    """Return the gap between unchanged and new content, by derived probes and the embedder alone (no BM25)."""
    if situation.live is None:
        return NO_GAP
    seed = desk.params.seed
    fresh = {*situation.diff.added, *situation.diff.edited}
    steady = situation.manifest.entries.keys() - situation.diff.altered
    carried = unsettled(desk, sorted(steady))
    earlier = _chunks_of(desk, staged.index, sorted(carried))
    new = derive([*(w for w in staged.prepared.new if w.document in fresh), *earlier], seed=seed)
    control = derive(_sample(desk, staged.index, steady - carried), seed=seed)
    if not new or not control:
        return (), tuple(new), tuple(control), ()
    probes = [*control, *new]
    found = found_of(desk, staged.index, embedder, probes, dense_only=True)
    hits = _hit(probes, found)
    gap = difference(GAP, hits[: len(control)], hits[len(control) :], desk.params.policy.confidence)
    parts = (
        proportion("probes.derived.control", hits[: len(control)], desk.params.policy.confidence, "hit@k, 0..1"),
        proportion("probes.derived.new", hits[len(control) :], desk.params.policy.confidence, "hit@k, 0..1"),
    )
    facts = Witness(desk, situation, staged.index, embedder).facts(DERIVED, probes, found)
    return (gap, *parts), tuple(new), tuple(control), tuple(facts)


def _sample(desk: Desk, at: Index, steady: Collection[str]) -> list[Wanted]:
    """Return the chunks of a random sample of unchanged documents, drawn by hashing."""
    drawn = sorted(steady, key=lambda document: digest(f"{desk.params.seed}\n{document}"))[:DERIVED_AT_MOST]
    return _chunks_of(desk, at, drawn)


def _chunks_of(desk: Desk, at: Index, documents: Sequence[str]) -> list[Wanted]:
    return desk.index.wanted(at.collection, revision=at.revision, documents=documents) if documents else []


def _behaviour(desk: Desk, situation: Situation, at: Index, embedder: Embedder) -> Behaviour | None:
    """Let the live generator answer the held-out examples, when there is enough to learn, or something to unlearn."""
    enough = situation.evidence.new_examples >= desk.params.policy.min_examples
    if not (enough or GENERATOR in situation.decide().train) or blocked(situation.evidence, situation.limits):
        return None
    examples = examples_of(desk, situation.supervision)
    parted = sides(examples, desk.params.seed, desk.sketch)
    held_out = parted.held_out
    if not held_out:
        return None
    rerank = rerank_of(desk.models, situation.reranking)
    paper = set_paper(desk.index, embedder, at, held_out, desk.params.generator, rerank)
    shape = shape_of(examples)
    known = _trained_on(desk, situation)
    earlier = tuple(example.digest in known for example in held_out)
    crossings = set_crossing(desk, situation, at, embedder, rerank)
    form, shown = desk.params.generator, shots_of(parted.training, desk.params.generator.few_shot, desk.params.seed)
    shots = pose(desk.index, embedder, at, shown, replace(form, passages=1), rerank) if shown else []
    scores = sit_exam(desk, situation.generator, paper.oracle, shape)
    taught = [e.completion for e in parted.training]
    arms = sit_arms(desk, situation.generator, paper.oracle, shape, shots=shots, completions=taught)
    return Behaviour(paper, shape, scores, earlier, crossings, arms, _told(examples, known, embedder))


def _told(examples: Sequence[Example], known: Collection[str], embedder: Embedder) -> tuple[bool, ...]:
    """Return whether the conversation of each new example tells its form; nothing where all have one form."""
    forms = [form_of(example) for example in examples]
    new = [n for n, example in enumerate(examples) if example.digest not in known]
    if len(set(forms)) < 2 or not new:  # noqa: PLR2004 - one form needs no telling
        return ()
    asked = ["\n".join(message["content"] for message in example.messages[:-1]) for example in examples]
    return tuple(told(embedder.embed(asked), forms, new))


def _recited(desk: Desk, situation: Situation, at: Index, embedder: Embedder) -> tuple[Signal, ...]:
    """Return what the live generator makes of the stale examples that it learned, where they argue for a training."""
    if not situation.evidence.tainted or GENERATOR not in situation.decide().train:
        return ()
    learned = learned_by(desk.ledger, situation.live) & situation.supervision.stale_examples
    stale = [e for e in known_examples(desk, situation.supervision) if e.digest in learned and e.cites]
    rerank = rerank_of(desk.models, situation.reranking)
    found = recited(desk, situation.generator, crossings_of(desk, stale, at, embedder, rerank))
    if not found:
        return ()
    return (proportion(RECITED, list(found.values()), desk.params.policy.confidence, "share of stale ones, 0..1"),)


def _trained_on(desk: Desk, situation: Situation) -> frozenset[str]:
    """Return the digests of the examples that the champion's adapter was made for; none without an adapter."""
    live = situation.live
    if live is None or live.trained_on is None or situation.generator.adapter is None:
        return frozenset()
    value = desk.ledger.get(EXAMPLES, live.trained_on)
    return frozenset(value["digests"]) if value else frozenset()
