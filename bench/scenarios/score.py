"""Score policies on the measured matrix: accuracy by family, regret, errors, and limits tuned on other families."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from bench.scenarios import policies
from bench.scenarios.matrix import Matrix
from bench.scenarios.policies import BASELINES, MatrixRow, Policy, ours
from bench.scenarios.utility import (
    CONFIDENCE,
    LAMBDAS,
    RESAMPLES,
    USUAL,
    ActionVerdict,
    Measured,
    Weights,
    measured_of,
    verdicts_of,
)
from bench.scenarios.world import ACTIONS, FAMILIES, GENERATOR
from pointsman.core.errors import UsageError

OURS, TUNED = "pointsman", "pointsman, tuned"
MEASURING = frozenset({OURS, TUNED})
"""Policies that measure with models before they decide. They pay for it; the simple rules do not."""
LED_TO_A_RULE = frozenset({
    "citation-style", "tone", "copies", "normaliser", "shape-with-documents", "personal-data", "poisoned",
    "contradicting-duplicate", "third-revised",
})  # fmt: skip
"""Scenarios whose result led to a new rule, guard or limit (ADR 26 to 30); they are no evidence for it."""
UPDATING = {"update", "rebuild", "retriever"}


@dataclass(frozen=True)
class Board:
    """Rows whose actions are measured, and which actions are right at every price."""

    rows: tuple[MatrixRow, ...]
    actions: Mapping[str, Mapping[str, Measured]]
    """Row name → action → outcome."""
    verdicts: Mapping[float, Mapping[str, ActionVerdict]]
    """Price → row name → right actions."""

    def verdict(self, row: MatrixRow, price: float = USUAL) -> ActionVerdict:
        """Return the right actions of a row."""
        return self.verdicts[price][name_of(row)]

    def complete(self, row: MatrixRow) -> bool:
        """Return whether every action of a row was measured."""
        return self.actions[name_of(row)].keys() == set(ACTIONS)

    def taken(self, row: MatrixRow, policy: Policy) -> str | None:
        """Return the action of a policy, or None if that action was not measured."""
        action = policy(row)
        return action if action in self.actions[name_of(row)] else None


def name_of(row: MatrixRow) -> str:
    """Return the name of a row."""
    return f"{row['scenario']}-{row['seed']}"


def board_of(rows: Sequence[MatrixRow], matrix: Matrix, weights: Weights) -> Board:
    """Return the board of the rows that have evidence and a measured ``keep``, the reference for lost controls.

    Raises:
        UsageError: nothing is measured, or a named outcome is missing.
    """
    usable = tuple(row for row in rows if row["evidence"] is not None and "keep" in row["actions"])
    if not usable:
        raise UsageError("nothing is measured yet; run `python -m bench.scenarios run` first")
    budgets = budgets_of(usable)
    actions = {name_of(row): _measured(row, matrix, budgets[corpus_of(row)]) for row in usable}
    by_row = {name: verdicts_of(found, name, LAMBDAS, weights) for name, found in actions.items()}
    verdicts = {price: {name: found[price] for name, found in by_row.items()} for price in LAMBDAS}
    return Board(usable, actions, verdicts)


def corpus_of(row: MatrixRow) -> str:
    """Return the corpus of a row."""
    return str(row["base"]).partition("-")[0]


def budgets_of(rows: Sequence[MatrixRow]) -> dict[str, float]:
    """Return the budget of each corpus: CPU seconds to index it and to train its generator once."""
    found: dict[str, float] = {}
    for row in rows:
        found[corpus_of(row)] = max(found.get(corpus_of(row), 0.0), float(row["budget_cpu_seconds"]))
    return found


def _measured(row: MatrixRow, matrix: Matrix, budget: float) -> dict[str, Measured]:
    raws = {name: _raw(matrix, entry["outcome"]) for name, entry in row["actions"].items()}
    before = raws["keep"]
    spent = {name: float(entry["cpu_seconds"]) for name, entry in row["actions"].items()}
    return {
        name: measured_of(raw, before, cpu_seconds=spent[name], budget=budget, obeys=obeys(row, name))
        for name, raw in sorted(raws.items(), key=lambda item: ACTIONS.index(item[0]))
    }


def obeys(row: MatrixRow, action: str) -> bool:
    """Return whether an action applies a new embedder or chunking of params.yaml; such an edit is a command."""
    return not row["rules"]["commands"] or index_of(action) in {"rebuild", "retriever"}


def _raw(matrix: Matrix, id_: str) -> Mapping[str, Any]:
    found = matrix.outcome(id_)
    if found is None:
        raise UsageError(f"outcome {id_} of a row is missing in {matrix.home}; run `python -m bench.scenarios run`")
    value: Mapping[str, Any] = found["measured"]
    return value


def score(rows: Sequence[MatrixRow], matrix: Matrix, weights: Weights | None = None) -> dict[str, Any]:
    """Return the whole result: the product's policy, the same with tuned limits, and every baseline."""
    weights = weights or Weights()
    board = board_of(rows, matrix, weights)
    limits = left_one_out(board)
    policies_ = {OURS: ours, TUNED: tuned_policy(limits), **BASELINES}
    return {
        "scenarios": len({row["scenario"] for row in board.rows}),
        "complete": sum(board.complete(row) for row in board.rows),
        "measured": {name_of(row): sorted(board.actions[name_of(row)], key=ACTIONS.index) for row in board.rows},
        "budgets_cpu_seconds": budgets_of(board.rows),
        "weights": {name: getattr(weights, name) for name in Weights.__dataclass_fields__},
        "policies": {
            name: summary(board, policy) | measured_too(board, name, policy) for name, policy in policies_.items()
        },
        "without_obedience": without_obedience(rows, matrix, weights, policies_),
        "unseen": heads(board_of([r for r in rows if r["scenario"] not in LED_TO_A_RULE], matrix, weights), policies_),
        "limits_left_one_out": limits,
        "overturned": overturned(board),
        "rows": [_row_table(board, row, policies_) for row in board.rows],
    }


