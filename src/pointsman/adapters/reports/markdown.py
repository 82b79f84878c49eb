"""A decision record as a Markdown note, for the first page of an MLflow run; text of documents is escaped."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pointsman.adapters.reports.record import Record, nonzero, reasons, rulings, section

NOTE_LIMIT = 7500
"""Characters of a note; MLflow keeps 8000 of a tag."""
WHOLE = 10_000
"""Numbers from here on are shown without decimals."""
SHOWN_ID = 8
"""Characters of an id that people see; each command takes the beginning of an id."""
NOTHING = "-"
"""Shown where there is no value."""


def shown_value(value: Any) -> str:
    """Return a value as people read it: four significant digits, commas between thousands, a dash for no value."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= WHOLE else f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {shown_value(v)}" for k, v in value.items()) or NOTHING
    if isinstance(value, (list, tuple)):
        return ", ".join(shown_value(v) for v in value) or NOTHING
    return str(value) if value not in (None, "") else NOTHING


def counts_in_words(values: Record) -> str:
    """Return the counts that are not zero as a phrase: ``3 edited, 1 added``."""
    return ", ".join(f"{shown_value(v)} {k.replace('_', ' ')}" for k, v in nonzero(values).items()) or "nothing"


def decision_note(record: Record) -> str:
    """Return the Markdown note: what changed, why it was decided so, the gates, and what was put off."""
    report, decision = section(record, "report"), section(record, "report", "decision")
    why = reasons(record)
    release = record.get("release") or report.get("release")
    facts = {
        "changed": counts_in_words(section(report, "changes")),
        "why": "; ".join(str(row[-1]) for row in why) or NOTHING,
        "work": counts_in_words(section(report, "work")),
        "release": f"{_short(release)}; before it: {_short(record.get('live_before'))}",
        "when": f"{shown_value(record.get('at'))}, started by {shown_value(record.get('trigger'))}; "
        f"{shown_value(report.get('seconds'))} s",
    }
    verdicts = [[name, gate.get("verdict"), gate.get("because")] for name, gate in rulings(record)]
    blocks = [
        "\n".join(f"- **{name}:** {_md(text)}" for name, text in facts.items()),
        _table("Why it was decided so", ("measured", "value", "limit", "reason"), why),
        _table("Gates: may the result go live?", ("gate", "verdict", "reason"), verdicts),
        _list("What would have changed the decision", decision.get("flips")),
        _list("Put off until later", decision.get("debt")),
    ]
    text = "\n\n".join(block for block in blocks if block)
    if len(text) <= NOTE_LIMIT:
        return text
    return text[: text.rfind("\n", 0, NOTE_LIMIT - 40)] + "\n\n… the rest is in report.html"


def _short(id_: Any) -> str:
    """Return the beginning of an id, as people see it everywhere; a dash without one."""
    return str(id_ or "")[:SHOWN_ID] or NOTHING


def _md(value: Any) -> str:
    text = re.sub(r"([\\`*_\[\]|#!~])", r"\\\1", " ".join(shown_value(value).split()))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _table(title: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    if not rows:
        return ""
    lines = [f"| {' | '.join(_md(cell) for cell in row)} |" for row in rows]
    return "\n".join([f"### {title}\n", f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}", *lines])


def _list(title: str, items: Iterable[Any] | None) -> str:
    return "\n".join([f"### {title}\n", *(f"- {_md(item)}" for item in items)]) if items else ""
