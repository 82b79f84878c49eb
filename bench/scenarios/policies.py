"""Ours and the simple rules: each names an action from the recorded evidence alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
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
"""Limits of two simple rules, as people use them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the simple rules look at."""

    files: int
    """Files whose bytes or names differ."""
    share: float
    """Of the live files."""
    examples: bool
    """Whether the examples' files have other bytes."""
    params: bool
    """Whether params.yaml has others."""
    auc: float | None
    """Of telling new passages from old ones."""

    @classmethod
    def of(cls, row: MatrixRow) -> "Seen":
        """Return what a row holds for the simple rules."""
        rules = row["rules"]
        files = rules["files"]
        return cls(files["changed"], files["share"], rules["examples"], rules["params"], rules["auc"])


def ours(row: MatrixRow, limits: Limits | None = None) -> str:
    """Return the action of the product's own policy; ``limits`` stands for those of params.yaml."""
    return action_of(decide(Evidence.from_json(row["evidence"]), limits or Limits(**row["limits"])))


def action_of(decision: Decision) -> str:
    """Return the name of the action that a decision comes to."""
    if decision.hold:
        return HOLD
    index = "retriever" if RETRIEVER in decision.train else str(Track(decision.index))
    return f"{index}{GENERATOR}" if TRAIN_GENERATOR in decision.train else index


def never(_row: MatrixRow) -> str:
    """Do nothing."""
    return "keep"


def always_update(_row: MatrixRow) -> str:
    """Serve the store as it is, whatever changed."""
    return "update"


def always_rebuild(_row: MatrixRow) -> str:
    """Build the index anew each night."""
    return "rebuild"


def always_everything(_row: MatrixRow) -> str:
    """Rebuild and train both models each night."""
    return f"retriever{GENERATOR}"


def at_random(row: MatrixRow) -> str:
    """Draw an action; seeded by the scenario."""
    return Random(f"{row['scenario']}-{row['seed']}").choice(ACTIONS)  # noqa: S311 - a baseline, drawn the same each time


def tenth_of_files(row: MatrixRow) -> str:
    """Do everything when more than a tenth of the files changed, update when any did."""
    seen = Seen.of(row)
    if seen.share > FILES_SHARE:
        return always_everything(row)
    return "update" if seen.files else "keep"


def drift_rule(row: MatrixRow) -> str:
    """Train both models when a domain classifier's AUC exceeds 0.55, update when any file changed."""
    seen = Seen.of(row)
    if seen.auc is not None and seen.auc > DRIFT_AUC:
        return always_everything(row)
    return "update" if seen.files else "keep"


def strong_rule(row: MatrixRow) -> str:
    """Content hash changed → update; examples changed → train the generator; configuration hash changed → rebuild."""
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
"""Limits that are tuned, one after the other, and the values tried."""


def tuned(loss: Callable[[Policy], float]) -> dict[str, float]:
    """Return the limits of ``GRID`` that lose least by ``loss``: one at a time, twice round; ties change nothing."""
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
    """Return a row's limits with some of them set otherwise."""
    return replace(Limits(**row["limits"]), **limits)
