"""How often does the gate promote a challenger that is no better? Comparisons of a model with itself (A/A).

    python -m bench.quality.gate_false_promotions [--comparisons 200] [--workspace FOLDER]

Each comparison draws two evaluations of one model. Simulated items have their own probability of a valid form and a
right citation and are answered twice, independently, at several accuracies and sizes. With ``--workspace``, both sides
are resamples of the item scores of the last real evaluation there. Both sides go through every rule of the gate (gain,
slices, forgetting) with the limits of params.yaml, and again with ``min_gain`` 0, where only the statistics prevent a
false promotion. At most 5 % may be promoted, else the exit code is 1. The table also has the promotions of the
bootstrap alone, and the power of the gate: challengers that are really better by a given share of valid forms.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from pointsman.core.evaluation.answer_scoring import Score
from pointsman.core.evaluation.statistics import wilson
from pointsman.core.gates.generator import (
    ChallengerLimits,
    PairedScores,
    guard_forgetting,
    guard_slices,
    judge_challenger,
)
from pointsman.core.gates.ruling import Verdict, strictest
from pointsman.settings.workspace import WorkspaceFolder

ROOT = Path(__file__).parents[2]
RESULT = Path(__file__).parents[1] / "results" / "gate_false_promotions.json"
ALLOWED = 0.05
SIZES = (12, 30, 100, 300)
ACCURACIES = ((0.1, 0.05), (0.5, 0.3), (0.8, 0.6), (0.97, 0.9))
"""Mean probability of a valid form, and of a right citation."""
SPREAD = 4.0
"""Sum of the parameters of the beta distribution of an item's probability: some items are easy, some are hard."""
NLL, NLL_SPREAD, NLL_NOISE = 1.0, 0.3, 0.05
"""Negative log likelihood, nats per token: mean, spread over items, and noise between two runs."""
TAGS = ("legal", "howto", "numbers")

GAINS = (0.2, 0.4, 0.6)
"""Real gains of the probability of a valid form, from 0.3, for the power of the gate."""

Draw = Callable[[np.random.Generator], PairedScores]


def simulated(n: int, shape: float, citation: float, gain: float = 0.0) -> Draw:
    """Return a function that draws two evaluations of ``n`` items; the second model is better by ``gain``."""

    def draw(rng: np.random.Generator) -> PairedScores:
        chances = [rng.beta(p * SPREAD, (1 - p) * SPREAD, size=n) for p in (shape, citation)]
        losses = rng.normal(NLL, NLL_SPREAD, size=n)
        better = np.minimum(1.0, chances[0] + gain)
        return PairedScores(*(_answered(rng, shapes, chances[1], losses) for shapes in (chances[0], better)))

    return draw


def _answered(rng: np.random.Generator, shape: Any, citation: Any, losses: Any) -> list[Score]:
    shapes, citations = (rng.random(len(losses)) < chance for chance in (shape, citation))
    noise = rng.normal(0, NLL_NOISE, size=len(losses))
    return [
        Score(str(k), "", bool(shapes[k]), bool(citations[k]), 0.0, losses[k] + noise[k], tags=(TAGS[k % len(TAGS)],))
        for k in range(len(losses))
    ]


def resampled(scores: list[Score]) -> Draw:
    """Return a function that draws two evaluations from real item scores, with replacement."""

    def draw(rng: np.random.Generator) -> PairedScores:
        sides = [[scores[k] for k in rng.integers(0, len(scores), size=len(scores))] for _ in range(2)]
        return PairedScores(*([replace(s, item=str(k), tags=()) for k, s in enumerate(side)] for side in sides))

    return draw


