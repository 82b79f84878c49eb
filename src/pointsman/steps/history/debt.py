"""Owing: what was put off is kept from one refresh to the next, until it has cost as much as a training."""

from collections.abc import Callable, Collection, Mapping, Sequence

from pointsman.core.evaluation.signal_names import DERIVED_GAP, GOLDEN_GAP, SHAPE
from pointsman.core.hashing import digest
from pointsman.core.policy.debt import Account, Debt
from pointsman.core.policy.decision import GENERATOR, RETRIEVER, Decision, Track
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits
from pointsman.core.policy.retriever_rules import decisive, gaps_of
from pointsman.core.policy.retriever_rules import unsettled as still_new
from pointsman.core.supervision.probes import Probe
from pointsman.ports.workspace import Memory

FORMAT = 1
"""Of what is remembered; another one is not read."""

OWED = "owed"
"""Memory: the account of each model. Losing it makes a deferred training wait longer, nothing else."""


def account_of(memory: Memory, role: str) -> Account:
    """Return what is kept of a model's debt."""
    known = memory.get(OWED)
    return Account.from_json(known["accounts"].get(role, {}) if known.get("format") == FORMAT else {})


def owed_now(examples: str, *, clock: Callable[[], float], memory: Memory) -> tuple[Debt, ...]:
    """Return what is owed to each model now, ``examples`` being the id of the set that is there; nothing is written."""
    now = clock()
    every = [account_of(memory, role).owed(role, now, examples) for role in (RETRIEVER, GENERATOR)]
    return tuple(each for each in every if each)


def unsettled(memory: Memory, documents: Sequence[str], *, asked: bool = False) -> frozenset[str]:
    """Return those of ``documents`` whose content is new to the retriever and was not judged, or is owed a training.

    With ``asked``, also those that golden probes alone could not settle.
    """
    account = account_of(memory, RETRIEVER)
    known = {*account.documents, *(account.asked if asked else ())}
    return frozenset(d for d in documents if digest(d) in known) if known else frozenset()


def book(
    decision: Decision,
    evidence: Evidence,
    limits: Limits,
    trained: Collection[str],
    *,
    new: Mapping[str, Sequence[Probe]],
    clock: Callable[[], float],
    memory: Memory,
) -> None:
    """Bring the accounts up to date after a refresh: a training clears one, a measurement moves it.

    Args:
        resources: whose memory keeps them.
        decision: what was decided on what was measured.
        evidence: what it was decided on.
        limits: under which.
        trained: the models that were trained, whatever the gate said of them.
        new: the probes of new content that each gap was measured on, by its name.
    """
    measured, now = evidence.signal(SHAPE), clock()
    generator, retriever = account_of(memory, GENERATOR), account_of(memory, RETRIEVER)
    if GENERATOR in trained:
        generator = Account(at=now)
    elif measured:
        generator = generator.measured(_points(decision, GENERATOR), now, examples=evidence.examples)
    elif generator.examples != evidence.examples:  # nobody asks for what was lacking then
        generator = generator.measured(0.0, now, examples=evidence.examples)
    if RETRIEVER in trained:
        retriever = Account(at=now)
    elif decision.index in (Track.UPDATE, Track.REBUILD):  # else nothing was weighed
        retriever = _weighed(retriever, decision, evidence, limits, new, now)
    accounts = {RETRIEVER: retriever, GENERATOR: generator}
    kept = {role: closed.as_json() for role, account in accounts.items() if (closed := _closed(account))}
    if kept or memory.get(OWED):
        memory.put(OWED, {"format": FORMAT, "accounts": kept})


def _weighed(
    before: Account,
    decision: Decision,
    evidence: Evidence,
    limits: Limits,
    new: Mapping[str, Sequence[Probe]],
    now: float,
) -> Account:
    """Return the retriever's account after its gaps were weighed; where none had enough probes, its points stay."""
    gaps, stay = gaps_of(evidence.signals), still_new(evidence, limits)
    if not gaps and not stay:
        return before
    points = _points(decision, RETRIEVER) if decisive(gaps, limits) else before.points
    carried = {name: {digest(d) for probe in new.get(name, ()) for d in probe.documents} for name in stay}
    return before.measured(points, now, documents=carried.get(DERIVED_GAP, ()), asked=carried.get(GOLDEN_GAP, ()))


def _points(decision: Decision, role: str) -> float:
    """Return what a model's readers lack at least, by what the decision expects of training it."""
    return next((each.points or 0.0 for each in decision.expected if each.role == role), 0.0)


def _closed(account: Account) -> Account | None:
    """Return an account on which something is lacking or waits to be judged; else it is closed, what was borne too."""
    return account if account.points or account.documents or account.asked else None
