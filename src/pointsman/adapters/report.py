"""A decision record for people: a Markdown note, and one HTML page that loads nothing and runs nothing.

Document, question and answer text is data: it is escaped in both. Callers pass records through ``clean`` first.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from pointsman.adapters import plots
from pointsman.adapters.record import REASON, Record, counts, flat, headline, reasons, rulings, section

NOTE_LIMIT = 7500
"""Characters of a note; MLflow keeps 8000 of a tag."""
WHOLE = 10_000
"""Numbers from here on are shown without decimals."""
NOTHING = "-"
"""What stands where there is no value."""
EXAM_ROWS = 60
"""Exam items shown side by side, at most."""
COLOURS = {"promote": "good", "refuse": "bad", "inconclusive": "open", "review": "open"}
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Content security policy: should an escape ever fail, nothing runs and nothing is fetched."""

STYLE = """
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: #1f2933; margin: 0;
       background: #f5f7fa; color-scheme: light }
main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 48px }
header, section { background: #fff; border: 1px solid #e1e7ee; border-radius: 10px; padding: 18px 22px;
                  margin: 0 0 16px }
h1 { font-size: 26px; margin: 0 0 8px }
h2 { font-size: 17px; margin: 0 0 10px }
h3 { font-size: 14px; margin: 16px 0 6px; color: #52606d }
table { border-collapse: collapse; width: 100%; font-size: 13.5px }
th { text-align: left; color: #52606d; border-bottom: 2px solid #e1e7ee; padding: 6px 14px 6px 0 }
td { border-bottom: 1px solid #eef2f6; padding: 7px 14px 7px 0; vertical-align: top; overflow-wrap: anywhere }
td:first-child { min-width: 90px }
td .badge { margin: 0 }
table.tight { width: auto }
table.tight td, table.tight th { padding-right: 32px }
td.num, th.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
table.exam { table-layout: fixed }
table.exam td { white-space: pre-wrap }
.badge { display: inline-block; white-space: nowrap; border-radius: 999px; padding: 1px 11px; font-size: 13px;
         font-weight: 600; margin: 0 6px 6px 0 }
.good { background: #def7e5; color: #116b32 }
.bad { background: #fde3e1; color: #a3180e }
.open { background: #fdf0d2; color: #8a5a00 }
.plain { background: #e9eef4; color: #3e4c59 }
.quiet { color: #7b8794 }
img { max-width: 100%; display: block; margin: 4px 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 16px; margin: 0 }
dt { color: #52606d }
dd { margin: 0; overflow-wrap: anywhere }
ul { margin: 4px 0; padding-left: 20px }
p { margin: 4px 0 10px }
"""


