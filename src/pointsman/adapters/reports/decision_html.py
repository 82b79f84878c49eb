"""A decision record for people: one HTML page that loads nothing and runs nothing.

Document, question and answer text is data: it is escaped. Callers pass records through ``clean`` first.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from pointsman.adapters.reports import plots
from pointsman.adapters.reports.markdown import NOTHING, show, words
from pointsman.adapters.reports.record import REASON, Record, counts, flat, headline, reasons, rulings, section
from pointsman.adapters.reports.style import POLICY, STYLE
from pointsman.core.policy.explanation import rows as lines_of
from pointsman.core.policy.explanation import screen

EXAM_ROWS = 60
"""Exam items shown side by side, at most."""
COLOURS = {"promote": "good", "refuse": "bad", "inconclusive": "open", "review": "open"}


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
    yield "In short", _grid(["", "as `pointsman explain` says it"], lines_of(screen(record)), kind="tight")
    yield "What changed, and the work it took", _change(record)
    yield "Why", _grid([REASON[0], "#value", "#limit", "because"], reasons(record))
    yield "Documents that changed", _documents(section(record, "changed"))
    yield "What the edits changed", _edits(section(record, "report", "edits"))
    yield "Quarantine: refused, so the last good version stays served", _quarantine(record)
    yield "What would have changed the decision", _bullets(decision.get("flips"))
    yield "Debt: put off until later", _bullets(decision.get("debt"))
    yield "Probes, and why they failed", _attributions(section(record, "attributions"))
    yield "Alarms: for a person, nothing follows from them", _bullets(section(record, "report").get("alarms"))
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


def _edits(edits: Record) -> str:
    """Return which edits changed a fact and how, a row for each change."""
    told = [each for each in edits.get("documents") or [] if isinstance(each, Mapping)]
    rows = [
        [each.get("document"), *(change.get(name) for name in ("facet", "section", "before", "after"))]
        for each in told
        for change in each.get("changes") or []
    ]
    if not told:
        return ""
    facts, wording = show(edits.get("factual")), show(edits.get("wording"))
    summary = f"<p>{facts} documents with changed facts, {wording} with other wording only.</p>"
    return summary + _grid(["document", "what", "section", "before", "after"], rows)


def _quarantine(record: Record) -> str:
    refused = [row for row in record.get("quarantine") or [] if isinstance(row, Mapping)]
    rows = [[row.get("item"), row.get("check"), row.get("reason")] for row in refused]
    return _grid(["item", "check", "reason"], rows)


def _attributions(found: Record) -> str:
    """Return how many probes of each kind passed, why the others failed, and the first of those with their reasons."""
    rows = [[kind, cause, n] for kind, row in section(found, "matrix").items() for cause, n in row.items()]
    failed = [each for each in found.get("failed") or [] if isinstance(each, Mapping)]
    told = [[each.get(name) for name in ("kind", "probe", "cause", "because")] for each in failed]
    return _grid(["kind", "cause", "#probes"], rows, kind="tight") + _grid(["kind", "probe", "cause", "because"], told)


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
