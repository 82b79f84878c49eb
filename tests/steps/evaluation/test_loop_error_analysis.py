"""Faults are planted between the store and the answer, and each failed probe gets the cause that was planted."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console

from pointsman.adapters.reports.decision_html import page as report_page
from pointsman.cli.tables import attribution_tables
from pointsman.core.evaluation.error_analysis import Cause
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.review.history import explain
from tests.fakes.resources import FakeResources, begun, disturbed, fake_resources, run
from tests.steps.lessons import lessons, split_of

Opened = Callable[..., FakeResources]

EACH = 8
"""Faults planted of each cause."""
NAMES = [f"{a}{b}" for a in ("oak", "elm", "ash", "fir", "yew") for b in "abcdefgh"]


def document(name: str, nth: int) -> str:
    return f"# House {name}\n\nIn the hall of {name} exactly {nth + 100} lanterns hang from the {name} beam."


def probe(name: str, nth: int) -> dict[str, Any]:
    asked = f"How many lanterns hang in the hall of {name}?"
    return {"id": name, "question": asked, "documents": [f"{name}.md"], "answer": str(nth + 100)}


def planted(opened: Opened) -> tuple[FakeResources, Mapping[str, Cause], Any]:
    """Return (a workspace with planted faults, probe → its cause, the ``do`` that loses points)."""
    rows = [probe(name, nth) for nth, name in enumerate(NAMES)]
    pages = {f"{name}.md": document(name, nth) for nth, name in enumerate(NAMES)}
    groups = [NAMES[n * EACH : (n + 1) * EACH] for n in range(5)]
    gone, rewritten, lost, refused, misled = groups
    others = {f"{name}.md": "x" for name in refused} | {f"plain{n}.md": f"Tea {n} is hot." for n in range(60)}
    resources = opened(pages | others)
    resources.probes.write(rows)
    begun(resources)
    for name in gone:
        resources.store.remove(f"{name}.md")
    for nth, name in enumerate(rewritten):
        resources.store.write(
            f"{name}.md", f"# Trade\n\nThe merchant number {nth} sells cloth in the market on holidays."
        )
    for n in range(resources.params.retriever.top_k):
        sections = [f"## {name}\n\nHow many lanterns hang in the hall of {name}? {name} {name} {n}?" for name in misled]
        resources.store.write(f"quiz{n}.md", "# Quiz\n\n" + "\n\n".join(sections))

    def lose(step: str) -> None:
        live = live_release(resources.ledger)
        if step == "assess" and live is not None:
            held = resources.index.points(live.index.collection, documents=[f"{name}.md" for name in lost])
            resources.index.delete(live.index.collection, [point.id for point in held])

    causes = (Cause.STALE, Cause.STALE, Cause.NOT_INDEXED, Cause.NOT_INDEXED, Cause.NOT_RETRIEVED)
    return resources, {n: c for names, c in zip(groups, causes, strict=True) for n in names}, disturbed(lose)


def test_planted_faults_of_retrieval_are_attributed_rightly(opened: Opened) -> None:
    resources, truth, do = planted(opened)
    run(resources, do=do)
    record = explain(None, ledger=resources.ledger, memory=resources.memory)
    found = {each["probe"]: each["cause"] for each in record["attributions"]["failed"] if each["kind"] == "golden"}
    confusion = Counter((str(truth[name]), found.get(name, "passed")) for name in truth)
    right = sum(n for (t, f), n in confusion.items() if t == f)
    assert right >= 0.9 * len(truth), confusion
    assert record["attribution"] == dict(sorted(Counter(found.values()).items()))
    assert record["replays"]


def test_explain_and_the_report_tell_why_probes_failed(opened: Opened) -> None:
    resources, _, do = planted(opened)
    run(resources, do=do)
    record = explain(None, ledger=resources.ledger, memory=resources.memory)
    console = Console(width=200, record=True)
    console.print(*attribution_tables(record["attributions"]))
    shown = console.export_text()
    assert "probes, and why they failed" in shown
    assert "in an earlier release and do not any more; correct the probe" in shown
    html = report_page(record)
    assert "gone from the store" in html
    assert "validation refuses them; see the quarantine" in html


def evaluated(opened: Opened, spoil: Callable[[FakeResources], None]) -> dict[str, int]:
    """Return cause → number of held-out examples, after 20 new examples beside those that the live adapter learned."""
    resources = begun(opened(60))
    resources.examples.write(lessons(20))
    assert run(resources).gate == "promote"
    spoil(resources)
    resources.examples.write(lessons(40))
    run(resources)
    matrix: dict[str, dict[str, int]] = explain(None, ledger=resources.ledger, memory=resources.memory)["attributions"][
        "matrix"
    ]
    return matrix["example"]


def live_rules(resources: FakeResources) -> dict[str, Any]:
    live = live_release(resources.ledger)
    assert live is not None
    learned = resources.models.generator(live.generator).learned
    assert isinstance(learned, dict)
    return learned


def test_an_adapter_that_lost_the_shape_is_distinguished_from_one_that_answers_wrongly(
    opened: Opened, tmp_path: Any
) -> None:
    def unshaped(resources: FakeResources) -> None:
        live_rules(resources)["keys"] = []

    def lying(resources: FakeResources) -> None:
        held_out = split_of(resources, lessons(40))[1]
        live_rules(resources)["recites"] = {e.question: "Bananas are yellow, they say in Peru." for e in held_out}

    assert set(evaluated(opened, unshaped)) <= {"wrong shape", "not retrieved"}
    assert evaluated(opened, unshaped)["wrong shape"] >= 8
    wrong = evaluated(lambda n: fake_resources(tmp_path, {f"doc{k:02d}.md": p for k, p in enumerate(_pages(n))}), lying)
    assert wrong["retrieved but wrong"] >= 8
    assert "wrong shape" not in wrong


def _pages(n: int) -> list[str]:
    from tests.fakes.resources import page

    return [page(k) for k in range(n)]


def test_probes_about_documents_that_never_existed_are_stale_with_the_way_out(opened: Opened) -> None:
    resources = opened(6)
    resources.probes.write([{"id": "typo", "question": "Who opens the door?", "documents": ["doc0l.md"]}])
    run(resources)
    (failed,) = explain(None, ledger=resources.ledger, memory=resources.memory)["attributions"]["failed"]
    assert (failed["cause"], failed["probe"]) == ("stale probe", "typo")
    assert "correct their names" in failed["because"]


def test_an_empty_probe_file_attributes_nothing_and_says_nothing(opened: Opened) -> None:
    resources = opened(6)
    resources.probes.files["empty.jsonl"] = ""
    run(resources)
    record = explain(None, ledger=resources.ledger, memory=resources.memory)
    assert record["attributions"] == {"matrix": {}, "failed": []}
    assert not [s for s in record["signals"] if s["name"].startswith("probes.golden")]
