"""Tables of a forgetting: what would be removed, and the certificate in words."""

from collections.abc import Mapping
from typing import Any

from pointsman.api.phrases import plural, short, shortened, times_ago
from pointsman.api.tables.result import ResultTable, facts, listed


def trace_table(found: Mapping[str, Any]) -> ResultTable:
    """Return what is known of a document and would be removed, and what is left for the user to remove."""
    points, releases = sum(found["points"].values()), len(found["releases"])
    learned = [f"the {part}'s adapter {short(adapter)}" for adapter, part in found["adapters"].items()]
    mine = [f"{each}, in the store" for each in found["in_source"]]
    mine += [f"example {each} cites it" for each in found["examples"]]
    mine += [f"probe {each} names it" for each in found["probes"]]
    rows = [
        *listed("document", found["documents"]),
        *listed("with the same text", found["copies"]),
        ("index", f"{plural(points, 'point')} would be removed"),
        ("releases", f"{plural(releases, 'release')} would be written anew without it"),
        *listed("models that learned from it", learned or ["none"]),
        *listed("left for you to remove", mine or ["nothing"]),
    ]
    return facts("would be forgotten", rows)


def certificate_table(certificate: Mapping[str, Any]) -> ResultTable:
    """Return the note of a certificate: headings beside lines, ids of 8 characters, times as people say."""
    from pointsman.steps.erasure.certificate import as_note

    title, heading = "forget", ""
    rows: list[tuple[str, object]] = []
    for line in as_note(certificate).split("\n"):
        text = times_ago(line.replace("**", ""))
        if text.startswith("# "):
            title = shortened(text.removeprefix("# ")).lower()
        elif text.startswith("## "):
            heading = text.removeprefix("## ")
        elif text:
            rows.append((heading, text.removeprefix("- ")))
            heading = ""
    return facts(title, [("certificate", str(certificate["id"])), *rows])