def show(value: Any) -> str:
    """Return a value as people read it: four significant digits, thousands parted, a dash for nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= WHOLE else f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {show(v)}" for k, v in value.items()) or NOTHING
    if isinstance(value, (list, tuple)):
        return ", ".join(show(v) for v in value) or NOTHING
    return str(value) if value not in (None, "") else NOTHING


def words(values: Record) -> str:
    """Return counts as a phrase: ``3 edited, 1 added``."""
    return ", ".join(f"{show(v)} {k.replace('_', ' ')}" for k, v in counts(values).items()) or "nothing"


def note(record: Record) -> str:
    """Return the Markdown note: what changed, the decision, its reasons, gates, flips and debt."""
    report, decision = section(record, "report"), section(record, "report", "decision")
    why = reasons(record)
    release = record.get("release") or report.get("release")
    facts = {
        "changed": words(section(report, "changes")),
        "why": "; ".join(str(row[-1]) for row in why) or NOTHING,
        "work": words(section(report, "work")),
        "release": f"{show(release)}, before: {show(record.get('live_before'))}",
        "when": f"{show(record.get('at'))}, {show(record.get('trigger'))}, {show(report.get('seconds'))} s",
    }
    verdicts = [[name, gate.get("verdict"), gate.get("because")] for name, gate in rulings(record)]
    blocks = [
        "\n".join(f"- **{name}:** {_md(text)}" for name, text in facts.items()),
        _table("Why", REASON, why),
        _table("Gates", ("gate", "verdict", "because"), verdicts),
        _list("What would have changed the decision", decision.get("flips")),
        _list("Debt", decision.get("debt")),
    ]
    text = "\n\n".join(block for block in blocks if block)
    if len(text) <= NOTE_LIMIT:
        return text
    return text[: text.rfind("\n", 0, NOTE_LIMIT - 40)] + "\n\n… the whole of it is in report.html"


def _md(value: Any) -> str:
    text = re.sub(r"([\\`*_\[\]|#!~])", r"\\\1", " ".join(show(value).split()))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _table(title: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    if not rows:
        return ""
    lines = [f"| {' | '.join(_md(cell) for cell in row)} |" for row in rows]
    return "\n".join([f"### {title}\n", f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}", *lines])


def _list(title: str, items: Iterable[Any] | None) -> str:
    return "\n".join([f"### {title}\n", *(f"- {_md(item)}" for item in items)]) if items else ""


class Markup(str):
    """HTML that is already safe; every other text is escaped when it is placed."""

    __slots__ = ()


def page(record: Record) -> str:
    """Return the page of a decision, plots embedded: change, why, gates, exam, training, signals, origin."""
    title = escape(headline(record))
    body = "\n".join(f"<section><h2>{name}</h2>{inner}</section>" for name, inner in _sections(record) if inner)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{STYLE}</style></head>'
        f"<body><main><header><h1>{title}</h1>{_masthead(record)}</header>\n{body}\n</main></body></html>\n"
    )


def _sections(record: Record) -> Iterator[tuple[str, str]]:
    decision = section(record, "report", "decision")
    yield "What changed, and the work it took", _change(record)
    yield "Why", _grid([REASON[0], "#value", "#limit", "because"], reasons(record))
    yield "Documents that changed", _documents(section(record, "changed"))
    yield "Quarantine: refused, so the last good version stays served", _quarantine(record)
    yield "What would have changed the decision", _bullets(decision.get("flips"))
    yield "Debt: put off until later", _bullets(decision.get("debt"))
    yield "Gates", _gates(record)
    yield "Champion and challenger", _exam(section(record, "exam"))
    yield "Training", _training(section(record, "training"))
    yield "Signals", _signals(record)
    yield "Where it comes from", _origin(record)


def _masthead(record: Record) -> str:
    report, decision = section(record, "report"), section(record, "report", "decision")
    train = decision.get("train") or "nothing"
    badges = [_badge(f"index: {show(decision.get('index'))}"), _badge(f"train: {show(train)}")]
    if decision.get("hold"):
        badges.insert(0, _badge("held: a person releases it", "bad"))
    if gate := report.get("gate"):
        badges.insert(0, _badge(f"gate: {gate}", COLOURS.get(str(gate), "plain")))
    cost = {k.replace("_", " "): v for k, v in section(report, "cost").items()}
    facts = {
        "decision": record.get("decision_id") or report.get("decision_id"),
        "release": record.get("release") or report.get("release"),
        "live before": record.get("live_before"),
        "corpus": report.get("corpus"),
        "when": ", ".join(str(record[k]) for k in ("at", "trigger") if record.get(k)) or None,
        "cost": cost or None,
    }
    rows = "".join(f"<dt>{k}</dt><dd>{_text(v)}</dd>" for k, v in facts.items() if v is not None)
    return f"{''.join(badges)}<dl>{rows}</dl>"


def _change(record: Record) -> str:
    changes, work = section(record, "report", "changes"), section(record, "report", "work")
    residual = counts(section(record, "attribution"))
    panels = [
        ("Changes", counts(changes, "unchanged"), plots.INDEX),
        ("Work: chunks, points", counts(work, "tokens_trained"), plots.WEIGHTS),
    ]
    if residual:
        panels.append(("Left to repair: probes", residual, plots.RESIDUAL))
    rest = {"documents unchanged": changes.get("unchanged"), "tokens trained": work.get("tokens_trained")}
    besides = f'<p class="quiet">Not drawn: {words(rest)}.</p>' if counts(rest) else ""
    return _image(plots.bars_png(panels), "bars: changes, work and what re-indexing left") + besides


def _documents(changed: Record) -> str:
    """List the names the record carries; a renamed document is a pair, from and to."""
    rows = []
    for kind, names in changed.items():
        each = [" → ".join(map(str, name)) if isinstance(name, list) else str(name) for name in names or []]
        if each:
            rows.append([kind, Markup("<br>".join(map(escape, each)))])
    return _grid(["change", "documents (the first of each kind)"], rows, kind="tight")


def _quarantine(record: Record) -> str:
    refused = [row for row in record.get("quarantine") or [] if isinstance(row, Mapping)]
    rows = [[row.get("item"), row.get("check"), row.get("reason")] for row in refused]
    return _grid(["item", "check", "reason"], rows)


def _gates(record: Record) -> str:
    rows = []
    for name, gate in rulings(record):
        verdict = _badge(show(gate.get("verdict")), COLOURS.get(str(gate.get("verdict")), "plain"))
        rows.append([name, verdict, gate.get("gain"), _interval(gate), gate.get("n"), gate.get("because")])
    return _grid(["gate", "verdict", "#gain", "#interval", "#n", "because"], rows)


def _exam(exam: Record) -> str:
    champion, challenger = section(exam, "champion"), section(exam, "challenger")
    arms = {name: section(exam, "arms", name) for name in section(exam, "arms")}
    sat = {name: section(arm, "scores") for name, arm in arms.items() if arm.get("scores")}
    sides = (champion, challenger, *sat.values())
    scores = [[name, *(side.get(name) for side in sides)] for name in {**champion, **challenger}]
    items = [item for item in exam.get("items") or [] if isinstance(item, Mapping)]
    names = ("question", "champion", "challenger", "reference")
    rows = [[_answer(item, name) for name in names] for item in items[:EXAM_ROWS]]
    shown = f"<h3>Answers side by side: {len(rows)} of {len(items)}, all in decision.json</h3>" if rows else ""
    return (
        _exam_plot(champion, challenger)
        + _grid(["score", "#champion", "#challenger", *(f"#{name}" for name in sat)], scores, kind="tight")
        + _grid(["cheaper arm", "against the challenger"], [[name, arm.get("because")] for name, arm in arms.items()])
        + _rulings(section(exam, "rulings"))
        + _crossing(section(exam, "crossing"))
        + _sliced("By context", section(exam, "contexts"))
        + _sliced("By tag", section(exam, "slices"))
        + shown
        + _grid(names, rows, kind="exam")
    )


def _rulings(rules: Record) -> str:
    """Return what each rule said; the strictest is the gate's verdict."""
    rows = []
    for name in rules:
        rule = section(rules, name)
        badge = _badge(show(rule.get("verdict")), COLOURS.get(str(rule.get("verdict")), "plain"))
        rows.append([name, badge, rule.get("because")])
    return _grid(["rule", "verdict", "because"], rows)


