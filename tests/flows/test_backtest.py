"""What the backtest says of a history is what refreshes at each of its moments really did."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from flows.backtest import Backtest, open_backtest
from pointsman.adapters.store import open_store
from pointsman.core.backtest import APPROVED, WAITED, Step
from pointsman.settings import Params, Store
from pointsman.steps.refreshing import preview
from pointsman.steps.reporting import Outcome
from pointsman.steps.situation import surveyed
from tests.fakes.desk import FakeDesk, fake_desk, fake_params, page, run, silent
from tests.fakes.git import Repository

MD = ("**/*.md",)
KEPT = ("added", "removed", "renamed", "edited", "cosmetic", "metadata", "unchanged", "quarantined")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repository")
    (made.root / "docs").mkdir()
    return made


@pytest.fixture
def backtest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Backtest]:
    """Return what opens a backtest with the limits of a fake desk; words are the embedder's tokens."""

    def build(repository: Repository, folder: str = "docs", *, params: Params | None = None, **asked: Any) -> Backtest:
        known = replace(params or fake_params(), store=Store("memory", include=MD))
        monkeypatch.setattr("pointsman.settings.Workspace.params", lambda _: known)
        monkeypatch.setattr("flows.backtest._counter", lambda *_: lambda text: len(text.split()))
        return open_backtest(tmp_path, repository.root, folder, progress=silent, **asked)

    return build


def replayed(test: Backtest) -> list[Step]:
    for _ in test:
        pass
    return next(iter(test.variants.values())).steps


def edits(folder: Path) -> Iterator[None]:
    """Make one change after the other: every kind of change, a refused version, two mass removals, a return."""

    def write(name: str, text: str | bytes) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)

    for n in range(24):
        write(f"doc{n:02d}.md", page(n))
    yield
    write("doc03.md", page(3).replace("call number 3", "write to number 33"))
    yield
    (folder / "doc05.md").rename(folder / "moved.md")
    yield
    write("doc02.md", page(2).replace("\n\n", "\n\n\n"))
    yield
    write("doc01.md", "---\naccess: [staff]\n---\n" + page(1))
    yield
    write("doc04.md", b"\x00\x01 no text any more")
    yield
    (folder / "doc07.md").unlink()
    yield
    write("deep/er/new.md", page(31))
    yield
    for n in range(8, 21):
        (folder / f"doc{n:02d}.md").unlink()
    yield
    write("doc03.md", page(3))
    yield
    for n in range(8, 21):
        write(f"doc{n:02d}.md", page(n))
    yield
    write("doc04.md", page(4, extra="Mended."))
    yield
    write("empty.md", "")
    (folder / "link.md").symlink_to("doc06.md")
    (folder / "out.md").symlink_to("/etc/passwd")
    yield
    write("doc06.md", page(6, extra="What a link shows changes with it."))
    yield
    for n in range(15):
        write(f"copy{n:02d}.md", page(30, extra=f"Copy number {n}."))
    yield
    for n in range(15):
        (folder / f"copy{n:02d}.md").unlink()
    yield
    write("doc21.md", page(21, extra="Ring the bell twice. " * 8000))
    yield
    write("doc21.md", page(21))
    yield
    whole = {path.name: path.read_bytes() for path in folder.glob("doc*.md")}
    rmtree(folder)
    yield
    for name, raw in whole.items():
        write(name, raw)
    yield


def lived(desk: FakeDesk, *, approved: bool) -> tuple[Outcome, bool]:
    """Refresh as the command line does; tell whether it was held before a person approved."""
    outcome = run(desk)
    held = outcome.decision.hold
    return (run(desk, approved=True) if held and approved else outcome), held


@pytest.mark.parametrize("approve", [True, False])
def test_the_decisions_and_the_work_of_real_refreshes_are_what_the_backtest_says(
    repository: Repository, backtest: Callable[..., Backtest], tmp_path: Path, *, approve: bool
) -> None:
    (tmp_path / "scratch").mkdir()
    desk = replace(fake_desk(tmp_path / "scratch"), store=open_store(
        f"git+file://{repository.root}@main:docs", root=tmp_path, include=MD, exclude=()
    ))  # fmt: skip
    outcomes = []
    for _ in edits(repository.root / "docs"):
        commit = repository.commit()
        outcomes.append((commit, *lived(desk, approved=approve)))
    steps = replayed(backtest(repository, approve=approve))
    assert [step.commit for step in steps] == [commit for commit, _, _ in outcomes]
    for step, (_, outcome, held) in zip(steps, outcomes, strict=True):
        assert step.changes == {kind: outcome.situation.changes[kind] for kind in KEPT}
        assert step.held == (None if not held else WAITED if outcome.decision.hold else APPROVED)
        assert step.index == outcome.decision.index
        if step.index != "rebuild" and not outcome.repeated:
            work = outcome.work
            told = (step.embedded, step.reused, step.retired)
            assert told == (work.chunks_embedded, work.chunks_reused, work.points_retired)
        if outcome.release is not None:
            assert step.served == outcome.release.index.points
            assert step.documents == outcome.release.documents
    assert {step.index for step in steps} == {"keep", "patch", "update", "rebuild"}
    spoken = {alarm.signal for step in steps for alarm in step.alarms}
    assert spoken >= {f"guard.{name}" for name in ("removed", "near_duplicates", "grown", "listing_error")}


def test_the_first_index_is_what_plan_says_of_it(
    repository: Repository, backtest: Callable[..., Backtest], tmp_path: Path
) -> None:
    next(edits(repository.root / "docs"))
    repository.commit()
    url = f"git+file://{repository.root}@main:docs"
    desk = replace(fake_desk(tmp_path), store=open_store(url, root=tmp_path, include=MD, exclude=()))
    planned = preview(desk, surveyed(desk))
    (step,) = replayed(backtest(repository))
    assert (step.index, step.embedded) == ("rebuild", planned.work.chunks_embedded)
    assert step.embedded == 48
