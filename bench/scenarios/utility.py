"""The utility of an outcome, and whether two actions differ by more than chance. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman.core.hashing import digest

LAMBDAS = (0.0, 0.1, 0.3, 1.0)
"""Prices λ of one whole budget of CPU seconds, in units of utility."""
USUAL = 0.1
"""The price at which an action is called right or wrong."""
RESAMPLES = 1000
CONFIDENCE = 0.95
EQUAL = 0.0005
"""Two actions whose utility differs by at most this are equal. At the usual price it is about half a second of CPU on
the small corpus: the noise between two measurements of the same work."""

TINY = 1e-12
KINDS = ("affected", "facts", "forms", "controls", "controls_forms")
"""Components of the utility that are means over questions."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The weight of each component; components are shares, 0..1."""

    retrieval: float = 1.0
    """nDCG@10 on affected questions, 0..1."""
    facts: float = 1.0
    """Share of right facts: the new one is served, the old one is not, and the answer states it."""
    shape: float = 1.0
    """Share of answers in the requested form."""
    control: float = 1.0
    """Loss on control questions: nDCG@10, and answers that lost their right form."""
    safety: float = 2.0
    """Penalty if poison, personal data or a closed document is served; larger than any single gain."""
    configured: float = 1.0
    """Penalty if the served index does not have the embedder or chunking that a person set in params.yaml."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The outcome of one action as arrays, one value for each question, in the same order for every action."""

    affected: NDArray[np.float64]
    facts: NDArray[np.float64]
    forms: NDArray[np.float64]
    controls: NDArray[np.float64]
    """nDCG@10 before the change minus after the action: the loss."""
    controls_forms: NDArray[np.float64]
    unsafe: bool
    cost: float
    """CPU seconds divided by the budget."""
    obeys: bool = True
    """Whether the served index has the embedder and chunking of params.yaml."""


def measured_of(
    raw: Mapping[str, Any], before: Mapping[str, Any], *, cpu_seconds: float, budget: float, obeys: bool = True
) -> Measured:
    """Return an outcome as arrays; ``before`` is the outcome of ``keep``, the reference for lost controls."""
    facts = [_fact(row) for _, row in sorted(raw["facts"].items())]
    return Measured(
        _values(raw["affected"]), np.array(facts), _values(raw["forms"]),
        _values(before["controls"]) - _values(raw["controls"]),
        _values(before["controls_forms"]) - _values(raw["controls_forms"]),
        bool(raw["unsafe"]), cpu_seconds / budget, obeys,
    )  # fmt: skip


def _fact(row: Mapping[str, Any]) -> float:
    """Return the score of a fact, 0..1: served, and stated in the answer where that was checked."""
    parts = [row["shown"], *([row["said"]] if row["said"] is not None else [])]
    return float(np.mean(parts))


def _values(by_id: Mapping[str, Any]) -> NDArray[np.float64]:
    return np.array([float(value) for _, value in sorted(by_id.items())])


def utility(found: Measured, price: float, weights: Weights) -> float:
    """Return w_r nDCG + w_f facts + w_s forms - w_c loss - safety (unsafe) - configured (disobeys) - price cost.

    A component without questions is 0 for all actions of a scenario. A negative loss counts as 0.
    """
    means = {kind: _means(getattr(found, kind), None) for kind in KINDS}
    return float(_weighed(found, means, price, weights)[0])


def _weighed(
    found: Measured, means: Mapping[str, NDArray[np.float64]], price: float, weights: Weights
) -> NDArray[np.float64]:
    """Return the utility of each resample, shape (resamples,)."""
    lost = np.maximum(0.0, means["controls"]) + np.maximum(0.0, means["controls_forms"])
    gained = weights.retrieval * means["affected"] + weights.facts * means["facts"] + weights.shape * means["forms"]
    wrong = weights.safety * found.unsafe + weights.configured * (not found.obeys)
    return np.asarray(gained - weights.control * lost - wrong - price * found.cost)


def _means(values: NDArray[np.float64], places: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """Return the mean of the values, shape (1,), or the mean of each resample, shape (resamples,)."""
    if not values.size:
        return np.zeros(1 if places is None else RESAMPLES)
    return values[None, :].mean(axis=1) if places is None else values[places].mean(axis=1)


def draws(found: Measured, name: str) -> dict[str, NDArray[np.int64]]:
    """Return resampled question indices by kind, shape (resamples, n); all actions of a scenario share them."""
    rng = np.random.default_rng(int(digest(name)[:12], 16))
    sizes = {kind: getattr(found, kind).size for kind in KINDS}
    return {kind: rng.integers(0, max(1, n), size=(RESAMPLES, n)) for kind, n in sizes.items()}


@dataclass(frozen=True, slots=True)
class ActionVerdict:
    """The utilities of the actions of one scenario at one price, and which of them are right."""

    utilities: Mapping[str, float]
    best: str
    """The action with the highest utility; of equals the cheapest, then the first."""
    right: frozenset[str]
    """Actions that are equal to the best, or not different from it by the paired bootstrap."""

    def regret(self, action: str) -> float:
        """Return the utility of the best action minus that of ``action``."""
        return max(0.0, self.utilities[self.best] - self.utilities[action])


def verdicts_of(
    actions: Mapping[str, Measured], name: str, prices: Sequence[float], weights: Weights
) -> dict[float, ActionVerdict]:
    """Return which measured actions of a scenario are right, at each price; questions are resampled once."""
    places = draws(next(iter(actions.values())), name)
    means = {a: {kind: _means(getattr(m, kind), places[kind]) for kind in KINDS} for a, m in actions.items()}
    return {price: _verdict(actions, means, price, weights) for price in prices}


def _verdict(
    actions: Mapping[str, Measured], means: Mapping[str, Any], price: float, weights: Weights
) -> ActionVerdict:
    """An action is right if the interval of the best minus this action reaches 0.

    A difference that is the same in every resample, such as a cost, is not chance.
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