def _crossing(crossing: Record) -> str:
    """Return the four cells of the 2x2 check, where a question could tell."""
    cells = [cell for cell in crossing.get("cells") or [] if isinstance(cell, Mapping)]
    if not crossing.get("telling"):
        return ""
    rows = [
        [c.get("index"), c.get("adapter"), *(c.get(f"follows_{t}") for t in ("old", "new", "neither"))] for c in cells
    ]
    title = f"<h3>2x2: {show(crossing.get('telling'))} questions whose documents changed</h3>"
    return title + _grid(["index", "adapter", "#follow the old text", "#the new text", "#neither"], rows, kind="tight")


def _sliced(title: str, parts: Record) -> str:
    """Return the scores of parts of the exam, champion and challenger in one cell."""
    measures = ("shape_valid", "citation_correct", "citation_supported", "token_f1", "exact_match", "refusal")
    rows = []
    for name in parts:
        old, new = section(parts, name, "champion"), section(parts, name, "challenger")
        cells = [f"{show(old.get(m))} → {show(new.get(m))}" if m in old else None for m in measures]
        rows.append([name, old.get("n"), *cells])
    heads = [f"#{measure.replace('_', ' ')}" for measure in measures]
    table = _grid(["part", "#n", *heads], rows)
    return f"<h3>{title}: champion → challenger</h3>{table}" if rows else ""


