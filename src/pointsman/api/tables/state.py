"""Tables of what is: status, history, quarantine, checks, a document, passages and answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from pointsman.api.phrases import ago, counted, plural, short, together
from pointsman.api.tables.report import HOW_TO_REFUSED, refused_line
from pointsman.api.tables.result import ResultTable, facts, flat, lines_table, listed
from pointsman.core.corpus.access import OPEN
from pointsman.core.prompt import clipped
from pointsman.core.supervision.examples import answer_object

WORDS_SHOWN = 30
"""Words of a passage in a list."""
NAMED_STALE = 5
"""Stale examples that status names."""


def status_table(found: Mapping[str, Any]) -> ResultTable:
    """Return what is live, what waits and what was refused; three lines where nothing was ever indexed."""
    if found["release"] is None and not (found["waits"] or found["last_decision"]):
        if found.get("store_empty", True):
            lines = ["Nothing indexed yet.", _edit_store(found), "pointsman refresh"]
        else:
            lines = ["Nothing indexed yet.", "Next: pointsman refresh"]
        return ResultTable(title="", rows=tuple((line,) for line in lines))
    stale = found["stale"]
    named = list(dict.fromkeys(f"{each['example']}: {each['because']}" for each in stale))
    examples = {each["example"] for each in stale}
    table: list[tuple[str, object]] = [
        *_live_rows(found),
        *_run_rows(found),
        *listed("waits", [line for each in found["waits"] for line in waiting(each)]),
        *listed("rejected", [line for each in found["rejected"] for line in waiting(each)]),
        *listed("not done yet", found["debt"]),
        *_refused_rows(found),
        *listed(f"{plural(len(examples), 'stale example')}" if examples else "", named[:NAMED_STALE]),
        *upkeep_rows(found),
    ]
    return facts("status", table)


def _edit_store(found: Mapping[str, Any]) -> str:
    now = f" (now {found['store']})" if found.get("store") else ""
    return f"Edit store.url in params.yaml{now}, then:"


def _live_rows(found: Mapping[str, Any]) -> list[tuple[str, object]]:
    if found["release"] is None:
        return [("release", "none is live yet")]
    table: list[tuple[str, object]] = [
        ("release", short(found["release"])),
        ("documents", f"{found['documents']} in {plural(found['points'], 'point')} of the index"),
        ("collection", f"{short(found['collection'])}, revision {found['revision']}"),
        ("embedder", short(found["embedder"])),
        ("generator", short(found["generator"])),
    ]
    table += [("reranker", short(found["reranker"]))] if found["reranker"] else []
    table += [("source version", short(found["source_version"]))] if found["source_version"] else []
    table += [("previous release", f"{short(found['previous'])}; pointsman rollback")] if found["previous"] else []
    if found["rolled_back_from"]:
        table.append(("rolled back from", short(found["rolled_back_from"])))
    return table


def _run_rows(found: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Return the last decision, when the store was checked last, and a hold."""
    beats, last = found["unchanged_refreshes"], found["last_decision"]
    table: list[tuple[str, object]] = []
    since = f"; {plural(beats, 'refresh')} since the decision found nothing new" if beats else ""
    if last:
        table.append(("last decision", f"{short(last)}, {ago(found.get('last_decided_at') or found['last_at'])}"))
        table.append(("last checked", f"{ago(found['last_at'])}{since}"))
    if found["hold"]:
        table.append(("hold", "yes: nothing changes until it is released"))
    if found["interrupted"]:
        table.append(("interrupted", f"decision {short(found['interrupted'])}; run pointsman refresh again"))
    return table


