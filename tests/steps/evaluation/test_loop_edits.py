"""The edits of a change, as plan, refresh, the record and the terminal show them; they do not change the index."""

from collections.abc import Callable

from rich.console import Console

from pointsman.adapters.reports.decision_html import page as report_page
from pointsman.cli.tables import report_table
from pointsman.core.policy.decision import Track
from pointsman.settings.params import Chunking
from pointsman.steps.erasure.erase import find_and_resume, forget
from pointsman.steps.evaluation.edits import FACTUAL, NAMED
from pointsman.steps.observe.state import observe_state
from pointsman.steps.refresh.preview import preview
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.review.history import explain
from tests.fakes.resources import FakeResources, begun, page, run

Opened = Callable[..., FakeResources]


def edited(opened: Opened) -> FakeResources:
    """Return a workspace after two edits: another number in one document, other function words in the other."""
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(1).replace("call number 1", "call number 7"))
    resources.store.write(
        "doc02.md", page(2).replace("When the garden2 breaks, somebody", "If the garden2 breaks, then somebody")
    )
    return resources


def test_plan_tells_which_edit_changes_a_fact_and_how(opened: Opened) -> None:
    resources = edited(opened)
    report = as_report(
        resources.params,
        preview(
            resources.intake,
            observe_state(
                resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
            ),
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
        ),
    )
    edits = report["edits"]
    assert (edits["factual"], edits["wording"]) == (1, 1)
    first, other = edits["documents"]
    assert (first["document"], first["factual"], first["facets"]) == ("doc01.md", True, {"number": 1})
    assert first["changes"] == [
        {"facet": "number", "before": "1", "after": "7", "section": "The boiler1 > Repairs"},
    ]  # fmt: skip
    assert (other["document"], other["factual"], other["changes"]) == ("doc02.md", False, [])
    shown = printed(report)
    assert "1 document with a changed fact, 1 document in wording only" in shown
    assert "doc01.md (1 number): '1' is now '7'" in shown


def printed(report: dict[str, object]) -> str:
    console = Console(width=160, record=True)
    console.print(report_table("plan", report))
    return console.export_text()


def test_the_refresh_records_the_edits_and_still_re_indexes_both(opened: Opened) -> None:
    resources = edited(opened)
    outcome = run(resources)
    assert (outcome.decision.index, outcome.decision.train) == (Track.UPDATE, ())
    assert outcome.work.chunks_embedded == 2
    signal = next(s for s in outcome.signals if s.name == FACTUAL)
    assert (signal.value, signal.n) == (0.5, 2)
    record = explain(None, ledger=resources.ledger, memory=resources.memory)
    assert record["replays"], "the edits are part of the recorded evidence"
    assert record["report"]["edits"]["documents"][0]["document"] == "doc01.md"
    html = report_page(record)
    assert "What the edits changed" in html
    assert "Documents in which a fact changed: 1. Documents in which only the wording did: 1." in html


def test_a_change_without_an_edit_tells_of_none(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("new.md", page(8))
    report = as_report(resources.params, run(resources))
    assert "edits" not in report
    assert not [
        s for s in explain(None, ledger=resources.ledger, memory=resources.memory)["signals"] if s["name"] == FACTUAL
    ]


def test_a_rebuild_tells_of_edits_across_another_chunking(opened: Opened) -> None:
    resources = edited(opened).with_params(chunking=Chunking(30))
    outcome = run(resources)
    assert outcome.decision.index is Track.REBUILD
    assert [(e.document, e.factual) for e in outcome.edits] == [("doc01.md", True), ("doc02.md", False)]


def test_many_edits_are_all_counted_and_the_first_are_listed(opened: Opened) -> None:
    resources = begun(opened(NAMED + 15))
    for nth in range(NAMED + 5):
        resources.store.write(f"doc{nth:02d}.md", page(nth).replace("must call", "may call"))
    outcome: Outcome = run(resources)
    edits = as_report(resources.params, outcome)["edits"]
    assert edits["factual"] == NAMED + 5
    assert len(edits["documents"]) == NAMED
    assert edits["documents"][0]["facets"] == {"modality": 1}
    assert f"and {NAMED} more documents with changed facts" in printed(as_report(resources.params, outcome))


def test_a_forgotten_document_is_no_longer_named_in_edits(opened: Opened) -> None:
    resources = edited(opened)
    run(resources)
    resources.store.remove("doc01.md")
    forget(
        resources.intake,
        find_and_resume(
            resources.intake,
            "doc01.md",
            serving=resources.serving,
            records=resources.records,
            erasure_sweep=resources.erasure_sweep,
        ),
        serving=resources.serving,
        records=resources.records,
        erasure_sweep=resources.erasure_sweep,
    )
    listed = [d["document"] for id_ in resources.ledger.ids("decision") for d in edits_in(resources, id_)]
    assert "doc02.md" in listed
    assert not [name for name in listed if name != "doc02.md"]


def edits_in(resources: FakeResources, id_: str) -> list[dict[str, object]]:
    record = resources.ledger.get("decision", id_)
    assert record is not None
    found: list[dict[str, object]] = record["report"].get("edits", {}).get("documents", [])
    return found