def without_obedience(
    rows: Sequence[MatrixRow], matrix: Matrix, weights: Weights, policies_: Mapping[str, Policy]
) -> dict[str, Any]:
    """Return the main numbers when ignoring a new embedder or chunking of params.yaml costs nothing."""
    board = board_of(rows, matrix, replace(weights, configured=0.0))
    return {"policies": heads(board, policies_), "overturned": overturned(board)}


def heads(board: Board, policies_: Mapping[str, Policy]) -> dict[str, Any]:
    """Return only the accuracy and regret of each policy."""
    names = ("judged", "macro_accuracy", "mean_regret", "mean_regret_interval")
    found = {name: summary(board, policy) for name, policy in policies_.items()}
    return {name: {head: row[head] for head in names} for name, row in found.items()}


def summary(board: Board, policy: Policy) -> dict[str, Any]:
    """Return the scores of a policy over the rows where its action was measured."""
    taken = {name_of(row): action for row in board.rows if (action := board.taken(row, policy)) is not None}
    rows = [row for row in board.rows if name_of(row) in taken]
    families = _by_family(rows, lambda row: float(taken[name_of(row)] in board.verdict(row).right))
    regrets = {str(p): [board.verdict(row, p).regret(taken[name_of(row)]) for row in rows] for p in LAMBDAS}
    every = np.array([np.mean(of) for of in zip(*regrets.values(), strict=True)])
    return {
        "judged": len(rows),
        "accuracy": {family: round(float(np.mean(right)), 4) for family, right in families.items()},
        "macro_accuracy": round(float(np.mean([np.mean(right) for right in families.values()])), 4) if rows else None,
        "regret": {price: round(float(np.mean(of)), 4) for price, of in regrets.items()} if rows else {},
        "mean_regret": round(float(every.mean()), 4) if rows else None,
        "mean_regret_interval": interval(every),
        "false_retrains": sum(false_retrain(board, row, taken[name_of(row)]) for row in rows),
        "missed_updates": sum(missed_update(board, row, taken[name_of(row)]) for row in rows),
        "unsafe_publications": sum(unsafe(board, row, taken[name_of(row)]) for row in rows),
    }


def measured_too(board: Board, name: str, policy: Policy) -> dict[str, Any]:
    """Return the mean regret including the cost of measuring, and the difference to the product on common rows.

    While actions are missing, policies are scored on different rows. The difference uses only the rows of both: the
    other policy minus the product, so a value above 0 favours the product.
    """
    mine, own = paid(board, OURS, ours), paid(board, name, policy)
    both = [row for row in own if row in mine]
    deltas = np.array([own[row] - mine[row] for row in both])
    return {
        "mean_regret_measuring": _mean(own.values()),
        "mean_regret_measuring_interval": interval(list(own.values())),
        "beside_pointsman": {
            "rows": len(both), "regret": _mean(own[row] for row in both), "pointsman": _mean(mine[row] for row in both),
            "difference": _mean(deltas), "interval": interval(deltas),
        },
    }  # fmt: skip


