"""Draws numbers as PNG bytes. Matplotlib's global state stays as it is; a ``$`` in a label does not begin a formula."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

BarHeights = Mapping[str, float]

INK, QUIET = "#1f2933", "#9aa5b1"
INDEX, WEIGHTS, RESIDUAL = "#2b6cb0", "#dd7a1d", "#7b5ea7"
WIDE = 40
"""Largest bar over smallest one above which a log scale is used: a linear one would hide the small bars."""
MANY = 200
"""Steps from which a curve has no dots: they would run into each other."""


def bars_png(panels: Sequence[tuple[str, BarHeights, str]]) -> bytes:
    """Return horizontal bars, one panel for each (title, values, colour); a panel without values says ``nothing``."""
    rows = max([2, *(len(values) for _, values, _ in panels)])
    figure, axes = _figure(len(panels), 0.9 + 0.36 * rows)
    for axis, (title, values, colour) in zip(axes, panels, strict=True):
        if not values:
            axis.text(0.5, 0.5, "nothing", ha="center", va="center", color=QUIET, transform=axis.transAxes)
            axis.axis("off")
            axis.set_title(title, loc="left", fontsize=11, parse_math=False)
            continue
        drawn = axis.barh(range(len(values)), list(values.values()), color=colour, height=0.62)
        axis.set_yticks(range(len(values)), [_label(k) for k in values], parse_math=False)
        axis.set_ylim(rows - 0.5, -0.5)
        if wide := max(values.values()) > WIDE * min(values.values()):
            axis.set_xscale("symlog", linthresh=1)
        axis.set_title(f"{title} (log scale)" if wide else title, loc="left", fontsize=11, parse_math=False)
        axis.bar_label(drawn, [f"{v:,.4g}" if isinstance(v, float) else f"{v:,}" for v in values.values()], padding=3)
        axis.margins(x=0.25)
        axis.xaxis.set_visible(False)
    return png_of(figure)


def pairs_png(names: Sequence[str], champion: Sequence[float], challenger: Sequence[float]) -> bytes:
    """Return bars of champion and challenger side by side, one group for each score in 0..1."""
    figure, (axis,) = _figure(1, 0.9 + 0.5 * len(names), width=7.6)
    at = range(len(names))
    for shift, values, colour, who in (
        (-0.19, champion, QUIET, "champion"),
        (0.19, challenger, WEIGHTS, "challenger"),
    ):
        drawn = axis.barh([i + shift for i in at], values, height=0.36, color=colour, label=who)
        axis.bar_label(drawn, [f"{v:.2f}" for v in values], padding=3)
    axis.set_yticks(at, [_label(n) for n in names], parse_math=False)
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.set_xlim(0, 1.14)
    axis.set_xticks([0, 0.5, 1])
    axis.set_xlabel("share of answers, 0..1; higher is better, except for false refusals")
    axis.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return png_of(figure)


def curves_png(
    curves: Mapping[str, Sequence[float]],
    held_out: Mapping[str, Sequence[float]],
    validated: Mapping[str, Sequence[Sequence[float]]],
) -> bytes:
    """Return the loss (nats per token) by training step, the held-out loss before and after, and the validation loss.

    The last is [step, loss] by evaluation.
    """
    figure, (axis,) = _figure(1, 3.0, width=7.6)
    for (name, losses), colour in zip(curves.items(), (WEIGHTS, INDEX, RESIDUAL), strict=False):
        axis.plot(
            range(1, len(losses) + 1),
            losses,
            color=colour,
            linewidth=1.8,
            marker="." if len(losses) < MANY else None,
        )
        axis.lines[-1].set_label(f"{name}, training")
        if name in validated:
            steps, values = zip(*validated[name], strict=True)
            axis.plot(steps, values, color=colour, linestyle="--", marker="o", label=f"{name}, validation")
        if name in held_out:
            ends = [1, max(2, len(losses))]
            axis.plot(ends, held_out[name], color=colour, linestyle="", marker="D", label=f"{name}, held out")
    axis.set_xlabel("step")
    axis.set_ylabel("loss, nats per token; lower is better")
    axis.grid(axis="y", color="#e1e7ee")
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return png_of(figure)


def _label(name: str, longest: int = 28) -> str:
    text = name.replace("_", " ")
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _figure(panels: int, height: float, width: float = 10.4) -> tuple[Any, Any]:
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(wspace=0.06))
    axes = figure.subplots(1, panels, squeeze=False)[0]
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.spines[["left", "bottom"]].set_color(QUIET)
        axis.tick_params(length=0, labelcolor=INK)
    return figure, axes


def png_of(figure: Any) -> bytes:
    """Return a figure as the bytes of a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()
