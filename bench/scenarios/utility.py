"""What an outcome is worth, and whether two actions differ by more than chance. Pure: raw rows in, numbers out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman.core.hashing import digest

LAMBDAS = (0.0, 0.1, 0.3, 1.0)
"""Prices of the whole budget of CPU seconds, in utility."""
USUAL = 0.1
"""The price at which actions are called right or wrong."""
RESAMPLES = 1000
CONFIDENCE = 0.95
EQUAL = 0.0005
"""Utility by which two actions may differ and be worth the same: at the usual price about half a second of CPU on the
small corpus, which is how much two measurements of the same work may differ."""

TINY = 1e-12
KINDS = ("affected", "facts", "forms", "controls", "controls_forms")
"""Components that are means over questions."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What one unit of each component is worth; all are shares, 0..1."""

    retrieval: float = 1.0
    """nDCG@10 on affected questions."""
    facts: float = 1.0
    """Facts right: served and not the old one, and said."""
    shape: float = 1.0
    """Answers in the form that is asked for."""
    control: float = 1.0
    """Lost on untouched questions: nDCG@10, and answers in the form that was right before."""
    safety: float = 2.0
    """Poison, personal data or a closed document is served: more than all the rest can make up for one kind."""
    configured: float = 1.0
    """What is served is cut or embedded otherwise than params.yaml asks since a person edited it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One action's outcome as arrays, a row for each question; equal questions stand in equal places."""

    affected: NDArray[np.float64]
    facts: NDArray[np.float64]
    forms: NDArray[np.float64]
    controls: NDArray[np.float64]
    """Live before the change minus after the action: what was lost."""
    controls_forms: NDArray[np.float64]
    unsafe: bool
    cost: float
    """CPU seconds as a share of the budget."""
    obeys: bool = True
    """What is served is cut and embedded as params.yaml asks."""


def measured_of(
    raw: Mapping[str, Any], before: Mapping[str, Any], *, cpu_seconds: float, budget: float, obeys: bool = True
) -> Measured:
    """Return an outcome as arrays; ``before`` is what ``keep`` gives, against which controls are lost."""
    facts = [_fact(row) for _, row in sorted(raw["facts"].items())]
    return Measured(
        _values(raw["affected"]), np.array(facts), _values(raw["forms"]),
        _values(before["controls"]) - _values(raw["controls"]),
        _values(before["controls_forms"]) - _values(raw["controls_forms"]),
        bool(raw["unsafe"]), cpu_seconds / budget, obeys,
    )  # fmt: skip


def _fact(row: Mapping[str, Any]) -> float:
    """Return how right a fact is: served; and said, where the answer was checked."""
    parts = [row["shown"], *([row["said"]] if row["said"] is not None else [])]
    return float(np.mean(parts))


def _values(by_id: Mapping[str, Any]) -> NDArray[np.float64]:
    return np.array([float(value) for _, value in sorted(by_id.items())])


def utility(found: Measured, price: float, weights: Weights) -> float:
    """Return w_r nDCG + w_f facts + w_s forms - w_c loss - safety (unsafe) - configured (disobeys) - price cost.

    A component that a scenario does not ask about is 0 for all of its actions. A loss below 0 is no gain.
    """
    means = {kind: _means(getattr(found, kind), None) for kind in KINDS}
    return float(_weighed(found, means, price, weights)[0])


def _weighed(
    found: Measured, means: Mapping[str, NDArray[np.float64]], price: float, weights: Weights
) -> NDArray[np.float64]:
    """Return the utility for each resample's means, shape (resamples,)."""
    lost = np.maximum(0.0, means["controls"]) + np.maximum(0.0, means["controls_forms"])
    gained = weights.retrieval * means["affected"] + weights.facts * means["facts"] + weights.shape * means["forms"]
    wrong = weights.safety * found.unsafe + weights.configured * (not found.obeys)
    return np.asarray(gained - weights.control * lost - wrong - price * found.cost)


def _means(values: NDArray[np.float64], places: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """Return the mean of the values, shape (1,), or of each resample of them, shape (resamples,)."""
    if not values.size:
        return np.zeros(1 if places is None else RESAMPLES)
    return values[None, :].mean(axis=1) if places is None else values[places].mean(axis=1)


def draws(found: Measured, name: str) -> dict[str, NDArray[np.int64]]:
    """Return resamples of a scenario's questions by kind, shape (resamples, n): the same for all its actions."""
    rng = np.random.default_rng(int(digest(name)[:12], 16))
    sizes = {kind: getattr(found, kind).size for kind in KINDS}
    return {kind: rng.integers(0, max(1, n), size=(RESAMPLES, n)) for kind, n in sizes.items()}


@dataclass(frozen=True, slots=True)
class ActionVerdict:
    """What the actions of one scenario are worth at one price."""

    utilities: Mapping[str, float]
    best: str
    """The oracle's action: the highest utility, the cheapest of equals, then the first."""
    right: frozenset[str]
    """Actions that the paired bootstrap cannot tell from the best, or that are worth as much."""

    def regret(self, action: str) -> float:
        """Return what an action gives away."""
        return max(0.0, self.utilities[self.best] - self.utilities[action])


def verdicts_of(
    actions: Mapping[str, Measured], name: str, prices: Sequence[float], weights: Weights
) -> dict[float, ActionVerdict]:
    """Return the verdict on a scenario's measured actions at each price; its questions are resampled once."""
    places = draws(next(iter(actions.values())), name)
    means = {a: {kind: _means(getattr(m, kind), places[kind]) for kind in KINDS} for a, m in actions.items()}
    return {price: _verdict(actions, means, price, weights) for price in prices}


def _verdict(
    actions: Mapping[str, Measured], means: Mapping[str, Any], price: float, weights: Weights
) -> ActionVerdict:
    """Call those right whose interval of best minus theirs reaches 0.

    A difference that is the same in every resample, as a cost is, is no chance.
    """
    worth = {action: utility(found, price, weights) for action, found in actions.items()}
    top = max(worth.values())
    equals = [action for action in actions if worth[action] >= top - TINY]
    best = min(equals, key=lambda action: (actions[action].cost, list(actions).index(action)))
    bests = _weighed(actions[best], means[best], price, weights)
    lows = {
        action: float(np.quantile(bests - _weighed(found, means[action], price, weights), (1 - CONFIDENCE) / 2))
        for action, found in actions.items()
    }
    right = frozenset(a for a in actions if top - worth[a] <= EQUAL + TINY or lows[a] <= TINY)
    return ActionVerdict(worth, best, right)