def paid(board: Board, name: str, policy: Policy) -> dict[str, float]:
    """Return row name → mean regret over the prices, including the cost of measuring for the decision."""
    budgets = budgets_of(board.rows)
    found = {}
    for row in board.rows:
        action = board.taken(row, policy)
        if action is None:
            continue
        spent = measuring_cpu_seconds(row, action) / budgets[corpus_of(row)] if name in MEASURING else 0.0
        regrets = [board.verdict(row, price).regret(action) + price * spent for price in LAMBDAS]
        found[name_of(row)] = float(np.mean(regrets))
    return found


def measuring_cpu_seconds(row: MatrixRow, action: str) -> float:
    """Return the CPU seconds of observing and measuring for a decision, including loading models.

    The staged index is then served, so its cost belongs to the action and is not counted here.
    """
    staged = "update" if index_of(action) == "retriever" else index_of(action)
    known = row["actions"].get(staged, {"cpu_seconds": 0.0})
    return max(0.0, float(row["evidence_cpu_seconds"]) - float(known["cpu_seconds"]))


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return round(float(np.mean(found)), 4) if found else None


def interval(values: Any) -> list[float] | None:
    """Return the percentile bootstrap interval of a mean over scenarios (Efron 1979), seeded; None for no value."""
    if not len(values):
        return None
    drawn = np.random.default_rng(17).integers(0, len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile(np.asarray(values)[drawn].mean(axis=1), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return [round(float(low), 4), round(float(high), 4)]


def _by_family(rows: Sequence[MatrixRow], value: Callable[[MatrixRow], float]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        found[row["family"]].append(value(row))
    return {family: found[family] for family in FAMILIES if family in found}


def trains(action: str) -> set[str]:
    """Return the models that an action trains."""
    return {role for role in ("retriever", "generator") if role in action}


def false_retrain(board: Board, row: MatrixRow, action: str) -> bool:
    """Return whether an action is wrong and trains a model that some right action does not train."""
    right = board.verdict(row).right
    spared = any(trains(action) - trains(other) for other in right)
    return bool(trains(action)) and action not in right and spared


def missed_update(board: Board, row: MatrixRow, action: str) -> bool:
    """Return whether an action keeps the index although every right action changes it."""
    right = board.verdict(row).right
    return index_of(action) not in UPDATING and action not in right and all(index_of(a) in UPDATING for a in right)


def index_of(action: str) -> str:
    """Return the index track of an action; a hold keeps it."""
    return "keep" if action == "hold" else action.removesuffix(GENERATOR)


def unsafe(board: Board, row: MatrixRow, action: str) -> bool:
    """Return whether an action serves something unsafe that another action would not serve."""
    outcomes = board.actions[name_of(row)]
    return outcomes[action].unsafe and not all(found.unsafe for found in outcomes.values())


def overturned(board: Board) -> list[dict[str, Any]]:
    """Return the expected actions that are not right by measurement."""
    return [
        {
            "scenario": row["scenario"], "seed": row["seed"], "expected": row["expected"],
            "because": row["because"], "best": board.verdict(row).best, "right": sorted(board.verdict(row).right),
            "regret": round(board.verdict(row).regret(row["expected"]), 4), "complete": board.complete(row),
        }
        for row in board.rows
        if row["expected"] in board.actions[name_of(row)] and row["expected"] not in board.verdict(row).right
    ]  # fmt: skip


def left_one_out(board: Board) -> dict[str, dict[str, float]]:
    """Return, for each family, the limits with the least regret on all other families."""
    families = [family for family in FAMILIES if any(row["family"] == family for row in board.rows)]
    return {out: policies.tuned(partial(regret_without, board, out)) for out in families}


def regret_without(board: Board, out: str, policy: Policy) -> float:
    """Return the mean regret of a policy over all families but one, on rows where every action is measured.

    On other rows a limit could gain by choosing an action that was not measured.
    """
    rows = [row for row in board.rows if row["family"] != out and board.complete(row)]
    found = [board.verdict(row).regret(action) for row in rows if (action := board.taken(row, policy)) is not None]
    return float(np.mean(found)) if found else 0.0


def tuned_policy(limits: Mapping[str, Mapping[str, float]]) -> Policy:
    """Return the product's policy with limits that were tuned without the family of the row."""
    return lambda row: ours(row, policies.with_limits(row, limits.get(row["family"], {})))


def _row_table(board: Board, row: MatrixRow, policies_: Mapping[str, Policy]) -> dict[str, Any]:
    verdict = board.verdict(row)
    return {
        "scenario": row["scenario"], "seed": row["seed"], "family": row["family"], "expected": row["expected"],
        "best": verdict.best, "right": sorted(verdict.right, key=ACTIONS.index),
        "utility": {action: round(value, 4) for action, value in verdict.utilities.items()},
        "taken": {name: policy(row) for name, policy in policies_.items()},
    }  # fmt: skip
