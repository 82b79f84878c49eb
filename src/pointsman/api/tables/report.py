"""Tables of a plan, a refresh and an explained decision."""

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman.api.phrases import ago, counted, short, times_ago
from pointsman.api.tables.result import ResultTable, facts, lines_table, listed
from pointsman.core.edits.describe import change_in_words
from pointsman.core.policy.explanation import gains, hold_sentence, rows, screen, signal_rows

HOW_TO_REFUSED = "all of it, and why: pointsman quarantine --why"
AFTERWARDS = "afterwards"
"""Section of an explanation whose sentences carry times."""
NUMBERS = ("signal", "value", "low", "high", "n", "limit", "past the limit by")
"""Columns of the numbers of a decision; a negative last one is short of the limit."""
LINE_SHOWN, REASON_SHOWN = 58, 20
"""Characters of a line about a refused item (a row of a table in 80 columns), and of its reason at least."""
EDITS_SHOWN = 5
"""Documents with a changed fact that are named; all that the record names are in ``--json``."""

MEASURES: Mapping[str, str] = {
    "shape_valid": "answers in the shape {shape}",
    "citation_correct": "right citation",
    "citation_supported": "citation supported by the reference or the passage",
    "token_f1": "token F1 with the reference answer",
    "exact_match": "exact match with the reference answer",
    "refusal": "declined where the context does not hold the answer",
    "false_refusal": "declined where it does",
    "nll": "nats per token of the reference",
}
LOWER_IS_BETTER = frozenset({"false_refusal", "nll"})

CONTEXTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "retrieved": ("as served", ("shape_valid", "citation_correct", "token_f1")),
    "turned": ("passages turned round", ("citation_correct",)),
    "without": ("asked without the cited documents", ("refusal",)),
}


def _set_aside(report: Mapping[str, Any]) -> dict[str, int]:
    """Return how many examples are not learned, because their document changed or not everybody may read it."""
    return {
        "examples_stale": report.get("stale_examples", 0),
        "examples_restricted": report.get("restricted_examples", 0),
    }


def report_table(title: str, report: Mapping[str, Any]) -> ResultTable:
    """Return the object of ``plan --json`` or ``refresh --json`` as a table."""
    decision = report["decision"]
    table: list[tuple[str, object]] = [
        *listed("notice", report.get("notices") or []),
        ("what changed", counted({**report["changes"], **_set_aside(report)})),
        *listed("access", (report.get("access") or {}).get("sentences") or []),
        *_edit_rows(report.get("edits")),
        *_refused_rows(report.get("refused") or [], total=report.get("refused_total", 0)),
        ("decision", chosen(decision)),
        *listed("because", [reason["because"] for reason in decision["reasons"]]),
    ]
    table += listed("would change it", _said_once(decision["flips"]))
    for name, label in (("debt", "not done yet"), ("pending", "not measured yet")):
        table += listed(label, decision[name])
    table += listed("gain", list(gains(decision)))
    table += [("work", counted(report["work"])), ("cost", _cost(report["cost"]))]
    table += _migration_rows(report.get("migration"))
    table += listed("alarm", report.get("alarms") or [])
    gates = report.get("gates") or {}
    table += [(f"gate: {name}", f"{ruling['verdict']}: {ruling['because']}") for name, ruling in gates.items()]
    table += [("gate", report["gate"])] if report["gate"] else []
    return facts(title, [*table, ("release", short(report["release"]))])


def _said_once(flips: Sequence[str]) -> list[str]:
    """Return what would change a decision; how to approve is said once, although it ends each hold."""
    said: list[str] = []
    for flip in flips:
        how, both, else_ = flip.partition("; or ")
        again = both and any(each.startswith(f"{how}; or ") for each in said)
        said.append(f"or {else_}" if again else flip)
    return said


def _refused_rows(refused: Sequence[Mapping[str, Any]], *, total: int) -> list[tuple[str, object]]:
    """Return the first of what is refused, how many more there are, and the command that lists all of it."""
    lines = [refused_line(each) for each in refused]
    more = total - len(lines)
    last = f"and {more} more; {HOW_TO_REFUSED}" if more > 0 else HOW_TO_REFUSED
    return listed("refused", [*lines, last] if lines else [])


def refused_line(row: Mapping[str, Any]) -> str:
    """Return what is refused and the beginning of its first reason, on one line; and how many reasons more."""
    more = f" (and {row['more']} more)" if row.get("more") else ""
    what = " ".join(str(row["reason"]).split("; ")[0].split())
    room = max(REASON_SHOWN, LINE_SHOWN - len(row["item"]) - len(": ") - len(more))
    return f"{row['item']}: {what if len(what) <= room else f'{what[: room - 1].rstrip()}…'}{more}"


def chosen(decision: Mapping[str, Any]) -> str:
    """Return a decision in a few words."""
    if decision["hold"]:
        return hold_sentence(decision)
    return " + ".join([str(decision["index"]), *(f"train {role}" for role in decision["train"])])


