"""Nothing is learned from a restricted page: its examples are set aside, and no prompt shows its passages."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.core.corpus.access import AccessRule
from pointsman.core.release import Release
from pointsman.core.supervision.examples import Example
from pointsman.settings.params import GeneratorLora, GeneratorModel, Policy
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.observe.narrow_access import narrow_access
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.review.confirm import confirm
from pointsman.steps.serving.answer import search
from pointsman.steps.supervision.taint import learned_by
from tests.fakes.calls import look
from tests.fakes.resources import page, run
from tests.laws.restricted_pages import SECRET, STAFF, Outputs, secret, taught
from tests.steps.lessons import lessons


def live(outputs: Outputs) -> Release:
    found = live_release(outputs.resources.ledger)
    assert found is not None
    return found


def test_an_example_about_a_restricted_page_is_set_aside_and_comes_back_when_everybody_may_read_it(
    tmp_path: Path,
) -> None:
    outputs = Outputs(tmp_path)
    taught(outputs)
    outputs.refresh("first")
    rows = {r.check: r.reason for r in outputs.resources.quarantine.rows("examples")}
    assert "not everybody may read pay/secret.md" in rows["restricted"]
    assert "let everybody read the document" in rows["restricted"]
    outputs.resources.store.write(SECRET, secret().replace("access: [staff]\n", ""))
    outputs.closed = False
    opened = outputs.refresh("open")
    assert not {r.check for r in outputs.resources.quarantine.rows("examples")} & {"restricted", "stale"}
    assert len(opened.state.supervision.examples) == 21


def test_what_an_adapter_learned_of_a_page_that_became_restricted_asks_for_a_training_without_it(
    tmp_path: Path,
) -> None:
    policy = Policy(min_examples=8, min_probes=4, tainted_share=0.0)
    outputs = Outputs(
        tmp_path, policy=policy, generator=GeneratorModel("tiny-generator", lora=GeneratorLora(start="live"))
    )
    ports = outputs.resources
    ports.examples.write(lessons(20))
    outputs.refresh("first")
    outputs.refresh("training")
    learned = learned_by(ports.ledger, live(outputs))
    rows = [(Example.from_json(row), row["cites"][0]) for row in lessons(20)]
    closing = next(document for example, document in rows if example.digest in learned)
    ports.store.write(closing, f"---\naccess: [staff]\n---\n{page(int(closing[3:5]))}")
    outcome = outputs.refresh("restricted")
    assert as_report(ports.params, outcome)["restricted_examples"] == 1
    assert as_report(ports.params, outcome)["stale_examples"] == 0
    assert outcome.decision.train == ("generator",)
    assert any("restricted" in reason.because for reason in outcome.decision.reasons)
    assert closing not in {row[1] for n, row in enumerate(rows) if row[0].digest in ports.builder.taught}
    assert ports.models.built["generator"]["start"] == "base", "the tainted adapter is not trained further"
    said = (
        confirm(ports.intake, [], everything=True, by="ann", serving=ports.serving, records=ports.records,
                progress=ports.progress))  # fmt: skip
    assert (said["confirmed"], said["left"]) == ([], []), "nobody can confirm that everybody may read it"


def test_no_prompt_that_is_measured_or_learned_holds_a_restricted_passage(tmp_path: Path) -> None:
    outputs = Outputs(tmp_path)
    ports = outputs.resources
    closed = {
        f"pay/{n}.md": f"---\naccess: [staff]\n---\n# Doors\n\nThe frostimund opens the door {n}.\n" for n in range(9)
    }
    for name, text in closed.items():
        ports.store.write(name, text)
    ports.examples.write(lessons(20))
    outputs.refresh("first")
    outcome = outputs.refresh("training")
    assert outcome.evaluation is not None
    shown = {document for item in outcome.evaluation["items"] for document in item["documents"]}
    assert shown
    assert not shown & {*closed, SECRET}
    hits = search(ports.serving, "Who opens the door of the lamp0?", top_k=30, allow=STAFF)["hits"]
    assert {hit["document"] for hit in hits} & closed.keys(), "a filter keeps them out, not their rank"


def test_records_and_caps_agree_before_a_training(tmp_path: Path) -> None:
    outputs = Outputs(tmp_path)
    ports = outputs.resources
    ports.examples.write(lessons(20))
    outputs.refresh("first")
    ports.store.write("doc02.md", f"---\naccess: [staff]\n---\n{page(2)}")
    seen = look(ports, count_visit=False)
    assert isinstance(seen, WorkspaceState)
    narrow_access(seen, params=ports.params, records=ports.records)
    ports.store.write("doc02.md", page(2))
    again = look(ports, count_visit=False)
    state = again.state if isinstance(again, Outcome) else again
    assert "doc02.md" in state.restricted, "it was narrowed and nothing has released the wider access"
    assert len(state.supervision.restricted_examples) == 1


def test_a_page_that_nobody_may_read_because_nothing_says_who_is_restricted_too(tmp_path: Path) -> None:
    outputs = Outputs(tmp_path)
    rule = AccessRule(default="none")
    ports = replace(outputs.resources, parse_and_measure=partial(parse_and_measure, rule=rule), readers="none")
    ports.store.write("open.md", "---\naccess: [staff]\n---\n# The gate\n\nThe blaxomere.\n")
    ports.examples.write(lessons(20))
    outcome = run(ports)
    assert outcome.state.restricted == outcome.state.manifest.entries.keys()
    assert outcome.state.supervision.examples == ()
    assert len(outcome.state.supervision.restricted_examples) == 20
