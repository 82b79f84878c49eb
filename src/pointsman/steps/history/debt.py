"""The debt of each model: the shortfall of a training that was put off, added up from one refresh to the next.

A training starts when the accumulated shortfall justifies its cost (``core.policy.debt``).
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from pointsman.core.evaluation.signal_names import DERIVED_GAP, GOLDEN_GAP, SHAPE
from pointsman.core.hashing import digest
from pointsman.core.policy.debt import Account, Debt
from pointsman.core.policy.decision import GENERATOR, RETRIEVER, Decision, Track
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits
from pointsman.core.policy.rules.retriever import decisive, gaps_of, unsettled_gaps
from pointsman.core.supervision.probes import Probe
from pointsman.ports.workspace import Memory

FORMAT = 1
"""Version of the stored accounts. Other versions are ignored."""

ACCOUNTS = "owed"
"""Memory key: the account of each model. If it is lost, a training that was put off waits longer."""


def account_of(memory: Memory, role: str) -> Account:
    """Return the stored account of a model; an empty one if nothing is stored."""
    known = memory.get(ACCOUNTS)
    return Account.from_json(known["accounts"].get(role, {}) if known.get("format") == FORMAT else {})


def current_debt(examples: str, *, clock: Callable[[], float], memory: Memory) -> tuple[Debt, ...]:
    """Return the debts that are not zero. Writes nothing.

    Args:
        examples: id of the present set of examples.
        clock: seconds since the epoch.
        memory: where the accounts are.
    """
    now = clock()
    every = [account_of(memory, role).debt(role, now, examples) for role in (RETRIEVER, GENERATOR)]
    return tuple(each for each in every if each)


def unsettled_documents(memory: Memory, documents: Sequence[str], *, asked: bool = False) -> frozenset[str]:
    """Return those of ``documents`` with content that is new to the retriever and has no final result yet.

    Either too few probes measured it, or it waits for a training. With ``asked``, documents that only golden probes
    could not settle are included.
    """
    account = account_of(memory, RETRIEVER)
    known = {*account.documents, *(account.asked if asked else ())}
    return frozenset(d for d in documents if digest(d) in known) if known else frozenset()


def record_debt(
    decision: Decision,
    evidence: Evidence,
    limits: Limits,
    trained: Collection[str],
    *,
    new: Mapping[str, Sequence[Probe]],
    clock: Callable[[], float],
    memory: Memory,
) -> None:
    """Update the accounts after a refresh: a training clears one, a measurement changes it.

    Args:
        decision: the decision after measuring.
        evidence: the evidence of the decision.
        limits: the limits of the decision.
        trained: the models that were trained, whether the gate promoted them or not.
        new: the probes of new content behind each gap, by the gap's name.
        clock: seconds since the epoch.
        memory: where the accounts are.
    """
    measured, now = evidence.signal(SHAPE), clock()
    generator, retriever = account_of(memory, GENERATOR), account_of(memory, RETRIEVER)
    if GENERATOR in trained:
        generator = Account(at=now)
    elif measured:
        generator = generator.measured(_points(decision, GENERATOR), now, examples=evidence.supervision.examples)
    elif generator.examples != evidence.supervision.examples:  # the shortfall was measured on other examples
        generator = generator.measured(0.0, now, examples=evidence.supervision.examples)
    if RETRIEVER in trained:
        retriever = Account(at=now)
    elif decision.index in (Track.UPDATE, Track.REBUILD):  # otherwise no gap was measured
        retriever = _retriever_account(retriever, decision, evidence=evidence, limits=limits, new=new, now=now)
    accounts = {RETRIEVER: retriever, GENERATOR: generator}
    kept = {role: closed.as_json() for role, account in accounts.items() if (closed := _open_account(account))}
    if kept or memory.get(ACCOUNTS):
        memory.put(ACCOUNTS, {"format": FORMAT, "accounts": kept})


def _retriever_account(
    before: Account,
    decision: Decision,
    evidence: Evidence,
    limits: Limits,
    new: Mapping[str, Sequence[Probe]],
    now: float,
) -> Account:
    """Return the retriever's account after its gaps were measured. With too few probes its points stay."""
    gaps, stay = gaps_of(evidence.measurements.signals), unsettled_gaps(evidence, limits)
    if not gaps and not stay:
        return before
    points = _points(decision, RETRIEVER) if decisive(gaps, limits) else before.points
    carried = {name: {digest(d) for probe in new.get(name, ()) for d in probe.documents} for name in stay}
    return before.measured(points, now, documents=carried.get(DERIVED_GAP, ()), asked=carried.get(GOLDEN_GAP, ()))


def _points(decision: Decision, role: str) -> float:
    """Return the points (0.01 of the measure) that the decision expects a training of this model to gain at least."""
    return next((each.points or 0.0 for each in decision.expected if each.role == role), 0.0)


def _open_account(account: Account) -> Account | None:
    """Return the account if it has a shortfall or unsettled documents, else None: its accumulated debt ends."""
    return account if account.points or account.documents or account.asked else None
