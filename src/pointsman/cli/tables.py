"""What a person sees in the terminal: tables, and bars for work that takes a while."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from pointsman.core.policy.explanation import gains


def cell(value: object) -> str:
    """Return a value for a table: escaped, so that document text is never taken for markup."""
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return escape("-" if value is None or value == "" else str(value))


def facts_table(title: str, rows: Sequence[tuple[str, object]]) -> Table:
    """Return a table of names and values."""
    table = Table(title=escape(title), show_header=False, title_justify="left", min_width=72)
    table.add_column("what", style="bold", no_wrap=True)
    table.add_column("value", overflow="fold")
    for name, value in rows:
        table.add_row(name, cell(value))
    return table


def rows_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Return a table with a header."""
    table = Table(*columns, title=escape(title), title_justify="left")
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    return table


def counted(counts: Mapping[str, int]) -> str:
    """Return the counts that are not zero, in words."""
    return ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items() if n) or "nothing"


def chosen(decision: Mapping[str, Any]) -> str:
    """Return a decision in a few words."""
    if decision["hold"]:
        return "HOLD"
    return " + ".join([str(decision["index"]), *(f"train {role}" for role in decision["train"])])


def report_table(title: str, report: Mapping[str, Any]) -> Table:
    """Return the object of ``plan --json`` or ``refresh --json`` as a table."""
    decision, cost = report["decision"], report["cost"]
    rows: list[tuple[str, object]] = [
        ("what changed", counted({**report["changes"], "examples_stale": report.get("stale_examples", 0)})),
        *_edit_rows(report.get("edits")),
        ("decision", chosen(decision)),
    ]
    rows += [("because" if n == 0 else "", reason["because"]) for n, reason in enumerate(decision["reasons"])]
    for name in ("flips", "debt", "pending"):
        rows += [(name if n == 0 else "", line) for n, line in enumerate(decision[name])]
    rows += [("gain" if n == 0 else "", line) for n, line in enumerate(gains(decision))]
    rows.append(("work", counted(report["work"])))
    rows.append(
        (
            "cost",
            f"{cost['seconds']:.1f} s (estimate {cost['estimate_seconds']:.1f} s, money {cost['estimate_money']:.4f})",
        )
    )
    rows += _migration_rows(report.get("migration"))
    rows += [("alarm" if n == 0 else "", line) for n, line in enumerate(report.get("alarms") or [])]
    gates = report.get("gates") or {}
    rows += [(f"gate: {name}", f"{ruling['verdict']}: {ruling['because']}") for name, ruling in gates.items()]
    rows += [("gate", report["gate"]), ("release", report["release"])]
    return facts_table(title, rows)


EDITS_SHOWN = 5
"""Edited documents told in a terminal; all that the record tells are in the report."""


def _edit_rows(edits: Mapping[str, Any] | None) -> list[tuple[str, object]]:
    """Return which edits changed a fact and how, those of the first documents."""
    if not edits:
        return []
    rows: list[tuple[str, object]] = [("edits", counted({k: edits[k] for k in ("factual", "wording")}))]
    factual = [each for each in edits["documents"] if each["factual"]]
    for each in factual[:EDITS_SHOWN]:
        told = "; ".join(edit_words(change) for change in each["changes"][:2])
        rows.append(("", f"{each['document']} ({counted(each['facets'])}): {told}"))
    more = edits["factual"] - min(len(factual), EDITS_SHOWN)
    return [*rows, ("", f"and {more} more documents with changed facts")] if more else rows


def edit_words(change: Mapping[str, Any]) -> str:
    """Return one changed fact in words: where, what it was, what it is."""
    where = f" in {change['section']!r}" if change["section"] else ""
    return f"{change['before'] or 'nothing'!r} → {change['after'] or 'nothing'!r}{where}"


def _migration_rows(migration: Mapping[str, Any] | None) -> list[tuple[str, object]]:
    """Return what a rebuild will take, where one is planned."""
    if not migration:
        return []
    sizes = [f"{(migration[name] or 0) / 1e6:.1f} MB" for name in ("bytes_live", "bytes_new")]
    line = (
        f"{migration['chunks_to_embed']} of {migration['chunks']} chunks to embed, "
        f"{migration['tokens_to_embed']} tokens; "
        f"on disk {sizes[0]} live and about {sizes[1]} beside it, for at least {migration['grace_hours']:g} h"
    )
    gone = [f"{g['collection']}: {g['points']} points, {g['because']}" for g in migration["collectable_now"]]
    return [("rebuild", line), *((("can be collected" if n == 0 else ""), each) for n, each in enumerate(gone))]


def attribution_tables(found: Mapping[str, Any]) -> list[Table]:
    """Return how many probes of each kind passed, and why the others failed; and the first of each cause, told."""
    causes = sorted({cause for row in found["matrix"].values() for cause in row} - {"passed"})
    rows = [[kind, row.get("passed", 0), *(row.get(c, 0) for c in causes)] for kind, row in found["matrix"].items()]
    counts = rows_table("probes, and why they failed", ["kind", "passed", *causes], rows)
    first = {(each["kind"], each["cause"]): each for each in reversed(found["failed"])}
    columns = ["kind", "probe", "cause", "because"]
    told = [[each[column] for column in columns] for _, each in sorted(first.items())]
    return [counts, rows_table("the first of each cause", columns, told)] if told else [counts]


def exam_table(exam: Mapping[str, Any]) -> Table:
    """Return before and after scores of the held-out examples, side by side."""
    before, after = exam["champion"], exam["challenger"]
    names = {
        "shape_valid": f"answers in the shape {exam.get('shape') or 'of their reference'}",
        "citation_correct": "right citation",
        "citation_supported": "citation supported by the reference or the passage",
        "token_f1": "token F1 with the reference answer",
        "exact_match": "exact match with the reference answer",
        "refusal": "declined where the context does not hold the answer",
        "false_refusal": "declined where it does",
        "nll": "nats per token of the reference",
    }
    rows = [(label, before[key], after[key]) for key, label in names.items() if key in before]
    contexts = {
        "retrieved": ("as served", ("shape_valid", "citation_correct", "token_f1")),
        "turned": ("passages turned round", ("citation_correct",)),
        "without": ("asked without the cited documents", ("refusal",)),
    }
    for context, (label, shown) in contexts.items():
        sides = (exam.get("contexts") or {}).get(context)
        rows += [(f"{label}: {names[k]}", sides["champion"][k], sides["challenger"][k]) for k in shown] if sides else []
    arms = {name: arm["scores"] for name, arm in (exam.get("arms") or {}).items() if arm["scores"]}
    keys = {label: key for key, label in names.items()}
    wide = [(*row, *(each.get(keys.get(row[0], "")) for each in arms.values())) for row in rows]
    columns = ["measure", "before (live)", "after (challenger)", *arms]
    return rows_table(f"exam: {before['n']:.0f} held-out examples", columns, wide)
