"""The decision: a pure function of evidence and limits. Same input, same bytes.

``index`` comes from what changed, exactly; ``train`` only from what is measured to remain after re-indexing; ``hold``
from the guards. Facts alone never train: no count of changed documents appears in a training rule.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from pointsman.core.arms import cheaper
from pointsman.core.cost import money
from pointsman.core.evidence import Evidence, Limits
from pointsman.core.guard import stops
from pointsman.core.identity import content_id


class Track(StrEnum):
    """What is done on the index track."""

    KEEP = "keep"
    PATCH = "patch"
    UPDATE = "update"
    REBUILD = "rebuild"


RETRIEVER, GENERATOR = "retriever", "generator"

CENTS = 10_000
"""Parts of a unit of money that a debt is said in, rounded up."""

GAP = "residual.retrieval.gap"
SHAPE = "residual.behaviour.shape_valid"
CITATION = "residual.behaviour.citation_correct"
TAINT = "examples.tainted"

EXACT = 1e-9
"""Added before a product is rounded down: 0.29 times 100 is 28.999999999999996."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence, the limit it was held against, and what follows."""

    signal: str
    value: Any
    limit: Any
    because: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, why, and what would have changed it."""

    id: str
    index: Track
    train: tuple[str, ...] = ()
    hold: bool = False
    reasons: tuple[Reason, ...] = ()
    flips: tuple[str, ...] = ()
    """What would have changed the decision, a sentence each."""
    debt: tuple[str, ...] = ()
    """What was deferred, and until when."""
    pending: tuple[str, ...] = ()
    """What is not measured yet and could still change the decision."""

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return self.index is Track.KEEP and not self.train and not self.hold

    def as_json(self) -> dict[str, Any]:
        """Return the decision as in the contract of ``plan --json``."""
        value = asdict(self)
        del value["id"]
        return value

    @classmethod
    def from_json(cls, id_: str, value: Mapping[str, Any]) -> "Decision":
        """Return the decision that ``as_json`` gave."""
        lists = {name: tuple(value[name]) for name in ("train", "flips", "debt", "pending")}
        reasons = tuple(Reason(**reason) for reason in value["reasons"])
        return cls(id_, Track(value["index"]), hold=value["hold"], reasons=reasons, **lists)


@dataclass(slots=True)
class _Draft:
    """A decision being argued."""

    index: Track = Track.KEEP
    train: list[str] = field(default_factory=list)
    hold: bool = False
    reasons: list[Reason] = field(default_factory=list)
    flips: list[str] = field(default_factory=list)
    debt: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)

    def because(self, signal: str, value: object, limit: object, sentence: str) -> None:
        self.reasons.append(Reason(signal, value, limit, sentence))


def decide(evidence: Evidence, limits: Limits) -> Decision:
    """Return the decision for ``evidence`` under ``limits``; its id is the hash of the two."""
    draft = _Draft()
    _guard(draft, evidence, limits)
    if not draft.hold:
        _route(draft, evidence)
        _retriever(draft, evidence, limits)
        _generator(draft, evidence, limits)
    if not draft.reasons:
        draft.because("changes", 0, 0, "nothing changed since the live release")
    return Decision(
        id=content_id({"evidence": evidence.as_json(), "limits": limits.as_json()}),
        index=draft.index,
        train=tuple(sorted(draft.train)),
        hold=draft.hold,
        reasons=tuple(draft.reasons),
        flips=tuple(dict.fromkeys(draft.flips)),
        debt=tuple(draft.debt),
        pending=tuple(draft.pending),
    )


def _guard(draft: _Draft, evidence: Evidence, limits: Limits) -> None:
    """Hold what looks like an accident, unless a person has approved it."""
    if not evidence.has_live and evidence.listed_documents == 0 and evidence.listing_error is None:
        draft.because("guard.listing", 0, 1, "the store lists no document and nothing is live")
    for stop in stops(evidence, limits):
        draft.hold |= not stop.passed
        draft.because(stop.signal, stop.value, stop.limit, stop.because)
        draft.flips += stop.flips


def _route(draft: _Draft, evidence: Evidence) -> None:
    """Choose the index track from what changed; exact, nothing is measured here."""
    changes = evidence.changes
    rebuild = (
        ("index.first", None if evidence.has_live else "no release yet", "there is no release yet: first index"),
        ("index.embedder", evidence.embedder_changed, "vectors of two embedders cannot be compared"),
        ("index.chunking", evidence.chunking_changed, "documents are cut in another way"),
        ("index.collection", evidence.collection_lost, "the live collection cannot be read"),
    )
    for name, value, sentence in rebuild:
        if value is not None and evidence.documents:
            draft.index = Track.REBUILD
            draft.because(name, value, None, sentence)
    if draft.index is Track.REBUILD:
        return
    texts = {k: changes.get(k, 0) for k in ("added", "removed", "edited")}
    names = {k: changes.get(k, 0) for k in ("renamed", "metadata")}
    if any(texts.values()):
        draft.index = Track.UPDATE
        draft.because(
            "changes.text", sum(texts.values()), 0, f"text changed: {_listed(texts)}; only touched chunks are embedded"
        )
    elif any(names.values()):
        draft.index = Track.PATCH
        draft.because(
            "changes.payload", sum(names.values()), 0, f"only names or metadata changed: {_listed(names)}; vectors stay"
        )
    elif changes.get("cosmetic", 0):
        draft.because(
            "changes.cosmetic",
            changes["cosmetic"],
            0,
            "only white space, wrapping or markup: the normalised text is equal",
        )
    for name, value in (
        ("generator.base", evidence.generator_changed),
        ("generator.prompt", evidence.prompt_changed),
        ("retriever.rerank", evidence.reranker_changed),
    ):
        if value is not None:
            draft.because(name, value, None, "params.yaml names another one; the next release carries it")


def _retriever(draft: _Draft, evidence: Evidence, limits: Limits) -> None:
    """Train the embedder only when new content is retrieved measurably worse than unchanged content."""
    if draft.index not in (Track.UPDATE, Track.REBUILD) or not evidence.has_live:
        return
    gap = evidence.signal(GAP)
    if gap is None:
        if not evidence.measured:
            draft.pending.append("the retrieval gap between new and unchanged content is measured after staging")
        return
    shown = f"hit@k on new content is {gap.value:.3f} [{gap.low:.3f}, {gap.high:.3f}] below unchanged content"
    if gap.n < limits.min_probes:
        draft.because(
            GAP, gap.value, limits.retrieval_gap, f"{shown}, but only {gap.n} probes; {limits.min_probes} are needed"
        )
        if gap.low > limits.retrieval_gap:
            draft.debt.append(f"retriever: {limits.min_probes - gap.n} more probes of new content would decide")
    elif gap.low > limits.retrieval_gap:
        draft.train.append(RETRIEVER)
        draft.because(GAP, gap.value, limits.retrieval_gap, f"{shown}; the lower bound exceeds {limits.retrieval_gap}")
    else:
        draft.because(
            GAP,
            gap.value,
            limits.retrieval_gap,
            f"{shown}; re-indexing is enough while the lower bound is at most {limits.retrieval_gap}",
        )
        draft.flips.append(
            f"a gap whose lower bound exceeds {limits.retrieval_gap} (is {gap.low:.3f}) would train the retriever"
        )


def _generator(draft: _Draft, evidence: Evidence, limits: Limits) -> None:
    """Train the generator when it measurably does not behave as enough new examples ask, or learned what is stale."""
    if _unlearn(draft, evidence, limits) or not evidence.new_examples:
        return
    missing = limits.min_examples - evidence.new_examples
    if missing > 0:
        draft.because(
            "examples.new",
            evidence.new_examples,
            limits.min_examples,
            f"{evidence.new_examples} new examples prove too little",
        )
        draft.debt.append(f"generator: deferred until {missing} more examples arrive ({evidence.new_examples} wait)")
        draft.flips.append(f"{missing} more accepted examples would have let the generator be measured and trained")
        return
    if evidence.refused_before:
        draft.because(
            "examples.refused",
            evidence.new_examples,
            0,
            "training on exactly these examples was tried and not promoted",
        )
        draft.debt.append(
            "generator: deferred until examples are added or changed; the last attempt with these was not promoted"
        )
        return
    lacking = _behaviour_lacks(draft, evidence, limits)
    for found in cheaper(evidence.signals, limits.shape_valid, limits.citation_correct) if lacking else ():
        draft.because(*found)
    if lacking and _affordable(draft, evidence, limits):
        draft.train.append(GENERATOR)


def _unlearn(draft: _Draft, evidence: Evidence, limits: Limits) -> bool:
    """Train again without the stale examples, when too large a share of what was learned is; tell if that decides."""
    if not evidence.tainted or limits.tainted_share is None:
        return False
    share = evidence.tainted / evidence.learned
    shown = f"{evidence.tainted} of the {evidence.learned} examples that the live generator learned are stale"
    borne = math.floor(limits.tainted_share * evidence.learned + EXACT)
    if share <= limits.tainted_share:
        draft.because(TAINT, share, limits.tainted_share, f"{shown}; up to {limits.tainted_share:.0%} is borne")
        draft.flips.append(f"{borne + 1 - evidence.tainted} more stale examples would train the generator without them")
        return False
    draft.because(
        TAINT, share, limits.tainted_share, f"{shown}, more than {limits.tainted_share:.0%}: train without them"
    )
    draft.flips.append(f"confirming {evidence.tainted - borne} of them would leave the generator as it is")
    missing = limits.min_examples - evidence.known_examples
    if missing > 0:
        draft.debt.append(f"generator: tainted until {missing} more examples are accepted, or stale ones confirmed")
        return False
    if evidence.refused_before:
        draft.debt.append("generator: tainted; the last attempt without the stale examples was not promoted")
    elif evidence.measured and evidence.signal(SHAPE) is None:
        draft.debt.append("generator: tainted until some examples fall on the held-out side, to compare on")
    elif _affordable(draft, evidence, limits):
        draft.train.append(GENERATOR)
    return True


def unlearns(decision: Decision) -> bool:
    """Tell whether the generator is trained for what it should not have learned: not to be worse is enough then."""
    tainted = next((reason for reason in decision.reasons if reason.signal == TAINT), None)
    return GENERATOR in decision.train and tainted is not None and tainted.value > tainted.limit


def _behaviour_lacks(draft: _Draft, evidence: Evidence, limits: Limits) -> bool:
    shape, citation = evidence.signal(SHAPE), evidence.signal(CITATION)
    if shape is None:
        if evidence.measured:
            draft.because(
                "examples.held_out",
                0,
                1,
                "no held-out example to measure behaviour on; examples of more documents are needed",
            )
            draft.debt.append("generator: deferred until some examples fall on the held-out side")
            return False
        draft.because(
            "examples.new",
            evidence.new_examples,
            limits.min_examples,
            "enough new examples; behaviour is measured before training",
        )
        draft.pending.append("whether the live generator already answers as the new examples ask")
        return True
    lacks = False
    for signal, limit, what in (
        (shape, limits.shape_valid, "in the examples' shape"),
        (citation, limits.citation_correct, "citing rightly"),
    ):
        if signal is None or limit == 0:
            continue
        shown = f"{signal.value:.0%} [{signal.low:.0%}, {signal.high:.0%}] of {signal.n} held-out answers are {what}"
        if signal.high < limit:
            lacks = True
            draft.because(
                signal.name,
                signal.value,
                limit,
                f"{shown}; the upper bound is below {limit:.0%}: re-indexing cannot repair it",
            )
        else:
            draft.because(
                signal.name, signal.value, limit, f"{shown}; the upper bound reaches {limit:.0%}: no training needed"
            )
            draft.flips.append(f"an upper bound below {limit:.0%} (is {signal.high:.0%}) would train the generator")
    return lacks


def _affordable(draft: _Draft, evidence: Evidence, limits: Limits) -> bool:
    waited = evidence.hours_since_training
    if waited is not None and waited < limits.cooldown_hours:
        draft.because("cooldown", waited, limits.cooldown_hours, f"the last training was {waited:.1f} h ago")
        draft.debt.append(f"generator: deferred for {limits.cooldown_hours - waited:.1f} h (cooldown)")
        return False
    if evidence.train_seconds > limits.train_seconds:
        draft.because(
            "budget",
            evidence.train_seconds,
            limits.train_seconds,
            f"training would take {evidence.train_seconds:.0f} s",
        )
        draft.debt.append(
            f"generator: deferred until budget.train_seconds is at least {math.ceil(evidence.train_seconds)}"
        )
        return False
    price = money(evidence.train_seconds, limits.price_per_hour or 0.0)
    if limits.train_money is not None and price > limits.train_money:
        draft.because("budget.money", price, limits.train_money, f"training would cost {price:.4f}")
        enough = math.ceil(price * CENTS) / CENTS
        draft.debt.append(f"generator: deferred until budget.train_money is at least {enough:.4f}")
        return False
    return True


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {kind}" for kind, n in counts.items() if n)
