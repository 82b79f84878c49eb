"""The bench of false holds replays a real repository with the product's guards, and its accidents really damage."""

import random
from pathlib import Path

import pytest

from bench.robustness.false_holds.accidents import ACCIDENTS, removed, sign_in_page
from bench.robustness.false_holds.planted import SHARES, damaged, one_folder, planted, swapped
from bench.robustness.false_holds.replay import History, batched, new_parser, replayed
from bench.robustness.false_holds.tables import cell_text, planted_table, slow_text
from pointsman.adapters.parsers.document import read_document
from pointsman.adapters.stores.git.history import StoreVersion
from pointsman.core.corpus.traits.page_kind import PageKind, page_kind
from tests.fakes.git import Repository

PAGES = 30
SENTENCES = (
    "The boiler is filled before noon and the valve is shut.", "A train that is late waits at the second signal.",
    "The key of the house is with the man at the desk.", "If the lamp is red, nobody goes over the line.",
    "The ferry leaves the harbour at six in the morning.", "Each wagon has a plate with its weight and its year.",
    "The bridge was built before the road, and it is narrow.", "In winter the gate of the garden stays closed.",
)  # fmt: skip


def text(nth: int) -> str:
    draw = random.Random(nth)
    told = [f"{draw.choice(SENTENCES)}\nIt has number {draw.randint(100, 999)}." for _ in range(12)]
    return f"# Page {nth}\n\n" + "\n\n".join(told) + "\n"


def write_pages(folder: Path) -> None:
    for nth in range(PAGES):
        page = folder / f"part-{nth % 3}" / f"page-{nth:02d}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text(nth), encoding="utf-8")


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    """All pages; one edited an hour later; nearly all removed, three days after that."""
    repository = Repository(tmp_path / "repository")
    docs = repository.root / "docs"

    def commit(at: int, subject: str) -> None:
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"{at} +0000")
        repository.git("add", "--all")
        repository.git("commit", "--quiet", "--message", subject)

    write_pages(docs)
    commit(1_800_000_000, "all")
    (docs / "part-0" / "page-00.md").write_text(text(0) + "\nOne more line.\n", encoding="utf-8")
    commit(1_800_003_600, "an edit")
    for page in sorted(docs.rglob("*.md"))[2:]:
        page.unlink()
    commit(1_800_300_000, "an accident")
    return History("made", repository.root, "docs")


@pytest.mark.parametrize("quick", [False, True])
def test_an_edit_passes_and_a_loss_is_held_with_its_value_and_limit(history: History, quick: bool) -> None:
    edit, loss = replayed(history.opened(2000, "commit", new_parser(quick=quick)))
    assert (edit.alarms, edit.changes["edited"], edit.live) == ((), 1, PAGES)
    assert "guard.removed" in [alarm[0] for alarm in loss.alarms]
    assert (loss.subject, round(loss.touched, 3)) == ("an accident", round(28 / PAGES, 3))


def test_a_held_step_is_approved_so_that_the_next_one_begins_after_it(history: History) -> None:
    (both,) = replayed(history.opened(2, "commit", new_parser(quick=True)))
    assert both.live == PAGES
    assert both.alarms


def version(day: float) -> StoreVersion:
    return StoreVersion(commit=f"c{day}", at=int(day * 86_400), subject="")


def test_a_batch_is_the_last_version_of_its_day_or_week_and_the_first_of_all_stays() -> None:
    versions = [version(day) for day in (0.1, 0.5, 1.2, 1.7, 6.9, 7.1, 20.0)]
    names = {size: [v.commit for v in batched(versions, size)] for size in ("commit", "day", "week")}
    assert names["commit"] == ["c0.1", "c0.5", "c1.2", "c1.7", "c6.9", "c7.1", "c20.0"]
    assert names["day"] == ["c0.1", "c0.5", "c1.7", "c6.9", "c7.1", "c20.0"]
    assert names["week"] == ["c0.1", "c6.9", "c7.1", "c20.0"]


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_an_accident_changes_the_share_of_documents_that_it_reaches(accident: object) -> None:
    documents = {f"d{nth}.md": f"{text(nth)}\n- it's 5 -- 7\n\n    code = 1\n".encode() for nth in range(20)}
    found = damaged(documents, accident, 0.2)  # type: ignore[arg-type]
    assert sum(found.get(d) != raw for d, raw in documents.items()) == 4
    assert damaged(documents, accident, 0.2) == found  # type: ignore[arg-type]
    if accident is not removed:
        assert found.keys() == documents.keys()


def test_the_planted_sign_in_page_is_one() -> None:
    raw = sign_in_page("a", b"", random.Random(1))
    assert page_kind(read_document("a.md", raw)) is PageKind.LOGIN


def test_documents_are_swapped_and_the_smallest_folder_is_lost() -> None:
    documents = {f"{'big' if nth < 15 else 'small'}/{nth}.md": text(nth).encode() for nth in range(20)}
    found = swapped(documents, 0.2)
    assert sorted(found.values()) == sorted(documents.values())
    assert sum(found[d] != raw for d, raw in documents.items()) == 4
    assert one_folder(documents) == {d: raw for d, raw in documents.items() if d.startswith("big/")}
    assert one_folder({"a.md": b""}) is None


def test_the_table_of_accidents_says_what_held_and_what_did_not(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    write_pages(repository.root / "docs")
    repository.commit()
    found = planted(History("made", tmp_path / "repository", "docs"), SHARES, new_parser(quick=True))
    assert found["documents"] == PAGES
    assert found["accidents"]["removed"][-1] == ["guard.listing"]
    assert found["slow"]["lost"] < 1
    assert all(len(cells) in (1, len(SHARES)) for cells in found["accidents"].values())
    assert (cell_text(["guard.removed", "guard.bytes"]), cell_text([])) == ("removed, bytes", "NOT HELD")
    assert slow_text(found["slow"]).startswith("after ")
    assert slow_text({"hour": None, "lost": 1.0, "guards": []}) == "NOT HELD"
    assert planted_table({"made": {"planted": found}}).row_count == len(found["accidents"]) + 1
