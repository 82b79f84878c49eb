"""A backtest of a history reports what refreshes at each of its moments really did."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest
from typer.testing import CliRunner

from pointsman.adapters.stores.open import open_store
from pointsman.bootstrap.backtest import Backtest, open_backtest
from pointsman.cli import app
from pointsman.core.backtest import APPROVED, WAITED, HistoryStep
from pointsman.core.errors import UsageError
from pointsman.core.evaluation.signal_names import DERIVED_GAP
from pointsman.settings.params import Chunking, Guard, Params, Store
from pointsman.steps.observe.state import state_now
from pointsman.steps.refresh.preview import preview
from pointsman.steps.refresh.report import Outcome
from tests.fakes.git import Repository
from tests.fakes.index import FakeIndex
from tests.fakes.model_loader import FakeModels
from tests.fakes.resources import FakeResources, fake_params, fake_resources, page, run, silent

MD = ("**/*.md",)
KEPT = ("added", "removed", "renamed", "edited", "cosmetic", "metadata", "unchanged", "quarantined")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repository")
    (made.root / "docs").mkdir()
    return made


@pytest.fixture
def backtest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Backtest]:
    """Return a function that opens a backtest with the limits of the fake workspace; a word is one token."""

    def build(repository: Repository, folder: str = "docs", *, params: Params | None = None, **asked: Any) -> Backtest:
        known = replace(params or fake_params(), store=Store("memory", include=MD))
        monkeypatch.setattr("pointsman.settings.workspace.WorkspaceFolder.params", lambda _: known)
        monkeypatch.setattr("pointsman.bootstrap.backtest._counter", lambda *_: lambda text: len(text.split()))
        return open_backtest(tmp_path, repository.root, folder, progress=silent, **asked)

    return build


def replayed(test: Backtest) -> list[HistoryStep]:
    for _ in test:
        pass
    return next(iter(test.variants.values())).steps


def write(folder: Path, name: str, text: str | bytes) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)


def edits(folder: Path) -> Iterator[None]:
    """Make one change after the other: every kind of change, a refused version, two mass removals, a return."""
    yield from single_changes(folder)
    yield from removal_and_return(folder)
    yield from accidents(folder)


def single_changes(folder: Path) -> Iterator[None]:
    """Write 24 documents, and make each kind of change to one of them."""
    for n in range(24):
        write(folder, f"doc{n:02d}.md", page(n))
    yield
    write(folder, "doc03.md", page(3).replace("call number 3", "write to number 33"))
    yield
    (folder / "doc05.md").rename(folder / "moved.md")
    yield
    write(folder, "doc02.md", page(2).replace("\n\n", "\n\n\n"))
    yield
    write(folder, "doc01.md", "---\naccess: [staff]\n---\n" + page(1))
    yield
    write(folder, "doc04.md", b"\x00\x01 no text any more")
    yield
    (folder / "doc07.md").unlink()
    yield
    write(folder, "deep/er/new.md", page(31))
    yield


def removal_and_return(folder: Path) -> Iterator[None]:
    """Remove 13 documents at once and bring them back; edits and a mended document lie between and after."""
    for n in range(8, 21):
        (folder / f"doc{n:02d}.md").unlink()
    yield
    write(folder, "doc03.md", page(3))
    yield
    for n in range(8, 21):
        write(folder, f"doc{n:02d}.md", page(n))
    yield
    write(folder, "doc04.md", page(4, extra="Mended."))
    yield


def accidents(folder: Path) -> Iterator[None]:
    """Make links, a crowd of copies, a document that grows, and a folder that is gone and comes back."""
    write(folder, "empty.md", "")
    (folder / "link.md").symlink_to("doc06.md")
    (folder / "out.md").symlink_to("/etc/passwd")
    yield
    write(folder, "doc06.md", page(6, extra="What a link shows changes with it."))
    yield
    for n in range(15):
        write(folder, f"copy{n:02d}.md", page(30, extra=f"Copy number {n}."))
    yield
    for n in range(15):
        (folder / f"copy{n:02d}.md").unlink()
    yield
    write(folder, "doc21.md", page(21, extra="Ring the bell twice. " * 8000))
    yield
    write(folder, "doc21.md", page(21))
    yield
    whole = {path.name: path.read_bytes() for path in folder.glob("doc*.md")}
    rmtree(folder)
    yield
    for name, raw in whole.items():
        write(folder, name, raw)
    yield


def lived(resources: FakeResources, *, approved: bool) -> tuple[Outcome, bool]:
    """Refresh as the command line does, and return whether it was held before it was approved."""
    outcome = run(resources)
    held = outcome.decision.hold
    return (run(resources, approved=True) if held and approved else outcome), held


@pytest.mark.parametrize("approve", [True, False])
def test_the_decisions_and_the_work_of_real_refreshes_are_what_the_backtest_says(
    repository: Repository, backtest: Callable[..., Backtest], tmp_path: Path, *, approve: bool
) -> None:
    (tmp_path / "scratch").mkdir()
    resources = replace(fake_resources(tmp_path / "scratch"), store=open_store(
        f"git+file://{repository.root}@main:docs", root=tmp_path, include=MD, exclude=()
    ))  # fmt: skip
    outcomes = []
    for _ in edits(repository.root / "docs"):
        commit = repository.commit()
        outcomes.append((commit, *lived(resources, approved=approve)))
    steps = replayed(backtest(repository, approve=approve))
    assert [step.commit for step in steps] == [commit for commit, _, _ in outcomes]
    for step, (_, outcome, held) in zip(steps, outcomes, strict=True):
        assert step.changes == {kind: outcome.state.changes[kind] for kind in KEPT}
        assert step.held == (None if not held else WAITED if outcome.decision.hold else APPROVED)
        assert step.index == outcome.decision.index
        if step.index != "rebuild" and not outcome.repeated:
            work = outcome.work
            counts = (step.embedded, step.reused, step.retired)
            assert counts == (work.chunks_embedded, work.chunks_reused, work.points_retired)
        if outcome.release is not None:
            assert step.served == outcome.release.index.points
            assert step.documents == outcome.release.documents
    assert {step.index for step in steps} == {"keep", "patch", "update", "rebuild"}
    spoken = {alarm.signal for step in steps for alarm in step.alarms}
    assert spoken >= {f"guard.{name}" for name in ("removed", "near_duplicates", "grown", "listing_error")}


def test_what_a_replay_measures_is_what_real_refreshes_measured(
    repository: Repository, backtest: Callable[..., Backtest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    resources = replace(fake_resources(tmp_path / "scratch"), store=open_store(
        f"git+file://{repository.root}@main:docs", root=tmp_path, include=MD, exclude=()
    ))  # fmt: skip
    outcomes = []
    for _ in edits(repository.root / "docs"):
        repository.commit()
        outcomes.append(lived(resources, approved=True)[0])
    params = fake_params()
    monkeypatch.setattr(
        "pointsman.bootstrap.backtest._models",
        lambda *_, **__: FakeModels(params.retriever.model, params.generator.model),
    )
    monkeypatch.setattr("pointsman.bootstrap.backtest._index_of_vectors", lambda *_: FakeIndex())
    test = backtest(repository, measure=True)
    steps = replayed(test)
    for step, outcome in zip(steps, outcomes, strict=True):
        assert step.index == outcome.decision.index
        if not outcome.repeated:
            found = [s for s in outcome.signals if not s.name.startswith("migration.")]  # there is one collection only
            assert list(step.signals) == found
            assert step.train == outcome.decision.train
            assert step.debt == outcome.decision.debt
    assert sum(s.name == DERIVED_GAP for step in steps for s in step.signals) >= 5
    (variant,) = test.report(seconds=1.0)["variants"]
    measured = variant["summary"]["measured"]
    assert measured["steps"] == sum(bool(step.signals) for step in steps)
    json.dumps(variant)


def test_the_first_index_is_what_plan_says_of_it(
    repository: Repository, backtest: Callable[..., Backtest], tmp_path: Path
) -> None:
    next(edits(repository.root / "docs"))
    repository.commit()
    url = f"git+file://{repository.root}@main:docs"
    resources = replace(fake_resources(tmp_path), store=open_store(url, root=tmp_path, include=MD, exclude=()))
    planned = preview(
        resources.intake,
        state_now(resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress),
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
    )
    (step,) = replayed(backtest(repository))
    assert (step.index, step.embedded) == ("rebuild", planned.work.chunks_embedded)
    assert step.embedded == 48


def shrinking(repository: Repository) -> None:
    """Commit 24 documents, then take 3 and then 12 of them away, then bring all back."""
    for n in range(24):
        (repository.root / f"docs/doc{n:02d}.md").write_text(page(n))
    repository.commit()
    for few in (range(3), range(3, 15)):
        for n in few:
            (repository.root / f"docs/doc{n:02d}.md").unlink()
        repository.commit()
    for n in range(24):
        (repository.root / f"docs/doc{n:02d}.md").write_text(page(n))
    repository.commit()


def test_variants_are_replayed_side_by_side_and_their_differences_named(
    repository: Repository, backtest: Callable[..., Backtest]
) -> None:
    shrinking(repository)
    test = backtest(
        repository,
        variants=["strict=guard.removed_count:2,guard.removed_share:0.1", "small=chunking.max_tokens:16"],
    )
    assert len(replayed(test)) == 4
    report = test.report(seconds=1.0)
    held = {v["name"]: v["summary"]["holds"]["steps"] for v in report["variants"]}
    assert held == {"params.yaml": 1, "strict": 2, "small": 1}
    (different,) = report["differences"]
    assert different["outcomes"] == {"params.yaml": "update", "strict": "hold", "small": "update"}
    served = {v["name"]: v["steps"][-1]["served"] for v in report["variants"]}
    assert served == {"params.yaml": 48, "strict": 48, "small": 48}, "its sections are shorter than either limit"
    assert report["variants"][1]["changed"] == {"guard.removed_count": 2, "guard.removed_share": 0.1}


def test_a_hold_that_waits_ends_when_the_documents_are_back_and_costs_nothing(
    repository: Repository, backtest: Callable[..., Backtest]
) -> None:
    shrinking(repository)
    first, few, many, back = replayed(backtest(repository, approve=False))
    assert [s.held for s in (first, few, many, back)] == [None, None, WAITED, None]
    assert (many.served, many.documents, many.owed, many.seconds) == (few.served, 21, 12, 0.0)
    assert (back.embedded, back.documents) == (0, 24), "their vectors were kept"
    assert back.reused == 6


def test_each_version_of_a_document_is_parsed_once_whatever_the_number_of_variants(
    repository: Repository, backtest: Callable[..., Backtest]
) -> None:
    shrinking(repository)
    test = backtest(repository, variants=["a=guard.min_words:2", "b=guard.min_words:1"])
    replayed(test)
    assert test.parser.parsed == 24


def test_a_huge_document_is_refused_without_being_read(
    repository: Repository, backtest: Callable[..., Backtest]
) -> None:
    repository.write("docs/a.md", page(1))
    repository.write("docs/a.md", page(1, extra="Ring. " * 1000))
    test = backtest(repository, params=fake_params(guard=Guard(max_bytes=2000)))
    first, second = replayed(test)
    assert (first.changes["quarantined"], second.changes["quarantined"]) == (0, 1)
    assert (second.index, second.documents, test.parser.parsed) == ("keep", 1, 1)


def test_what_was_replayed_before_an_interruption_is_whole(
    repository: Repository, backtest: Callable[..., Backtest]
) -> None:
    shrinking(repository)
    test = backtest(repository, variants=["strict=guard.removed_count:2"])
    walk = iter(test)
    next(walk)
    next(walk)
    report = test.report(seconds=1.0)
    assert (report["complete"], report["replayed"], report["moments"]) == (False, 2, 4)
    assert [len(v["steps"]) for v in report["variants"]] == [2, 2]
    assert report["variants"][0]["summary"]["work"]["documents"] == 21


def test_ctrl_c_shows_what_was_replayed_and_ends_with_exit_code_1(
    repository: Repository, backtest: Callable[..., Backtest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrinking(repository)
    backtest(repository)  # sets the workspace's params
    real = Backtest.__iter__

    def stopped(test: Backtest) -> Iterator[Any]:
        for nth, moment in enumerate(real(test)):
            yield moment
            if nth == 1:
                raise KeyboardInterrupt

    monkeypatch.setattr(Backtest, "__iter__", stopped)
    page_at = tmp_path / "page.html"
    words = ["backtest", "--git", str(repository.root), "--path", "docs", "--html", str(page_at)]
    done = CliRunner().invoke(app, [*words, "--json"])
    report = json.loads(done.stdout)
    assert (done.exit_code, report["replayed"], report["complete"]) == (1, 2, False)
    assert "2 of 4 versions" in page_at.read_text()
    monkeypatch.setattr(Backtest, "__iter__", real)
    assert CliRunner().invoke(app, words).exit_code == 0


def test_the_same_history_gives_the_same_report(repository: Repository, backtest: Callable[..., Backtest]) -> None:
    shrinking(repository)
    reports = []
    for _ in range(2):
        test = backtest(repository)
        replayed(test)
        reports.append(test.report(seconds=1.0))
    assert reports[0] == reports[1]


def test_memory_holds_the_releases_of_the_window_however_long_the_history(
    repository: Repository, backtest: Callable[..., Backtest], monkeypatch: pytest.MonkeyPatch
) -> None:
    for nth, day in enumerate((1, 12, 13, 25, 26, 27)):
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2026-01-{day:02d}T00:00:00Z")
        repository.write("docs/doc00.md", page(nth))
    test = backtest(repository)
    replayed(test)
    kinds = ("release", "manifest", "decision", "move")
    ledger = test.variants["params.yaml"].ledger
    assert {kind: len(ledger.ids(kind)) for kind in kinds} == dict.fromkeys(kinds, 4), "from the 13th to the 27th"


def test_a_history_without_a_document_of_the_included_formats_does_nothing(
    repository: Repository, backtest: Callable[..., Backtest]
) -> None:
    repository.write("docs/a.png", b"\x89PNG")
    repository.write("docs/b.png", b"\x89PNG")
    assert [(s.index, s.documents, s.held) for s in replayed(backtest(repository))] == [("keep", 0, None)] * 2


@pytest.mark.parametrize(
    ("variant", "says"),
    [
        ("strict", "NAME=key:value"),
        ("=guard.removed_share:0.1", "NAME=key:value"),
        ("a=guard.removed_share:0.1,guard.removed_share:0.2", "names a key twice"),
        ("a=guard.contradicting:off", "not yes or no"),
        ("params.yaml=guard.removed_share:0.1", "a name of its own"),
        ("strict=guard.removed_share", "must be key:value"),
        ("strict=removed_share:0.1", "sections guard, policy, chunking, budget"),
        ("strict=store.url:elsewhere", "sections guard, policy, chunking, budget"),
        ("strict=guard.removed_shares:0.1", "guard.removed_shares"),
        ("strict=guard.removed_share:1.5", "must be 1 or less"),
        ("strict=guard.removed_share:many", "guard.removed_share"),
    ],
)
def test_a_variant_that_says_nothing_possible_is_wrong_usage(
    repository: Repository, backtest: Callable[..., Backtest], variant: str, says: str
) -> None:
    repository.write("docs/a.md", page(1))
    with pytest.raises(UsageError, match=says):
        backtest(repository, variants=[variant])


@pytest.mark.parametrize("since", ["yesterday", "2024-13-01", ""])
def test_a_date_that_is_none_is_wrong_usage(
    repository: Repository, backtest: Callable[..., Backtest], since: str
) -> None:
    repository.write("docs/a.md", page(1))
    with pytest.raises(UsageError, match="is not a date"):
        backtest(repository, since=since)


def test_a_chunking_of_the_workspace_is_the_one_replayed(
    repository: Repository, backtest: Callable[..., Backtest]
) -> None:
    repository.write("docs/a.md", page(1, extra="Ask for the key at the gate. " * 4))
    wide, narrow = (
        replayed(backtest(repository, params=fake_params(chunking=Chunking(n))))[0].served for n in (40, 16)
    )
    assert narrow > wide
