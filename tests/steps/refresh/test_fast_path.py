"""The fast path costs one listing. It repeats the report of the last check, and only for exactly the same state."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pointsman.adapters.stores.local import LocalStore
from pointsman.adapters.stores.local_files import UNSETTLED_NS
from pointsman.adapters.stores.names import Chosen
from pointsman.core.policy.decision import Track
from pointsman.settings.params import Chunking
from pointsman.steps.history.last_run import LAST_RUN
from pointsman.steps.ledger.access_record import ACCESS_RECORD, caps_now, put_record
from pointsman.steps.refresh.check import check_state
from pointsman.steps.refresh.fast_path import fast_path
from pointsman.steps.refresh.report import Outcome, as_report
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.resources import Resources
from tests.fakes.calls import look
from tests.fakes.resources import FakeResources, begun, page, run, served

Opened = Callable[..., FakeResources]


def settled(resources: FakeResources) -> FakeResources:
    """Return a workspace whose last check found nothing to do."""
    begun(resources)
    seen = fast_path(resources.intake, count_visit=True, serving=resources.serving, records=resources.records)
    assert seen is not None
    assert seen.report is None
    assert isinstance(
        look(resources, seen=seen),
        Outcome,
    )
    return resources


def moved(resources: Resources) -> bool:
    seen = fast_path(resources.intake, count_visit=True, serving=resources.serving, records=resources.records)
    assert seen is not None
    return seen.report is None


def test_the_fast_path_lists_once_reads_nothing_and_repeats_the_last_report(opened: Opened) -> None:
    resources = settled(opened(6))
    outcome = look(resources)
    assert isinstance(outcome, Outcome)
    listings, reads = resources.store.listings, len(resources.store.reads)
    seen = fast_path(resources.intake, count_visit=False, serving=resources.serving, records=resources.records)
    assert seen is not None
    assert seen.report is not None
    timeless = {"seconds", "cost"}
    again, first = dict(seen.report), json.loads(json.dumps(as_report(resources.params, outcome)))
    assert {k: v for k, v in again.items() if k not in timeless} == {
        k: v for k, v in first.items() if k not in timeless
    }
    assert (resources.store.listings - listings, len(resources.store.reads) - reads) == (1, 0)


def test_the_fast_path_counts_the_visit_and_a_plan_does_not(opened: Opened) -> None:
    resources = settled(opened(3))
    before = resources.memory.get(LAST_RUN)["beats"]
    fast_path(resources.intake, count_visit=True, serving=resources.serving, records=resources.records)
    fast_path(resources.intake, count_visit=False, serving=resources.serving, records=resources.records)
    assert resources.memory.get(LAST_RUN)["beats"] == before + 1


def test_whatever_a_check_depends_on_changes_the_fingerprint(opened: Opened) -> None:
    resources = settled(opened(6))
    assert not moved(resources)
    resources.store.write("doc01.md", page(11))
    assert moved(resources)
    resources = settled(opened(6))
    assert moved(resources.with_params(chunking=Chunking(50)))
    resources.examples.write([{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}])
    assert moved(resources)


def test_another_base_model_and_a_lost_collection_change_the_fingerprint(opened: Opened) -> None:
    resources = settled(opened(6))
    resources.models.names["generator"] = "other-generator"
    assert moved(resources)
    resources = settled(opened(6))
    resources.index.drop(resources.index.collections()[0])
    assert moved(resources)
    assert run(resources).decision.index is Track.REBUILD


def test_a_rollback_changes_the_fingerprint(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", page(11))
    run(resources)
    check_state(
        resources.intake,
        seen=fast_path(resources.intake, count_visit=True, serving=resources.serving, records=resources.records),
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
    )
    assert not moved(resources)
    roll_back(resources.records, None, vector_index=resources.index)
    assert moved(resources)


def test_a_hold_or_a_debt_never_takes_the_fast_path(opened: Opened) -> None:
    resources = settled(opened(30))
    for nth in range(20):
        resources.store.remove(f"doc{nth:02d}.md")
    assert run(resources).exit_code == 3
    check_state(
        resources.intake,
        seen=fast_path(resources.intake, count_visit=True, serving=resources.serving, records=resources.records),
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
    )
    assert moved(resources)


def test_a_store_that_cannot_be_listed_is_left_to_the_check(opened: Opened) -> None:
    resources = settled(opened(3))
    resources.store.unreachable = "no route to host"
    assert fast_path(resources.intake, count_visit=True, serving=resources.serving, records=resources.records) is None


def test_a_change_within_the_clock_tick_of_the_last_one_is_still_seen(opened: Opened, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.md").write_text("# Valve\n\nThe valve opens at seven bar, says the keeper.\n")
    resources = replace(opened({}), store=LocalStore(folder, Chosen.of(("**/*.md",), ())))  # type: ignore[arg-type]
    run(resources)
    assert moved(resources), "what was written just now is not trusted"
    tick = (folder / "a.md").stat().st_mtime_ns
    (folder / "a.md").write_text("# Valve\n\nThe valve opens at eight bar, says the keeper.\n")
    os.utime(folder / "a.md", ns=(tick, tick))
    assert run(resources).decision.index is Track.UPDATE
    assert any("eight bar" in text for _, _, text in served(resources))


def test_a_file_is_trusted_once_it_has_been_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("a")
    store = LocalStore(tmp_path, Chosen.of(("**/*.md",), ()))
    assert [listed.settled for listed in store.listing()] == [False]
    long_ago = path.stat().st_mtime_ns - 2 * UNSETTLED_NS
    os.utime(path, ns=(long_ago, long_ago))
    assert [listed.settled for listed in store.listing()] == [True]


def looked(resources: FakeResources) -> bool:
    """Look at the store as a refresh does, and return whether the fast path had the answer."""
    seen = fast_path(resources.intake, count_visit=True, serving=resources.serving, records=resources.records)
    assert seen is not None
    if seen.report is None:
        look(resources, seen=seen)
    return seen.report is not None


def test_a_store_whose_access_became_narrower_is_on_the_fast_path_again_until_another_process_narrows_it(
    opened: Opened,
) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", "---\naccess: [staff]\n---\n" + page(1))
    run(resources)
    assert resources.ledger.ids(ACCESS_RECORD), "the release before shows the document to everybody"
    assert [looked(resources) for _ in range(4)][-2:] == [True, True]
    put_record(resources.ledger, {"doc02.md": ()}, at=resources.now())
    assert not looked(resources)
    assert [looked(resources) for _ in range(3)][-1]
    assert caps_now(resources.ledger) == {"doc01.md": ("staff",)}, "the store says that doc02.md is open"
