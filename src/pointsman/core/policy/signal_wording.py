"""The signals of a decision in words: what each measures, its value, and what it is compared with."""

from collections.abc import Mapping
from typing import Any

from pointsman.core.evaluation.answer_signals import NLL
from pointsman.core.evaluation.signal_meanings import MEANINGS, better
from pointsman.core.evaluation.signal_names import (
    CITATION,
    DECLINED,
    DERIVED_CONTROL,
    DERIVED_NEW,
    GOLDEN_GAP_CONTROL,
    GOLDEN_GAP_NEW,
    GOLDEN_STAGED,
    SHAPE,
)
from pointsman.core.evaluation.statistics import BASELINE_SWITCHES, baseline_signal
from pointsman.core.policy.holds import HOLDS
from pointsman.core.wording import POINTS, points

Record = Mapping[str, Any]

UNKNOWN = "-"
"""What stands where a record says nothing."""
SHORT = 160
"""Characters of a text that comes from a document."""
COMPARED: Mapping[str, tuple[str, str]] = {
    DERIVED_CONTROL: (DERIVED_NEW, "control"),
    GOLDEN_GAP_CONTROL: (GOLDEN_GAP_NEW, "control"),
    "drift.vocabulary": ("drift.embedding", "vocabulary"),
    "probes.golden.live": (GOLDEN_STAGED, "live"),
    **{name.replace("residual.", "control."): (name, "control") for name in (SHAPE, CITATION, DECLINED, NLL)},
    **{
        f"{base}{baseline_signal(measure, baseline)}": (
            measure,
            f"{base.replace('.', ' ')}{baseline.replace('_', '-')}",
        )
        for measure in (SHAPE, CITATION, DECLINED)
        for baseline in BASELINE_SWITCHES
        for base in ("", "base.")
    },
}
"""Control groups and baselines: they stand beside what they are compared with, unless a limit applies to them."""
FAILED = "probes.failed."


def number(value: Any) -> str:
    """Return a number as people read it: three decimals at most; anything else as text, shortened."""
    if value is None:
        return UNKNOWN
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    text = str(value)
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def amount(value: Any, unit: Any) -> str:
    """Return a share as percent, a difference of shares in points, and any other number as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return number(value)
    if "-1..1" in str(unit):
        return points(value)
    if "0..1" in str(unit):
        return f"{round(value * POINTS, 1) or 0.0:.1f}".removesuffix(".0") + "%"
    return number(value)


def title(name: str) -> str:
    """Return what a signal measures, in words."""
    if name in MEANINGS:
        return MEANINGS[name].title
    if name in HOLDS:
        return HOLDS[name].title.rstrip(".")
    if name.startswith(FAILED):
        return f"golden probes that failed, {without_dots(name.removeprefix(FAILED))}"
    home, label = COMPARED.get(name, ("", ""))
    return f"{MEANINGS[home].title}, {label}" if home in MEANINGS else without_dots(name)


def without_dots(name: str) -> str:
    """Return a stored name without its dots and underscores."""
    return name.replace(".", " ").replace("_", " ")


def direction(name: str) -> str:
    """Return which direction of a signal is better, in brackets; empty for a name that this version does not know."""
    found = better(name)
    return f" ({found})" if found else ""


def home_of(name: str, signals: Record) -> tuple[str, str]:
    """Return the signal that one stands beside, and its label there; the causes of failed probes share a line."""
    if name.startswith(FAILED):
        first = min(each for each in signals if each.startswith(FAILED))
        return ("" if name == first else first, without_dots(name.removeprefix(FAILED)))
    return COMPARED.get(name, ("", ""))


def with_interval(s: Record, of: Record | None = None) -> str:
    """Return value and interval, and of how many; not again where it stands beside as many."""
    value, low, high = (amount(s.get(part), s.get("unit")) for part in ("value", "low", "high"))
    n = s.get("n", UNKNOWN)
    between = f"{value} ({low.removesuffix(' points').removesuffix(' point')} to {high}"
    return between + (")" if of is not None and of.get("n", UNKNOWN) == n else f", of {n})")