def _refused_rows(found: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Return the first of what was refused, and the command that lists all of it."""
    rows = found.get("refused") or []
    counts = {suite: n for suite, n in found["quarantine"].items() if n}
    total = counted(counts, nothing="")
    if not total:
        return []
    return [("quarantine", total), *(("", refused_line(each)) for each in rows), ("", HOW_TO_REFUSED)]


def upkeep_rows(found: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Return what needs somebody: nothing where all is well."""
    repair = "; pointsman doctor --repair"
    said: Sequence[tuple[str, int, str, str, str]] = (
        ("lost points", found["points_lost"], "point is", "points are", f"gone{repair}"),
        ("MLflow", found["unmirrored"], "decision waits", "decisions wait", "to be recorded; the next refresh does it"),
        ("access", len(found.get("narrowed") or ()), "document is", "documents are",
         f"hidden from readers who lost access: {', '.join((found.get('narrowed') or ())[:3])}"),
        ("forgetting", len(found["forgetting"]), "erasure was", "erasures were", f"cut off{repair}"),
        ("forgotten", found["forgotten"], "forgotten document is", "forgotten documents are", "refused"),
        ("tainted", len(found["tainted"]), "adapter", "adapters", "learned from what was forgotten"),
        ("stale learned", found["tainted_by_stale"], "stale example is", "stale examples are",
         "in what the live generator learned"),
        ("lineage", found["lineage_assumed"], "example is", "examples are", "assumed to be true for the present text"),
    )  # fmt: skip
    return [(name, f"{n} {one if n == 1 else many} {rest}") for name, n, one, many, rest in said if n]


def waiting(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a review in a line or two: what waits and the command to type, or who rejected it and why."""
    head = f"{item['kind']} {short(item['decision'])}: {item['because']}"
    if "by" in item:
        note = f": {item['note']}" if item.get("note") else ""
        return (f"{head}; rejected by {item['by']}, {ago(item['at'])}{note}",)
    return head, str(item["command"])


def history_tables(found: Mapping[str, Any]) -> tuple[ResultTable, ...]:
    """Return the releases and the decisions, newest first, and what was forgotten."""
    releases = [
        (
            ago(m["at"], brief=True),
            m["why"],
            short(m["release"]),
            short(m["decision"]),
            m.get("revision"),
            short(m.get("generator")),
        )
        for m in found["releases"]
    ]
    decisions = [
        (ago(d["at"], brief=True), short(d["decision_id"]), _what(d), d["gate"], short(d["release"]), d["went_live"])
        for d in found["decisions"]
    ]
    tables = []
    if releases:
        columns = ["when", "why", "release", "decision", "revision", "generator"]
        tables.append(lines_table("releases", columns, releases))
    if decisions:
        columns = ["when", "decision", "what", "gate", "release", "went live"]
        tables.append(lines_table("decisions", columns, decisions))
    if found["certificates"]:
        rows = [
            (ago(c["at"], brief=True), short(c["id"]), "yes" if c["complete"] else "no") for c in found["certificates"]
        ]
        tables.append(lines_table("forgotten", ["when", "certificate", "nothing left"], rows))
    return tuple(tables) or (ResultTable(title="", rows=(("No decisions yet.",),)),)


def _what(decision: Mapping[str, Any]) -> str:
    if decision["hold"]:
        return "HOLD"
    return str(decision["index"]) + (f" + train {decision['train']}" if decision["train"] else "")


def quarantine_tables(found: Mapping[str, Any], *, why: bool) -> tuple[ResultTable, ...]:
    """Return what was refused, a table for each kind; with ``why`` the whole reason of each."""
    tables = []
    for suite, rows in found["refused"].items():
        if not rows:
            continue
        title = counted({suite: len({row["item"] for row in rows})})
        if why:
            lines = [(row["item"], row["reason"]) for row in rows]
            tables.append(lines_table(title, ["what", "why"], lines))
        else:
            table = [(name, len(items), ", ".join(items[:3])) for name, items in _by_check(rows).items()]
            tables.append(lines_table(title, ["check", "how many", "first of them"], table, footnote=HOW_TO_REFUSED))
    return tuple(tables) or (ResultTable(title="", rows=(("Nothing is refused.",),)),)


def _by_check(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["check"], []).append(row["item"])
    return found


def check_table(found: Mapping[str, Any]) -> ResultTable:
    """Return what is wrong or not read, and the way out of each."""
    if not found["findings"]:
        return ResultTable(title="", rows=(("Nothing to correct.",),))
    rows = [(each["where"], f"{each['what']}; {each['way_out']}") for each in found["findings"]]
    return lines_table("check", ["where", "what, and the way out"], rows)


def document_tables(found: Mapping[str, Any]) -> tuple[ResultTable, ...]:
    """Return what is known of one document: facts, its changes, its chunks."""
    access = "everybody" if found["access"] == [OPEN] else ", ".join(found["access"]) or "nobody"
    table: list[tuple[str, object]] = [
        ("document", found["document"]),
        ("title", found["title"]),
        ("served", "yes" if found["served"] else "no"),
        ("access", access if found["served"] else None),
        ("text", "not shown to this reader; give a group with --as" if found.get("hidden") else None),
        ("bytes", found["size"] or None),
        *listed("quarantine", [f"{row['check']}: {row['reason']}" for row in found["quarantine"]]),
        ("releases", ", ".join(short(each) for each in found["releases"])),
        *listed("changed", [f"{ago(c['at'])}: {c['what']} (release {short(c['release'])})" for c in found["changed"]]),
    ]
    first = facts(found["document"], [(name, value) for name, value in table if value not in (None, "")])
    chunks = [(short(c["chunk"]), " > ".join(c["headings"]), clipped(c["text"], WORDS_SHOWN)) for c in found["chunks"]]
    title = plural(len(chunks), "chunk")
    return (first, lines_table(title, ["chunk", "section", "text"], chunks)) if chunks else (first,)


def passages_table(found: Mapping[str, Any]) -> ResultTable:
    """Return the passages of a search, best first."""
    if not found["hits"]:
        lines = ("No passage was found.", *found.get("notices", ()))
        return ResultTable(title="", rows=tuple((line,) for line in lines))
    rows = [(_place(hit), " > ".join(hit["headings"]), hit["score"], _first_words(hit)) for hit in found["hits"]]
    texts = tuple((where, section, f"{score:.3f}", text) for where, section, score, text in rows)
    columns = ("document", "section", "score", "text")
    return ResultTable(title=f"release {short(found['release'])}", columns=columns, rows=texts)


def _first_words(hit: Mapping[str, Any]) -> str:
    return clipped(str(hit["text"]), WORDS_SHOWN)


def _place(hit: Mapping[str, Any]) -> str:
    more = len(hit["also_in"])
    return "#".join(filter(None, (hit["document"], hit["anchor"]))) + (f" and {more} more" if more else "")


def answer_table(question: str, found: Mapping[str, Any]) -> ResultTable:
    """Return an answer with everything that it says beside ``answer``, what it cites, and the release."""
    fields = answer_object(found["raw"]) or {}
    others = {name: value for name, value in fields.items() if name not in {"answer", "citations"}}
    cited = f"{', '.join(found['citations'])} (by the {found['cited_by']})" if found["citations"] else "none"
    rows = [("question", question), ("answer", found["answer"])]
    rows += [(name, together(text for _, text in _texts(value))) for name, value in others.items()]
    rows += [("citations", cited), ("release", short(found["release"]))]
    return ResultTable(title="", rows=tuple(rows))


def _texts(value: object) -> list[tuple[str, str]]:
    """Return a value of an answer as texts; document text is never shortened."""
    if isinstance(value, Mapping):
        return [(name, f"{name}: {item}") for name, item in flat(value)]
    return [("", str(item)) for item in value] if isinstance(value, list) else [("", str(value))]