def real_exams(workspace: Path) -> dict[str, list[Score]]:
    """Return the item scores of champion and challenger in the last recorded evaluation of a workspace.

    Raises:
        SystemExit: no decision there has item scores.
    """
    found = []
    for path in sorted((workspace / ".pointsman" / "ledger" / "decision").glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        items = (record.get("exam") or {}).get("items") or []
        if items and "champion_score" in items[0]:
            found.append((record["at"], items))
    if not found:
        raise SystemExit(f"{workspace} has no recorded evaluation with item scores; train a generator there first")
    items = max(found, key=lambda each: str(each[0]))[1]
    return {side: [_score(item, side) for item in items] for side in ("champion", "challenger")}


def _score(item: Mapping[str, Any], side: str) -> Score:
    return Score(item=item["id"], answer="", tags=(), **item[f"{side}_score"])


def verdicts_of(sides: PairedScores, bounds: ChallengerLimits) -> tuple[Verdict, Verdict, bool]:
    """Return (verdict of the gate, verdict of its gain rule alone, whether the bootstrap alone would promote).

    Half of the items count as items of an earlier task.
    """
    gain, earlier = judge_challenger(sides, bounds), sides.at(range(0, len(sides), 2))
    rulings = [gain, guard_slices(sides, {}, bounds), guard_forgetting(earlier, bounds)]
    return strictest(rulings).verdict, gain.verdict, sides.change("gain", bounds).low > bounds.min_gain


def compare(draw: Draw, bounds: ChallengerLimits, comparisons: int, seed: int) -> dict[str, float]:
    """Return the shares of verdicts over ``comparisons`` A/A comparisons."""
    rng = np.random.default_rng(seed)
    verdicts = [verdicts_of(draw(rng), replace(bounds, seed=k)) for k in range(comparisons)]
    whole, alone = Counter(whole for whole, _, _ in verdicts), Counter(alone for _, alone, _ in verdicts)
    shares = {str(verdict): whole[verdict] / comparisons for verdict in Verdict}
    _, high = wilson(whole[Verdict.PROMOTE], comparisons, bounds.confidence)
    sure = sum(bootstrap for _, _, bootstrap in verdicts) / comparisons
    by_rule = {"promote_by_gain_alone": alone[Verdict.PROMOTE] / comparisons, "promote_by_bootstrap_alone": sure}
    return shares | {"promote_high": high} | by_rule


def main() -> None:
    """Compare, print the table, write bench/results/gate_false_promotions.json."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--comparisons", type=int, default=200)
    options.add_argument("--workspace", type=Path)
    chosen = options.parse_args()
    params = WorkspaceFolder(ROOT).params()
    gate, seed = params.gate, params.seed
    bounds = ChallengerLimits(
        gate.min_items, gate.min_gain, gate.max_loss, gate.min_slice_items, gate.max_forgetting,
        params.policy.confidence, seed,
    )  # fmt: skip
    draws = {
        f"simulated, {n} items, shape {shape:.2f}, citation {citation:.2f}": simulated(n, shape, citation)
        for n in SIZES
        for shape, citation in ACCURACIES
    }
    if chosen.workspace is not None:
        exams = real_exams(chosen.workspace)
        draws |= {f"real exam, {side}, {len(s)} items": resampled(s) for side, s in exams.items()}
    rows = [
        {"exam": name, "min_gain": at} | compare(draw, replace(bounds, min_gain=at), chosen.comparisons, seed + k)
        for k, (name, draw) in enumerate(draws.items())
        for at in (gate.min_gain, 0.0)
    ]
    power = [
        {"exam": f"shape 0.30 truly rises by {gain:.2f}, {n} items", "min_gain": gate.min_gain}
        | compare(simulated(n, 0.3, 0.3, gain), bounds, chosen.comparisons, seed)
        for n in SIZES
        for gain in GAINS
    ]
    report(rows, power, asdict(bounds), chosen.comparisons)


def report(rows: list[dict[str, Any]], power: list[dict[str, Any]], bounds: dict[str, Any], comparisons: int) -> None:
    """Print the tables, write the result, and exit with 1 if too many were promoted."""
    for title, shown in (("A/A", rows), ("power", power)):
        heads = ("exam", "min_gain", "promote", "gain rule alone", "bootstrap alone", "refuse", "inconclusive")
        keys = ("promote", "promote_by_gain_alone", "promote_by_bootstrap_alone", "refuse", "inconclusive")
        table = Table(*heads, title=f"{title}: shares of {comparisons} comparisons")
        for row in shown:
            table.add_row(row["exam"], f"{row['min_gain']:.2f}", *(f"{row[key]:.3f}" for key in keys))
        Console(width=150).print(table)
    worst = max(max(row["promote"], row["promote_by_gain_alone"]) for row in rows)
    head = {"comparisons": comparisons, "allowed": ALLOWED, "worst": worst, "holds": worst <= ALLOWED, "bounds": bounds}
    RESULT.write_text(json.dumps(head | {"rows": rows, "power": power}, indent=1) + "\n", encoding="utf-8")
    print(f"promoted at most {worst:.1%} of {comparisons} in every A/A row; allowed {ALLOWED:.0%}")
    sys.exit(0 if worst <= ALLOWED else 1)


if __name__ == "__main__":
    main()
