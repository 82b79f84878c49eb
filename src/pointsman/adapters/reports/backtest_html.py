"""A backtest for people: one HTML page that loads nothing and runs nothing. Names and subjects in it are escaped."""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from pointsman.adapters.reports.backtest_plots import Curve, history_png
from pointsman.adapters.reports.markdown import show
from pointsman.adapters.reports.style import POLICY, STYLE

LAST = 500
"""Moments listed for each variant, at most: the newest at which something was held or done; all are in --json."""
SENTENCES = 3
"""Reasons of a moment shown, at most."""

Report = Mapping[str, Any]
Curves = Mapping[str, tuple[Mapping[str, Curve], Curve]]
"""Variant → (rule → predicted seconds spent over time, new share over time)."""


def page(report: Report, curves: Curves) -> str:
    """Return the page of a backtest's report, plots embedded."""
    title = escape(f"Backtest of {report['repository']}: {report['path']}, {report['from']} to {report['to']}")
    sections = [("The whole", _whole(report)), ("Variants differ", _differences(report))]
    sections += [(f"Variant {v['name']}", _variant(report, v, curves[v["name"]])) for v in report["variants"]]
    body = "\n".join(f"<section><h2>{escape(name)}</h2>{inner}</section>" for name, inner in sections if inner)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{STYLE}</style></head>'
        f"<body><main><header><h1>{title}</h1>{_masthead(report)}</header>\n{body}\n</main></body></html>\n"
    )


def _masthead(report: Report) -> str:
    facts = {
        "replayed": f"{report['replayed']} of {report['moments']} moments, by {report['by']}, in {report['seconds']} s",
        "revision": report["revision"],
        "holds": "a person approves each at once" if report["holds"] == "approve" else "nobody approves any",
        "history": "shallow: its beginning is not in this clone" if report["shallow"] else "whole",
    }
    return f"<dl>{''.join(f'<dt>{k}</dt><dd>{escape(str(v))}</dd>' for k, v in facts.items())}</dl>"


def _whole(report: Report) -> str:
    """Return all variants side by side."""
    summaries = {v["name"]: v["summary"] for v in report["variants"]}
    rows = []
    for section in ("outcomes", "changes", "work", "holds", "quarantined", "debt", "measured"):
        for name in dict.fromkeys(name for s in summaries.values() for name in s[section]):
            label = f"{section}: {name.replace('_', ' ')}"
            rows.append([label, *(s[section].get(name, 0) for s in summaries.values())])
    return _grid(["", *(f"#{name}" for name in summaries)], rows)


def _differences(report: Report) -> str:
    names = [v["name"] for v in report["variants"]]
    rows = [
        [_day(d["at"]), d["commit"][:10], d["subject"], *(d["outcomes"][name] for name in names)]
        for d in report["differences"]
    ]
    return _grid(["day", "commit", "subject", *names], rows)


def _variant(report: Report, variant: Report, curves: tuple[Mapping[str, Curve], Curve]) -> str:
    steps, changed = variant["steps"], variant["changed"]
    said = ", ".join(f"{key} = {value}" for key, value in changed.items()) or "as params.yaml has it"
    plot = ""
    if steps:
        png = history_png(f"{report['repository']}, {report['path']}: {variant['name']}", steps, *curves)
        plot = f'<img alt="plots" src="data:image/png;base64,{base64.b64encode(png).decode("ascii")}">'
    costs = [[r["name"], r["runs"], r["embedded"], r["seconds"], r["money"]] for r in variant["summary"]["rules"]]
    held = [[*_head(s), s["held"], " · ".join(a["because"] for a in s["alarms"])] for s in steps if s["held"]]
    busy = [s for s in steps if s["held"] or s["index"] != "keep"]
    shown = f"<h3>Moments with something to do: the last {min(LAST, len(busy))} of {len(busy)}</h3>" if busy else ""
    return (
        f'<p class="quiet">{escape(said)}</p>{plot}'
        + _grid(["rule", "#runs", "#chunks embedded", "#predicted seconds", "#money"], costs, kind="tight")
        + ("<h3>Held</h3>" if held else "")
        + _grid(["day", "commit", "subject", "what became of it", "because"], held)
        + shown
        + _grid(
            ["day", "commit", "subject", "decision", "changes", "#embedded", "#reused", "#seconds", "because"],
            [_moment(s) for s in reversed(busy[-LAST:])],
        )
    )


def _moment(step: Report) -> list[Any]:
    changes = {kind: n for kind, n in step["changes"].items() if n and kind not in ("unchanged", "quarantined")}
    decision = f"held, {step['held']}" if step["held"] else " + ".join([step["index"], *step["train"]])
    because = " · ".join(step["because"][:SENTENCES])
    return [*_head(step), decision, changes, step["embedded"], step["reused"], step["seconds"], because]


def _head(step: Report) -> list[Any]:
    return [_day(step["at"]), step["commit"][:10], step["subject"]]


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def _grid(names: Sequence[str], rows: Sequence[Sequence[Any]], kind: str = "") -> str:
    """Return a table, empty without rows; a name that begins with ``#`` heads a column of numbers."""
    if not rows:
        return ""
    marks = [' class="num"' if name.startswith("#") else "" for name in names]
    head = "".join(f"<th{mark}>{escape(name.lstrip('#'))}</th>" for name, mark in zip(names, marks, strict=True))
    lines = [
        "".join(f"<td{mark}>{escape(show(cell))}</td>" for cell, mark in zip(row, marks, strict=True)) for row in rows
    ]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
