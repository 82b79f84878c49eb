"""Four panels of a backtest: decisions, work, predicted cost and debt, over the time of the history."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pointsman.adapters.reports.plots import INDEX, INK, QUIET, RESIDUAL, WEIGHTS, png_of
from pointsman.core.evaluation.signal_names import DERIVED_GAP

OUTCOMES = {"keep": QUIET, "patch": "#86b8e0", "update": INDEX, "rebuild": RESIDUAL, "hold": "#c0392b"}
"""Outcome of a refresh, and its colour."""
RULES = {"pointsman": INDEX, "changed files": WEIGHTS, "nightly rebuild": QUIET}
BINS = 60
"""Bars over the whole time, about this many."""
HOUR, DAY = 3600.0, 86_400

Steps = Sequence[Mapping[str, Any]]
Curve = Sequence[tuple[int, float]]


def history_png(title: str, steps: Steps, costs: Mapping[str, Curve], new_share: Curve) -> bytes:
    """Return the panels of one variant.

    Args:
        title: above them.
        steps: what ``HistoryStep.as_json`` returns, in order of time.
        costs: rule → (seconds since the epoch, predicted seconds spent until then).
        new_share: (seconds since the epoch, chunks embedded since the first index over chunks served).
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = Figure(figsize=(11, 6.6), layout=ConstrainedLayoutEngine(wspace=0.06, hspace=0.08))
    axes = figure.subplots(2, 2)
    figure.suptitle(title, fontsize=12, x=0.01, ha="left", color=INK, parse_math=False)
    _decisions(axes[0][0], steps)
    _work(axes[0][1], steps)
    _costs(axes[1][0], costs)
    _debt(axes[1][1], steps, new_share)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.spines[["left", "bottom"]].set_color(QUIET)
        axis.tick_params(length=0, labelcolor=INK, labelsize=8)
        axis.legend(frameon=False, fontsize=8, loc="upper left")
        if axis.get_autoscaley_on():
            axis.margins(y=0.18)
    return png_of(figure)


def _decisions(axis: Any, steps: Steps) -> None:
    """Draw stacked bars: number of refreshes with each outcome."""
    width, bins = _binned(steps)
    below: Counter[int] = Counter()
    for outcome, colour in OUTCOMES.items():
        counts = {at: sum(_outcome(s) == outcome for s in each) for at, each in bins.items()}
        if any(counts.values()):
            days, heights = [_date(at) for at in counts], list(counts.values())
            bottom = [below[at] for at in counts]
            axis.bar(days, heights, width=width, bottom=bottom, color=colour, align="edge", label=outcome)
            below.update(counts)
    axis.set_title(f"decisions: refreshes in {width:.0f} days", loc="left", fontsize=10)


def _work(axis: Any, steps: Steps) -> None:
    """Draw stacked bars: chunks embedded and reused, without those of the first index."""
    width, bins = _binned(steps[1:])
    for sign, (name, colour) in enumerate((("embedded", WEIGHTS), ("reused", INDEX))):
        heights = [sum(s[name] for s in each) for each in bins.values()]
        days = [_date(at) for at in bins]
        below = [sum(s["embedded"] for s in each) if sign else 0 for each in bins.values()]
        axis.bar(days, heights, width=width, bottom=below, color=colour, align="edge", label=f"chunks {name}")
    axis.set_title("work after the first index: chunks", loc="left", fontsize=10)


def _costs(axis: Any, costs: Mapping[str, Curve]) -> None:
    """Draw the predicted hours spent so far under each rule, on a log scale."""
    for name, curve in costs.items():
        if curve:
            days, hours = [_date(at) for at, _ in curve], [spent / HOUR for _, spent in curve]
            axis.step(days, hours, where="post", color=RULES[name], linewidth=1.8, label=f"{name}: {hours[-1]:,.1f} h")
    axis.set_yscale("log")
    axis.set_title("predicted cost so far, hours (log scale; lower is better)", loc="left", fontsize=10)


def _debt(axis: Any, steps: Steps, new_share: Curve) -> None:
    """Draw documents that wait for a person's approval, and new content that no model has measured."""
    days = [_date(s["at"]) for s in steps]
    axis.step(
        days, [s["owed"] for s in steps], where="post", color=OUTCOMES["hold"], label="documents that wait for approval"
    )
    axis.set_ylim(0, 1.2 * max(1, *(s["owed"] for s in steps), 1))
    axis.set_title("put off until later (lower is better)", loc="left", fontsize=10)
    share = axis.twinx()
    share.plot([_date(at) for at, _ in new_share], [100 * part for _, part in new_share], color=RESIDUAL, linewidth=1.4)
    share.set_ylabel("chunks new since the first index,\n% of those served", fontsize=8, color=RESIDUAL)
    share.tick_params(length=0, labelsize=8, labelcolor=RESIDUAL)
    share.spines[["top", "left", "right", "bottom"]].set_visible(False)
    share.set_ylim(bottom=0)
    gaps = [(_date(s["at"]), signal) for s in steps for signal in s["signals"] if signal["name"] == DERIVED_GAP]
    if gaps:
        days, lows = [day for day, _ in gaps], [100 * max(0.0, signal["low"]) for _, signal in gaps]
        share.scatter(days, lows, s=10, color=WEIGHTS, zorder=3)
        share.set_ylabel("% of chunks that are new (line);\nretrieval gap, lower end, % (dots)", fontsize=8)


def _binned(steps: Steps) -> tuple[float, dict[int, list[Mapping[str, Any]]]]:
    """Return (days in a bin, start of a bin in seconds since the epoch → its steps)."""
    if not steps:
        return 1.0, {}
    first, last = steps[0]["at"], steps[-1]["at"]
    width = max(DAY, -(-(last - first + 1) // BINS // DAY) * DAY)
    bins: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for step in steps:
        bins[first + (step["at"] - first) // width * width].append(step)
    return width / DAY, dict(bins)


def _outcome(step: Mapping[str, Any]) -> str:
    return "hold" if step["held"] else str(step["index"])


def _date(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
