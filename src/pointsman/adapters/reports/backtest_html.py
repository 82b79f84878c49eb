"""A backtest for people: one HTML page that loads nothing and runs nothing. Names and subjects are escaped."""

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any

from pointsman.adapters.reports.backtest_plots import Curve, history_png
from pointsman.adapters.reports.html import image, small_print, table, whole_page

LAST = 500
"""Refreshes listed for each variant, at most: the newest that did something or stopped; --json has all of them."""
SENTENCES = 3
"""Reasons of one decision shown, at most."""

BacktestJson = Mapping[str, Any]
Curves = Mapping[str, tuple[Mapping[str, Curve], Curve]]
"""Variant → (rule → predicted seconds spent over time, new share over time)."""


def page(report: BacktestJson, curves: Curves) -> str:
    """Return the page of a backtest's report, plots embedded."""
    title = f"Backtest of {report['repository']}: {report['path']}, {report['from']} to {report['to']}"
    sections = [("All variants side by side", _side_by_side(report)), ("Where variants differ", _differences(report))]
    sections += [(f"Variant {v['name']}", _variant(report, v, curves[v["name"]])) for v in report["variants"]]
    return whole_page(title, _masthead(report), sections)


def _masthead(report: BacktestJson) -> str:
    facts = {
        "replayed": (
            f"{report['replayed']} of {report['moments']} versions of the documents, one a {report['by']}, "
            f"in {report['seconds']} s"
        ),
        "revision": report["revision"],
        "holds": "a person approves each at once" if report["holds"] == "approve" else "nobody approves any of them",
        "history": "shallow: this clone lacks its beginning" if report["shallow"] else "complete",
    }
    return f"<dl>{''.join(f'<dt>{k}</dt><dd>{escape(str(v))}</dd>' for k, v in facts.items())}</dl>"


def _side_by_side(report: BacktestJson) -> str:
    """Return all variants side by side."""
    summaries = {v["name"]: v["summary"] for v in report["variants"]}
    rows = []
    for section in ("outcomes", "changes", "work", "holds", "quarantined", "debt", "measured"):
        for name in dict.fromkeys(name for s in summaries.values() for name in s[section]):
            label = f"{section}: {name.replace('_', ' ')}"
            rows.append([label, *(s[section].get(name, 0) for s in summaries.values())])
    return table(["", *(f"#{name}" for name in summaries)], rows)


def _differences(report: BacktestJson) -> str:
    names = [v["name"] for v in report["variants"]]
    rows = [
        [_day(d["at"]), d["commit"][:10], d["subject"], *(d["outcomes"][name] for name in names)]
        for d in report["differences"]
    ]
    return table(["day", "commit", "subject", *names], rows)


def _variant(report: BacktestJson, variant: BacktestJson, curves: tuple[Mapping[str, Curve], Curve]) -> str:
    steps, changed = variant["steps"], variant["changed"]
    said = ", ".join(f"{key} = {value}" for key, value in changed.items()) or "as in params.yaml"
    plot = ""
    if steps:
        png = history_png(f"{report['repository']}, {report['path']}: {variant['name']}", steps, *curves)
        plot = image(png, "plots of decisions, work, cost and what was put off")
    costs = [[r["name"], r["runs"], r["embedded"], r["seconds"], r["money"]] for r in variant["summary"]["rules"]]
    holds = [[*_head(s), s["held"], " · ".join(a["because"] for a in s["alarms"])] for s in steps if s["held"]]
    busy = [s for s in steps if s["held"] or s["index"] != "keep"]
    shown = (
        f"<h3>Refreshes that did something or stopped: the last {min(LAST, len(busy))} of {len(busy)}</h3>"
        if busy
        else ""
    )
    return (
        f"{small_print(said)}{plot}"
        + table(
            ["rule", "#runs", "#chunks embedded", "#predicted seconds (lower is better)", "#money (lower is better)"],
            costs,
            kind="tight",
        )
        + ("<h3>Stopped: a person must approve</h3>" if holds else "")
        + table(["day", "commit", "subject", "hold", "reason"], holds)
        + shown
        + table(
            ["day", "commit", "subject", "decision", "changes", "#embedded", "#reused", "#seconds", "reason"],
            [_row(s) for s in reversed(busy[-LAST:])],
        )
    )


def _row(step: BacktestJson) -> list[Any]:
    changes = {kind: n for kind, n in step["changes"].items() if n and kind not in ("unchanged", "quarantined")}
    decision = f"on hold, {step['held']}" if step["held"] else " + ".join([step["index"], *step["train"]])
    because = " · ".join(step["because"][:SENTENCES])
    return [*_head(step), decision, changes, step["embedded"], step["reused"], step["seconds"], because]


def _head(step: BacktestJson) -> list[Any]:
    return [_day(step["at"]), step["commit"][:10], step["subject"]]


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
