"""The evaluation of answers on a report page: the model that is live beside the one that would replace it."""

from collections.abc import Mapping
from html import escape
from typing import Any

from pointsman.adapters.reports import plots
from pointsman.adapters.reports.html import Markup, badge, image, small_print, table
from pointsman.adapters.reports.markdown import shown_value
from pointsman.adapters.reports.record import Record, section
from pointsman.core.evaluation.signal_meanings import HIGHER, LOWER

ANSWERS_SHOWN = 60
"""Questions whose answers are shown side by side, at most."""
COLOURS: Mapping[str, str] = {"promote": "good", "refuse": "bad", "inconclusive": "open", "review": "open"}
"""Verdict → colour of its badge."""
MEASURES: Mapping[str, str] = {
    "shape_valid": "in the asked format", "citation_correct": "right citation",
    "citation_supported": "cited passage supports it", "token_f1": "words in common with the reference",
    "exact_match": "same as the reference", "refusal": "declined where the store has no answer",
    "false_refusal": "declined where it has one", "nll": "loss of the reference, nats per token",
    "n": "questions",
}  # fmt: skip
"""Name of a score → what it measures: shares of answers, 0..1, where nothing else is said."""
LOWER_IS_BETTER = frozenset({"false_refusal", "nll"})
SLICED = ("shape_valid", "citation_correct", "citation_supported", "token_f1", "exact_match", "refusal")
"""Scores that are shown for each context and tag: all of them shares of which more is better."""


def answers_section(evaluation: Record) -> str:
    """Return the tables and the picture of an evaluation; empty where there was none."""
    champion, challenger = section(evaluation, "champion"), section(evaluation, "challenger")
    baselines = {name: section(evaluation, "arms", name) for name in section(evaluation, "arms")}
    measured = {name: section(each, "scores") for name, each in baselines.items() if each.get("scores")}
    sides = (champion, challenger, *measured.values())
    scores = [
        [measure_in_words(name), _better(name), *(side.get(name) for side in sides)]
        for name in {**champion, **challenger}
    ]
    because = [[name, each.get("because")] for name, each in baselines.items()]
    heads = ["measure", "better", "#champion (live)", "#challenger (new)", *(f"#{name}" for name in measured)]
    return (
        _plot(champion, challenger)
        + table(heads, scores, kind="tight")
        + table(["baseline without training", "compared with the challenger"], because)
        + _verdicts(section(evaluation, "rulings"))
        + _memorization(section(evaluation, "crossing"))
        + _sliced("By context: the passages that the model was given", section(evaluation, "contexts"))
        + _sliced("By tag of the example", section(evaluation, "slices"))
        + _side_by_side(evaluation)
    )


def measure_in_words(name: str) -> str:
    """Return what a score measures, or its name in words."""
    return MEASURES.get(name, name.replace("_", " "))


def _better(name: str) -> str:
    """Return which direction of a score is better; empty for the number of questions."""
    return "" if name == "n" else LOWER if name in LOWER_IS_BETTER else HIGHER


def _side_by_side(evaluation: Record) -> str:
    """Return the answers of both models to the first questions, beside the reference."""
    items = [item for item in evaluation.get("items") or [] if isinstance(item, Mapping)]
    names = ("question", "champion", "challenger", "reference")
    rows = [[_answer(item, name) for name in names] for item in items[:ANSWERS_SHOWN]]
    if not rows:
        return ""
    heads = ("question", "champion (live)", "challenger (new)", "reference")
    title = f"<h3>Answers side by side: {len(rows)} of {len(items)}; decision.json has them all</h3>"
    return title + table(heads, rows, kind="answers")


def _answer(item: Record, name: str) -> Markup:
    """Return an answer; where its format and citation were judged, with the result."""
    shown = escape(shown_value(item.get(name)))
    if (passed := item.get(f"{name}_ok")) is None:
        return Markup(shown)
    return Markup(f"{badge('pass', 'good') if passed else badge('fail', 'bad')}\n{shown}")


def _verdicts(rules: Record) -> str:
    """Return what each rule decided; the strictest of them is the gate's verdict."""
    rows = []
    for name in rules:
        rule = section(rules, name)
        verdict = badge(shown_value(rule.get("verdict")), COLOURS.get(str(rule.get("verdict")), "plain"))
        rows.append([name, verdict, rule.get("because")])
    return table(["rule of the gate", "verdict", "because"], rows)


def _memorization(check: Record) -> str:
    """Return the four cells of the memorization check; empty where no question could show anything."""
    if not check.get("telling"):
        return ""
    cells = [cell for cell in check.get("cells") or [] if isinstance(cell, Mapping)]
    rows = [
        [c.get("index"), c.get("adapter"), *(c.get(f"follows_{t}") for t in ("old", "new", "neither"))] for c in cells
    ]
    title = f"<h3>Memorization check: {shown_value(check.get('telling'))} questions whose documents changed</h3>"
    why = small_print(
        "A good model answers from the passages that it is given: with the old index from the old text, with the new "
        "index from the new one."
    )
    heads = ["index", "adapter", "#answers from the old text", "#from the new text", "#from neither"]
    return title + why + table(heads, rows, kind="tight")


def _sliced(title: str, parts: Record) -> str:
    """Return the scores of parts of the evaluation, champion and challenger in one cell."""
    rows = []
    for name in parts:
        old, new = section(parts, name, "champion"), section(parts, name, "challenger")
        cells = [f"{shown_value(old.get(m))} → {shown_value(new.get(m))}" if m in old else None for m in SLICED]
        rows.append([name, old.get("n"), *cells])
    heads = [f"#{measure_in_words(measure)}" for measure in SLICED]
    found = table(["part", "#questions", *heads], rows)
    return f"<h3>{escape(title)}: champion → challenger, shares 0..1, higher is better</h3>{found}" if rows else ""


def _plot(champion: Record, challenger: Record) -> str:
    """Draw the scores that both have and that are shares; a loss has another scale."""

    def share(value: Any) -> bool:
        return isinstance(value, (int, float)) and 0 <= value <= 1

    names = [k for k in champion if k not in ("n", "nll") and share(champion[k]) and share(challenger.get(k))]
    if not names:
        return ""
    png = plots.pairs_png(names, [champion[k] for k in names], [challenger[k] for k in names])
    return image(png, "bars: champion against challenger")
