"""Policies: the product's own and simple rules. Each one chooses an action from the recorded evidence alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from bench.scenarios.world import ACTIONS, GENERATOR, HOLD
from pointsman.core.policy.decide import decide
from pointsman.core.policy.decision import GENERATOR as TRAIN_GENERATOR
from pointsman.core.policy.decision import RETRIEVER, Decision, Track
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits

MatrixRow = Mapping[str, Any]
Policy = Callable[[MatrixRow], str]

FILES_SHARE, DRIFT_AUC = 0.1, 0.55
"""Limits of two simple rules, as they are used in practice."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The inputs of the simple rules."""

    files: int
    """Number of files whose bytes or names differ."""
    share: float
    """The same as a share of the live files, 0..1."""
    examples: bool
    """Whether the example files have changed."""
    params: bool
    """Whether params.yaml has changed."""
    auc: float | None
    """AUC of separating new passages from old ones, 0..1; None for too few."""

    @classmethod
    def of(cls, row: MatrixRow) -> "Seen":
        """Return the inputs that a row holds."""
        rules = row["rules"]
        files = rules["files"]
        return cls(files["changed"], files["share"], rules["examples"], rules["params"], rules["auc"])


def ours(row: MatrixRow, limits: Limits | None = None) -> str:
    """Return the action of the product's own policy; ``limits`` replaces the limits of params.yaml."""
    return action_of(decide(Evidence.from_json(row["evidence"]), limits or Limits.from_json(row["limits"])))


def action_of(decision: Decision) -> str:
    """Return the name of the action of a decision."""
    if decision.hold:
        return HOLD
    index = "retriever" if RETRIEVER in decision.train else str(Track(decision.index))
    return f"{index}{GENERATOR}" if TRAIN_GENERATOR in decision.train else index


def never(_row: MatrixRow) -> str:
    """Never do anything."""
    return "keep"


def always_update(_row: MatrixRow) -> str:
    """Update the index after every change."""
    return "update"


def always_rebuild(_row: MatrixRow) -> str:
    """Rebuild the index every night."""
    return "rebuild"


def always_everything(_row: MatrixRow) -> str:
    """Rebuild the index and train both models every night."""
    return f"retriever{GENERATOR}"


def at_random(row: MatrixRow) -> str:
    """Draw an action at random; the scenario is the seed."""
    return Random(f"{row['scenario']}-{row['seed']}").choice(ACTIONS)  # noqa: S311 - a baseline with a fixed seed


def tenth_of_files(row: MatrixRow) -> str:
    """Do everything if more than a tenth of the files changed; update if any file changed."""
    seen = Seen.of(row)
    if seen.share > FILES_SHARE:
        return always_everything(row)
    return "update" if seen.files else "keep"


def drift_rule(row: MatrixRow) -> str:
    """Train both models if the AUC of a domain classifier exceeds 0.55; update if any file changed."""
    seen = Seen.of(row)
    if seen.auc is not None and seen.auc > DRIFT_AUC:
        return always_everything(row)
    return "update" if seen.files else "keep"


def strong_rule(row: MatrixRow) -> str:
    """Content changed → update; examples changed → train the generator; configuration changed → rebuild."""
    seen = Seen.of(row)
    index = "rebuild" if seen.params else "update" if seen.files else "keep"
    return f"{index}{GENERATOR}" if seen.examples else index


BASELINES: dict[str, Policy] = {
    "never": never,
    "always update": always_update,
    "always rebuild": always_rebuild,
    "always everything": always_everything,
    "random": at_random,
    "over 10 % of files: everything": tenth_of_files,
    "AUC over 0.55: train": drift_rule,
    "strong rule": strong_rule,
}

GRID: dict[str, tuple[float, ...]] = {
    "retrieval_gap": (0.05, 0.1, 0.15, 0.2, 0.3),
    "shape_valid": (0.6, 0.8, 0.9, 0.95),
    "min_examples": (8, 16, 24, 36),
    "min_probes": (5, 10, 20),
    "declined": (0.0, 0.6, 0.9),
    "min_answers": (6, 9, 12),
}
"""Limits to tune, in this order, and the values to try."""


def tuned(loss: Callable[[Policy], float]) -> dict[str, float]:
    """Return the limits of ``GRID`` with the least ``loss``, tuned one at a time in two rounds; ties change nothing."""
    chosen: dict[str, float] = {}

    def lost(limits: Mapping[str, float]) -> float:
        return loss(lambda row: ours(row, with_limits(row, limits)))

    least = lost(chosen)
    for name in (*GRID, *GRID):
        for value in GRID[name]:
            tried = {**chosen, name: value}
            if (found := lost(tried)) < least - 1e-12:
                chosen, least = tried, found
    return chosen


def with_limits(row: MatrixRow, limits: Mapping[str, float]) -> Limits:
    """Return the limits of a row with some of them replaced."""
    return Limits.from_json({**row["limits"], **limits})
