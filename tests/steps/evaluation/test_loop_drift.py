"""A drift alarm in the loop: it is reported, and nothing is trained for it."""

from collections.abc import Callable

from rich.console import Console

from pointsman.adapters.reports.decision_html import page as report_page
from pointsman.cli.tables import report_table
from pointsman.core.evaluation.drift import FEWEST
from pointsman.core.policy.decision import RETRIEVER
from pointsman.steps.review.history import explain
from tests.fakes.resources import FakeResources, begun, page, run

Opened = Callable[..., FakeResources]


def strange(nth: int) -> str:
    return (
        f"# Quark {nth}\n\nGluons confine quark flavours inside hadrons while leptons scatter elastically off bosons."
    )


def test_a_new_topic_raises_an_alarm_and_trains_nothing(opened: Opened) -> None:
    resources = begun(opened(30))
    for nth in range(FEWEST):
        resources.store.write(f"physics{nth}.md", strange(nth))
    outcome = run(resources)
    drifts = {s.name: s.value for s in outcome.signals if s.name.startswith("drift.")}
    assert set(drifts) == {"drift.embedding", "drift.vocabulary"}
    assert max(drifts.values()) <= 0.01
    assert RETRIEVER not in outcome.decision.train
    record = explain(None, ledger=resources.ledger, memory=resources.memory)
    assert len(record["report"]["alarms"]) == 2
    assert record["replays"]
    console = Console(width=160, record=True)
    console.print(report_table("refresh", record["report"]))
    assert "nothing is trained" in console.export_text()
    assert "Alarms: a person should look" in report_page(record)


def test_more_of_the_same_raises_none(opened: Opened) -> None:
    resources = begun(opened(30))
    for nth in range(30, 40):
        resources.store.write(f"doc{nth}.md", page(nth))
    assert (
        "alarms" not in explain(run(resources).decision.id, ledger=resources.ledger, memory=resources.memory)["report"]
    )


def test_too_few_documents_are_not_judged(opened: Opened) -> None:
    resources = begun(opened(30))
    for nth in range(FEWEST - 1):
        resources.store.write(f"physics{nth}.md", strange(nth))
    assert not [s for s in run(resources).signals if s.name.startswith("drift.")]
