"""A workspace with a restricted page, and everything that it shows to a reader without a group."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.api.results import Explanation, Report
from pointsman.api.tables.state import status_table
from pointsman.core.errors import UsageError
from pointsman.core.index.filters import Filter
from pointsman.settings.params import Guard
from pointsman.steps.ledger.releases import DECISION, live_release
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.refresh.check import check_state
from pointsman.steps.refresh.preview import preview
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.review.decide import review_summary
from pointsman.steps.review.document import document_report
from pointsman.steps.review.history import explain, history
from pointsman.steps.review.quarantine import first_refused, refused
from pointsman.steps.review.status import status
from pointsman.steps.serving.answer import ask, search
from tests.fakes.resources import FakeResources, fake_resources, pages, run
from tests.steps.lessons import lessons

SECRET, STAFF = "pay/secret.md", Filter(frozenset({"staff"}))
SHARED = "Every visitor gets a green badge at the gate and wears it all day."
"""A passage that an open page has too: everybody may read these words."""

WORDS = [
    "zanquoth", "brelvimox", "quorstane", "fimbadrell", "gloxantry", "harvequin", "jostrilda", "kelmophane",
    "lurvistan", "mordequill", "nauptrice", "oxbelline", "prastomeld", "rhungavor", "skelvantor", "trumbalode",
    "uxorphane", "vantrisk", "wexelbroon", "yarnophil", "blaxomere", "crindolve", "dwarnifex", "frostimund",
]  # fmt: skip
"""Words that stand in restricted texts and nowhere else."""


def secret(*, number: int = 4711, body: str = "prastomeld", access: str = "access: [staff]") -> str:
    return (
        f"---\n{access}\ntitle: The zanquoth ledger\n---\n# The brelvimox of quorstane\n\n"
        f"The fimbadrell pays {number} crowns to the gloxantry every {body} morning without fail.\n\n"
        f"## The harvequin clause\n\n{SHARED}\n\n"
        f"Nobody may tell the jostrilda about the kelmophane of {number} crowns.\n"
    )


def told() -> list[dict[str, Any]]:
    """Return examples about the restricted page; the last one cannot be read."""
    said = [
        {"role": "user", "content": "What does the lurvistan get?"},
        {"role": "assistant", "content": json.dumps({"answer": "4711 mordequill.", "citations": [SECRET]})},
    ]
    broken = {"messages": [{"role": "user", "content": ["nauptrice", "x"]}], "cites": [["nauptrice of nauptrice"]]}
    tags = {"messages": said, "cites": [SECRET], "tags": {"nauptrice": "nauptrice"}}
    return [{"id": "of-pay", "messages": said, "cites": ["doc01.md", SECRET], "tags": ["pay"]}, broken, tags]


PROBES: list[dict[str, Any]] = [
    {
        "id": "pay-1",
        "question": "Who pays the gloxantry each oxbelline?",
        "documents": [SECRET],
        "answer": "fimbadrell",
    },
    {"id": "pay-2", "question": "Which uxorphane is nowhere?", "documents": ["gone.md", SECRET], "answer": "vantrisk"},
    {"id": "pay-3", "question": ["uxorphane"], "documents": [SECRET], "answer": "vantrisk"},
    *({"id": f"p{n}", "question": f"Who calls number {n}?", "documents": [f"doc{n:02d}.md"]} for n in range(8)),
]


class Outputs:
    """A workspace over fakes, and everything that it shows to a reader without a group."""

    def __init__(self, scratch: Path, **sections: Any) -> None:
        limits = Guard(crowd_count=None, contradicting=None)
        documents = {**pages(20), SECRET: secret(), "open.md": f"# The gate\n\n{SHARED}\n"}
        made = fake_resources(scratch, documents, **{"guard": limits, **sections})
        self.resources: FakeResources = replace(made, parse_and_measure=partial(parse_and_measure))
        self.texts: dict[str, str] = {}
        """Name of an output → all of it."""
        self.closed = True
        """Whether the secret page is restricted."""

    def refresh(self, name: str, *, approved: bool = False) -> Outcome:
        self.plan(f"plan before {name}")
        outcome = run(self.resources, approved=approved)
        self.add(f"refresh {name}", as_report(self.resources.params, outcome))
        self.look(name)
        return outcome

    def plan(self, name: str) -> None:
        ports = self.resources
        seen = check_state(
            ports.intake, count_visit=False, serving=ports.serving, records=ports.records, progress=ports.progress
        )
        if isinstance(seen, WorkspaceState):
            seen = preview(ports.intake, seen, serving=ports.serving, records=ports.records, progress=ports.progress)
        report = as_report(ports.params, seen, planned=True)
        self.add(name, report)
        shown = {**report, "holds": [], "refused": [], "notices": []}
        self.texts[f"table of {name}"] = "".join(t.as_text() for t in Report.of(shown).tables())

    def look(self, name: str) -> None:
        """Ask everything that a person can ask without naming a group."""
        ports = self.resources
        found = status(ports.serving, memory=ports.memory, quarantine=ports.quarantine)
        found |= review_summary(ledger=ports.ledger, memory=ports.memory) | {"refused": first_refused(ports.quarantine)}
        self.add(f"status after {name}", found)
        self.texts[f"status table after {name}"] = status_table(found).as_text()
        self.add(f"history after {name}", history(ports.ledger))
        self.add(f"quarantine after {name}", refused(ports.quarantine))
        for decision in ports.ledger.ids(DECISION):
            record = explain(decision, ledger=ports.ledger, memory=ports.memory)
            self.add(f"explain {decision} after {name}", record)
            tables = [*Explanation.of(record).tables(), *Explanation.of(record, details=True).tables()]
            self.texts[f"explain table {decision} after {name}"] = "".join(each.as_text() for each in tables)
        if live_release(ports.ledger) is not None:
            self.read(name)

    def read(self, name: str) -> None:
        ports = self.resources
        for nth, question in enumerate(("Who pays the gloxantry?", SHARED, "Who opens the door?")):
            for way in (search, ask):
                self.add(f"{way.__name__} {nth} after {name}", way(ports.serving, question))
            found = json.dumps(search(ports.serving, question, top_k=1000))
            assert not self.closed or SECRET not in found, "not even by its name"
        for document in (SECRET, "open.md"):
            try:
                self.add(
                    f"show {document} after {name}",
                    document_report(ports.serving, document, quarantine=ports.quarantine),
                )
            except UsageError as error:
                self.texts[f"show {document} after {name}"] = str(error)

    def add(self, name: str, value: Any) -> None:
        self.texts[name] = json.dumps(value, ensure_ascii=False, default=str)

    def check(self, logs: str, **more: str) -> None:
        tracked = {name: repr(run) for name, run in self.resources.tracker.runs.items()}
        everything = {**self.texts, **tracked, **more, "log": logs}
        found = {(name, word) for name, text in everything.items() for word in WORDS if word in text.lower()}
        assert not found, sorted(found)


def taught(outputs: Outputs) -> None:
    outputs.resources.examples.write([*lessons(20), *told()[:1]])
    outputs.resources.probes.write(PROBES)