def _cost(cost: Mapping[str, Any]) -> str:
    money = cost.get("money") or cost.get("estimate_money")
    paid = f"; money {cost['money']:.4f}, estimated {cost['estimate_money']:.4f}" if money else ""
    return f"estimated {cost['estimate_seconds']:.1f} s; this run took {cost['seconds']:.1f} s after its start{paid}"


def _edit_rows(edits: Mapping[str, Any] | None) -> list[tuple[str, object]]:
    """Return which edits changed a fact and how, those of the first documents."""
    if not edits:
        return []
    table: list[tuple[str, object]] = [("edits", counted({k: edits[k] for k in ("factual", "wording")}))]
    factual = [each for each in edits["documents"] if each["factual"]]
    for each in factual[:EDITS_SHOWN]:
        kinds = ", ".join(f"{n} {facet}" for facet, n in each["facets"].items())
        changes = "; ".join(change_in_words(change, section=True) for change in each["changes"][:2])
        table.append(("", f"{each['document']} ({kinds}){': ' if changes else ''}{changes}"))
    more = edits["factual"] - min(len(factual), EDITS_SHOWN)
    return [*table, ("", f"and {more} more documents with changed facts")] if more else table


def _migration_rows(migration: Mapping[str, Any] | None) -> list[tuple[str, object]]:
    """Return what a rebuild will take, where one is planned."""
    if not migration:
        return []
    live, new = (f"{(migration[name] or 0) / 1e6:.1f} MB" for name in ("bytes_live", "bytes_new"))
    line = (
        f"{migration['chunks_to_embed']} of {migration['chunks']} chunks to embed, "
        f"{migration['tokens_to_embed']} tokens; "
        f"on disk {live} live and about {new} beside it, for at least {migration['grace_hours']:g} h"
    )
    gone = [f"{g['collection']}: {g['points']} points, {g['because']}" for g in migration["collectable_now"]]
    return [("rebuild", line), *listed("can be collected", gone)]


def record_tables(record: Mapping[str, Any], *, details: bool = False) -> tuple[ResultTable, ...]:
    """Return a decision's record on one screen; with ``details`` why probes failed, and the measures of answers."""
    title = f"decision {short(record['decision_id'])}, {ago(record.get('at'))} ({record.get('trigger')})"
    found = record.get("attributions") or {}
    more = [
        *(["why probes failed"] if found.get("failed") else []),
        *(["the answers measure by measure"] if record.get("exam") else []),
    ]
    note = f"{' and '.join(more)}: pointsman explain {short(record['decision_id'])} --tables"
    sections = [
        (heading, [times_ago(line) for line in lines] if heading == AFTERWARDS else lines)
        for heading, lines in screen(record)
    ]
    first = facts(title, list(rows(sections)), footnote=note if more and not details else "")
    if not details:
        return (first,)
    probes = attribution_tables(found) if found.get("matrix") else []
    numbers = signal_rows(record)
    names = [lines_table("numbers, under their stored names", NUMBERS, numbers)] if numbers else []
    return (first, *names, *probes, *([answers_table(record["exam"])] if record.get("exam") else []))


def attribution_tables(found: Mapping[str, Any]) -> list[ResultTable]:
    """Return how many probes of each kind passed and why the others failed, and the first of each cause."""
    causes = sorted({cause for row in found["matrix"].values() for cause in row} - {"passed"})
    table = [[kind, row.get("passed", 0), *(row.get(c, 0) for c in causes)] for kind, row in found["matrix"].items()]
    counts = lines_table("probes, and why they failed", ["kind", "passed", *causes], table)
    first = {(each["kind"], each["cause"]): each for each in reversed(found["failed"])}
    columns = ["kind", "probe", "cause", "because"]
    named = [[each[column] for column in columns] for _, each in sorted(first.items())]
    return [counts, lines_table("the first of each cause", columns, named)] if named else [counts]


def answers_table(measured: Mapping[str, Any]) -> ResultTable:
    """Return the measures of the held-out answers before and after, with the direction that is better."""
    before, after = measured["champion"], measured["challenger"]
    baselines = {name: each["scores"] for name, each in (measured.get("arms") or {}).items() if each["scores"]}
    shape = measured.get("shape") or "of their reference"
    table = [(_measure(key, shape), before[key], after[key], key) for key in MEASURES if key in before]
    wide = [(*row[:3], *(scores.get(row[3]) for scores in baselines.values())) for row in table]
    for context, (label, keys) in CONTEXTS.items():
        sides = (measured.get("contexts") or {}).get(context) or {}
        for key in keys if sides else ():
            scores = sides["champion"][key], sides["challenger"][key]
            wide.append((f"{label}: {_measure(key, shape)}", *scores, *([None] * len(baselines))))
    columns = ["measure", "before (live)", "after (challenger)", *baselines]
    note = "Higher is better, except where a line says lower."
    return lines_table(f"answers: {before['n']:.0f} held-out examples", columns, wide, footnote=note)


def _measure(key: str, shape: str) -> str:
    """Return the name of a measure, and that lower is better where it is."""
    better = " (lower is better)" if key in LOWER_IS_BETTER else ""
    return MEASURES[key].format(shape=shape) + better