def _answer(item: Record, name: str) -> Markup:
    """Return a cell of the exam; an answer whose shape and citation were judged says how it went."""
    text = escape(show(item.get(name)))
    if (passed := item.get(f"{name}_ok")) is None:
        return Markup(text)
    return Markup(f"{_badge('pass', 'good') if passed else _badge('fail', 'bad')}\n{text}")


def _exam_plot(champion: Record, challenger: Record) -> str:
    """Draw the scores that both have and that are shares; a loss has another scale."""

    def share(value: Any) -> bool:
        return isinstance(value, (int, float)) and 0 <= value <= 1

    names = [k for k in champion if k not in ("n", "nll") and share(champion[k]) and share(challenger.get(k))]
    if not names:
        return ""
    png = plots.pairs_png(names, [champion[k] for k in names], [challenger[k] for k in names])
    return _image(png, "bars: champion against challenger")


CURVES = ("loss", "losses", "step_tokens", "validation", "validation_loss")
"""Of a training's report: drawn, where they are no double of another one, and never printed."""


def _training(training: Record) -> str:
    runs = {name: section(training, name) for name in training}
    curves = {name: run["loss"] for name, run in runs.items() if run.get("loss")}
    ends = {name: (run.get("held_out_loss_before"), run.get("held_out_loss_after")) for name, run in runs.items()}
    held_out = {name: (a, b) for name, (a, b) in ends.items() if a is not None and b is not None}
    validated = {name: run["validation_loss"] for name, run in runs.items() if run.get("validation_loss")}
    facts = [[name, k.replace("_", " "), v] for name, run in runs.items() for k, v in run.items() if k not in CURVES]
    plot = _image(plots.curves_png(curves, held_out, validated), "curve: loss by step") if curves else ""
    return plot + _grid(["adapter", "measure", "#value"], facts, kind="tight")


def _signals(record: Record) -> str:
    limits = section(record, "limits")
    rows = []
    for s in record.get("signals") or []:
        name = str(s.get("name"))
        limit = limits.get(name, limits.get(name.rpartition(".")[2]))
        rows.append([s.get("name"), s.get("value"), _interval(s), s.get("n"), limit, s.get("unit")])
    return _grid(["signal", "#value", "#interval", "#n", "#limit", "unit"], rows)


def _origin(record: Record) -> str:
    sets = [(name, section(record, "datasets", name)) for name in section(record, "datasets")]
    rows = [[name, d.get("n"), d.get("id"), d.get("source")] for name, d in sets if d]
    params = [[name, value] for name, value in flat(section(record, "params"))]
    table = _grid(["parameter", "value"], params)
    folded = f"<details><summary>{len(params)} parameters</summary>{table}</details>" if params else ""
    return _grid(["dataset", "#items", "digest", "source"], rows) + folded


def _interval(values: Record) -> str:
    low, high = values.get("low"), values.get("high")
    return NOTHING if low is None or high is None else f"{show(low)} … {show(high)}"


def _grid(names: Sequence[str], rows: Sequence[Sequence[Any]], kind: str = "") -> str:
    """Return a table, empty without rows; a name that begins with ``#`` heads a column of numbers."""
    if not rows:
        return ""
    marks = [' class="num"' if name.startswith("#") else "" for name in names]
    head = "".join(f"<th{mark}>{escape(name.lstrip('#'))}</th>" for name, mark in zip(names, marks, strict=True))
    lines = ["".join(f"<td{mark}>{_text(cell)}</td>" for cell, mark in zip(row, marks, strict=True)) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _text(value: Any) -> str:
    return value if isinstance(value, Markup) else escape(show(value))


def _badge(text: str, kind: str = "plain") -> Markup:
    return Markup(f'<span class="badge {kind}">{escape(text)}</span>')


def _bullets(items: Sequence[Any] | None) -> str:
    return f"<ul>{''.join(f'<li>{_text(item)}</li>' for item in items)}</ul>" if items else ""


def _image(png: bytes, alt: str) -> str:
    return f'<img alt="{alt}" src="data:image/png;base64,{base64.b64encode(png).decode("ascii")}">'
