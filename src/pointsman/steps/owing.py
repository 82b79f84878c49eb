"""Owing: what was put off is kept from one refresh to the next, until it has cost as much as a training."""

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman.core.debt import Account, Owed
from pointsman.core.decision import GAP, GENERATOR, RETRIEVER, SHAPE, Decision
from pointsman.core.identity import digest
from pointsman.core.probes import Probe
from pointsman.core.signals import Signal
from pointsman.steps.desk import Desk

FORMAT = 1
"""Of what is remembered; another one is not read."""

OWED = "owed"
"""Memory: the account of each model. Losing it makes a deferred training wait longer, nothing else."""


def account_of(desk: Desk, role: str) -> Account:
    """Return what is kept of a model's debt."""
    known = desk.memory.get(OWED)
    return Account.from_json(known["accounts"].get(role, {}) if known.get("format") == FORMAT else {})


def owed_now(desk: Desk, examples: str) -> tuple[Owed, ...]:
    """Return what is owed to each model now, ``examples`` being the id of the set that is there; nothing is written."""
    now = desk.clock()
    every = [account_of(desk, role).owed(role, now, examples) for role in (RETRIEVER, GENERATOR)]
    return tuple(each for each in every if each)


def unsettled(desk: Desk, documents: Sequence[str]) -> frozenset[str]:
    """Return those of ``documents`` whose content is new to the retriever and was not judged, or is owed a training."""
    known = set(account_of(desk, RETRIEVER).documents)
    return frozenset(d for d in documents if digest(d) in known) if known else frozenset()


def book(
    desk: Desk,
    decision: Decision,
    signals: Sequence[Signal],
    trained: Mapping[Any, Any],
    *,
    new: Sequence[Probe],
    examples: str,
) -> None:
    """Bring the accounts up to date after a refresh: a training clears one, a measurement moves it.

    Args:
        desk: whose memory keeps them.
        decision: what was decided on what was measured.
        signals: what was measured.
        trained: the models that were trained, whatever the gate said of them.
        new: probes of new content that were asked.
        examples: id of the set that behaviour was measured on.
    """
    measured, now = {signal.name: signal for signal in signals}, desk.clock()
    accounts = {role: account_of(desk, role) for role in (RETRIEVER, GENERATOR)}
    if GENERATOR in trained:
        accounts[GENERATOR] = Account(at=now)
    elif SHAPE in measured:
        accounts[GENERATOR] = accounts[GENERATOR].measured(_points(decision, GENERATOR), now, examples=examples)
    elif accounts[GENERATOR].examples != examples:  # nobody asks for what was lacking then
        accounts[GENERATOR] = accounts[GENERATOR].measured(0.0, now, examples=examples)
    if RETRIEVER in trained:
        accounts[RETRIEVER] = Account(at=now)
    elif GAP in measured:
        points, few = _points(decision, RETRIEVER), measured[GAP].n < desk.params.policy.min_probes
        carried = tuple({digest(d) for probe in new for d in probe.documents}) if points or few else ()
        before = accounts[RETRIEVER]
        accounts[RETRIEVER] = before.measured(before.points if few else points, now, documents=carried)
    kept = {role: closed.as_json() for role, account in accounts.items() if (closed := _closed(account))}
    if kept or desk.memory.get(OWED):
        desk.memory.put(OWED, {"format": FORMAT, "accounts": kept})


def _points(decision: Decision, role: str) -> float:
    """Return what a model's readers lack at least, by what the decision expects of training it."""
    return next((each.points or 0.0 for each in decision.expected if each.role == role), 0.0)


def _closed(account: Account) -> Account | None:
    """Return an account on which something is lacking or waits to be judged; else it is closed, what was borne too."""
    return account if account.points or account.documents else None
