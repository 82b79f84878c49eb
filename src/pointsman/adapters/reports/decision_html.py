"""A decision record for people: one HTML page that loads nothing and runs nothing.

Text of documents, questions and answers is data: it is escaped. Callers pass records through ``clean`` first.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from pointsman.adapters.reports import plots
from pointsman.adapters.reports.answers_html import COLOURS, answers_section
from pointsman.adapters.reports.html import (
    Markup,
    badge,
    bullets,
    image,
    short_id,
    small_print,
    table,
    text,
    whole_page,
)
from pointsman.adapters.reports.markdown import NOTHING, counts_in_words, shown_value
from pointsman.adapters.reports.record import Record, flat, headline, nonzero, reasons, rulings, section
from pointsman.core.edits.describe import change_in_words
from pointsman.core.evaluation.signal_meanings import MEANINGS, better
from pointsman.core.policy.explanation import rows as lines_of
from pointsman.core.policy.explanation import screen

FACETS: Mapping[str, str] = {
    "modality": "what must or may be", "polarity": "for or against", "words": "other words",
    "section": "place in the document", "order": "order",
}  # fmt: skip
"""Facet of a change → what it is called; the others are called what they are."""
NOT_PRINTED = ("loss", "losses", "step_tokens", "validation", "validation_loss")
"""Series in the report of a training: drawn as curves, never printed."""


def page(record: Record) -> str:
    """Return the page of a decision, plots embedded."""
    return whole_page(headline(record), _masthead(record), _sections(record))


def _sections(record: Record) -> Iterator[tuple[str, str]]:
    decision = section(record, "report", "decision")
    in_short = [[heading or Markup(), line] for heading, line in lines_of(screen(record))]
    yield "In short", table(["", "as `pointsman explain` says it"], in_short, kind="tight")
    yield "What changed, and the work for it", _change(record)
    yield "Why it was decided so", table(["measured", "#value", "#limit", "reason"], reasons(record))
    yield "Documents that changed", _documents(section(record, "changed"))
    yield "What the edits changed", _edits(section(record, "report", "edits"))
    yield "In quarantine: refused, so readers keep the last good version", _quarantine(record)
    yield "What would have changed the decision", bullets(decision.get("flips"))
    yield "Put off until later", bullets(decision.get("debt"))
    yield "Test questions that failed, and why", _failed_probes(section(record, "attributions"))
    yield "Alarms: a person should look, nothing else follows", bullets(section(record, "report").get("alarms"))
    yield "Gates: may the result go live?", _gates(record)
    yield "Answers of the live model and of the new one", answers_section(section(record, "exam"))
    yield "Training", _training(section(record, "training"))
    yield "Everything that was measured", _signals(record)
    yield "Where it comes from", _origin(record)


def _masthead(record: Record) -> str:
    report, decision = section(record, "report"), section(record, "report", "decision")
    train = decision.get("train") or "nothing"
    badges = [badge(f"index: {shown_value(decision.get('index'))}"), badge(f"train: {shown_value(train)}")]
    if decision.get("hold"):
        badges.insert(0, badge("on hold: a person must approve it", "bad"))
    if gate := report.get("gate"):
        badges.insert(0, badge(f"gate: {gate}", COLOURS.get(str(gate), "plain")))
    facts = {
        "decision": short_id(record.get("decision_id") or report.get("decision_id")),
        "release": short_id(record.get("release") or report.get("release")),
        "release before": short_id(record.get("live_before")),
        "state of the documents": short_id(report.get("corpus")),
        "when, and started by": ", ".join(str(record[k]) for k in ("at", "trigger") if record.get(k)) or None,
        "cost": _cost(section(report, "cost")),
    }
    rows = "".join(f"<dt>{k}</dt><dd>{text(v)}</dd>" for k, v in facts.items() if v is not None)
    return f"{''.join(badges)}<dl>{rows}</dl>"


def _cost(cost: Record) -> str | None:
    """Return what the refresh took beside its estimate; money only where there is any."""
    if cost.get("seconds") is None:
        return None
    estimate = cost.get("estimate_seconds")
    took = f"{shown_value(cost['seconds'])} s" + (
        f", estimated {shown_value(estimate)} s" if estimate is not None else ""
    )
    money = (
        f"; money {shown_value(cost['money'])}, estimated {shown_value(cost.get('estimate_money'))}"
        if cost.get("money")
        else ""
    )
    return took + money


def _change(record: Record) -> str:
    changes, work = section(record, "report", "changes"), section(record, "report", "work")
    unrepaired = nonzero(section(record, "attribution"))
    panels = [
        ("Changes: documents, examples", nonzero(changes, "unchanged"), plots.INDEX),
        ("Work: chunks, points", nonzero(work, "tokens_trained"), plots.WEIGHTS),
    ]
    if unrepaired:
        panels.append(("Test questions that still fail", unrepaired, plots.RESIDUAL))
    rest = {"documents unchanged": changes.get("unchanged"), "tokens trained": work.get("tokens_trained")}
    besides = small_print(f"Not drawn: {counts_in_words(rest)}.") if nonzero(rest) else ""
    return image(plots.bars_png(panels), "bars: changes, work, and what re-indexing did not repair") + besides


def _documents(changed: Record) -> str:
    """List the documents that the record names; a renamed one is a pair, from and to."""
    rows = []
    for kind, names in changed.items():
        each = [" is now ".join(map(str, name)) if isinstance(name, list) else str(name) for name in names or []]
        if each:
            rows.append([kind, Markup("<br>".join(map(escape, each)))])
    return table(["change", "documents (the first of each kind)"], rows, kind="tight")


def _edits(edits: Record) -> str:
    """Return which edits changed a fact and how, a row for each change."""
    edited = [each for each in edits.get("documents") or [] if isinstance(each, Mapping)]
    if not edited:
        return ""
    rows = [
        [each.get("document"), _facet(change), change.get("section"), change_in_words(change)]
        for each in edited
        for change in each.get("changes") or []
    ]
    facts, wording = shown_value(edits.get("factual")), shown_value(edits.get("wording"))
    summary = f"<p>Documents in which a fact changed: {facts}. Documents in which only the wording did: {wording}.</p>"
    return summary + table(["document", "kind", "section", "what changed"], rows)


def _facet(change: Record) -> str:
    facet = shown_value(change.get("facet"))
    return FACETS.get(facet, facet)


def _quarantine(record: Record) -> str:
    refused = [row for row in record.get("quarantine") or [] if isinstance(row, Mapping)]
    rows = [[row.get("item"), row.get("check"), row.get("reason")] for row in refused]
    return table(["what was refused", "check", "why, and what to do"], rows)


def _failed_probes(found: Record) -> str:
    """Return how many test questions of each kind passed, why the others failed, and the first that failed."""
    rows = [[kind, cause, n] for kind, row in section(found, "matrix").items() for cause, n in row.items()]
    failed = [each for each in found.get("failed") or [] if isinstance(each, Mapping)]
    first = [[each.get(name) for name in ("kind", "probe", "cause", "because")] for each in failed]
    counted = table(["kind", "passed, or why it failed", "#questions"], rows, kind="tight")
    return counted + table(["kind", "question", "why it failed", "reason"], first)


def _gates(record: Record) -> str:
    rows = []
    for name, gate in rulings(record):
        verdict = badge(shown_value(gate.get("verdict")), COLOURS.get(str(gate.get("verdict")), "plain"))
        rows.append([name, verdict, gate.get("gain"), _interval(gate), gate.get("n"), gate.get("because")])
    heads = ["gate", "verdict", "#gain (higher is better)", "#it lies between", "#items", "reason"]
    return table(heads, rows)


def _training(training: Record) -> str:
    runs = {name: section(training, name) for name in training}
    curves = {name: run["loss"] for name, run in runs.items() if run.get("loss")}
    ends = {name: (run.get("held_out_loss_before"), run.get("held_out_loss_after")) for name, run in runs.items()}
    held_out = {name: (a, b) for name, (a, b) in ends.items() if a is not None and b is not None}
    validated = {name: run["validation_loss"] for name, run in runs.items() if run.get("validation_loss")}
    facts = [[name, _measure(k), v] for name, run in runs.items() for k, v in run.items() if k not in NOT_PRINTED]
    plot = image(plots.curves_png(curves, held_out, validated), "curve: loss by step") if curves else ""
    return plot + table(["adapter", "measure", "#value"], facts, kind="tight")


def _measure(key: str) -> str:
    """Return the name of a number of a training, with its direction where it is a loss."""
    name = key.replace("_", " ")
    return f"{name} (lower is better)" if "loss" in key.split("_") else name


def _signals(record: Record) -> str:
    limits = section(record, "limits")
    rows = []
    for s in record.get("signals") or []:
        name = str(s.get("name"))
        limit = limits.get(name, limits.get(name.rpartition(".")[2]))
        what = MEANINGS[name].title if name in MEANINGS else None
        rows.append([name, what, s.get("value"), _interval(s), s.get("n"), limit, s.get("unit"), better(name)])
    heads = ["signal", "what it is", "#value", "#it lies between", "#items", "#limit", "unit", "better"]
    return table(heads, rows)


def _origin(record: Record) -> str:
    sets = [(name, section(record, "datasets", name)) for name in section(record, "datasets")]
    rows = [[name, d.get("n"), short_id(d.get("id")), d.get("source")] for name, d in sets if d]
    params = [[name, value] for name, value in flat(section(record, "params"))]
    settings = table(["setting of params.yaml", "value"], params)
    folded = f"<details><summary>{len(params)} settings of params.yaml</summary>{settings}</details>" if params else ""
    return table(["data set", "#items", "digest", "source"], rows) + folded


def _interval(values: Record) -> str:
    """Return the confidence interval of a measure, or a dash."""
    low: Any = values.get("low")
    high: Any = values.get("high")
    return NOTHING if low is None or high is None else f"{shown_value(low)} and {shown_value(high)}"
