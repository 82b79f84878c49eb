"""The same history of edits gives the same releases, whatever kind of store it happens in; and polling sees changes."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pointsman.adapters.stores.open import open_store
from pointsman.bootstrap.watch import changes
from pointsman.settings.params import Store
from pointsman.steps.ledger.releases import moves
from pointsman.steps.refresh.loop import refresh
from tests.fakes.desk import FakeDesk, fake_desk, page, run, served
from tests.fakes.git import Repository

MD = ("**/*.md",)


def edits(folder: Path) -> list[Callable[[], object]]:
    """Return a history of a folder of documents, an edit at a time."""

    def write(name: str, text: str) -> Callable[[], object]:
        def edit() -> None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)

        return edit

    return [
        lambda: [write(f"doc{n}.md", page(n))() for n in range(8)],
        write("doc3.md", page(3).replace("call number 3", "write to number 33")),
        lambda: (folder / "doc5.md").rename(folder / "moved.md"),
        write("doc2.md", page(2).replace("\n\n", "\n\n\n")),
        write("doc1.md", "---\naccess: [staff]\n---\n" + page(1)),
        (folder / "doc7.md").unlink,
        write("deep/er/new.md", page(11)),
        write("doc3.md", page(3)),
    ]


def test_the_same_history_over_a_folder_and_over_git_gives_the_same_releases(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    folder = tmp_path / "folder"
    (repository.root / "docs").mkdir()
    folder.mkdir()
    url = f"git+file://{repository.root}@main:docs"
    desks = {}
    for name, where in (("git", url), ("local", "folder")):
        store = open_store(where, root=tmp_path, include=MD, exclude=())
        (tmp_path / f"scratch-{name}").mkdir()
        desks[name] = replace(fake_desk(tmp_path / f"scratch-{name}"), store=store)
    commits = []
    for in_git, in_folder in zip(edits(repository.root / "docs"), edits(folder), strict=True):
        in_git()
        in_folder()
        commits.append(repository.commit())
        outcomes = {name: run(desk) for name, desk in desks.items()}
        assert outcomes["git"].work == outcomes["local"].work
        assert served(desks["git"]) == served(desks["local"])
        assert outcomes["git"].situation.observation.source_version == commits[-1]
    released = {name: [move["release"] for move in moves(desk.ledger)] for name, desk in desks.items()}
    assert released["git"] == released["local"]
    assert len(released["git"]) == len(commits) - 1, "every edit but the cosmetic one made a release"


def test_a_commit_that_lands_during_a_refresh_is_left_for_the_next_one(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    repository.write("a.md", page(1))
    store = open_store(f"git+file://{repository.root}@main", root=tmp_path, include=MD, exclude=())
    desk = replace(fake_desk(tmp_path), store=store)

    def meanwhile(name: str, step: Callable[..., object], /, *args: object, **named: object) -> object:
        if name == "prepare":
            repository.write("a.md", page(2))
        return step(*args, **named)

    run(desk)
    repository.write("b.md", page(3))
    refresh(desk.intake, do=meanwhile, serving=desk.serving, records=desk.records, builder=desk.builder, progress=desk.progress)  # type: ignore[arg-type]
    assert any("library3" in text for _, _, text in served(desk))
    assert any("boiler1" in text for _, _, text in served(desk))
    run(desk)
    assert any("garden2" in text for _, _, text in served(desk))


@pytest.fixture
def watched(tmp_path: Path) -> tuple[FakeDesk, Repository]:
    repository = Repository(tmp_path / "repository")
    repository.write("a.md", page(1))
    url = f"git+file://{repository.root}@main"
    store = open_store(url, root=tmp_path, include=MD, exclude=())
    return replace(fake_desk(tmp_path, store=Store(url)), store=store), repository


def test_a_store_that_sends_no_events_is_listed_again_and_again(
    watched: tuple[FakeDesk, Repository], tmp_path: Path
) -> None:
    desk, repository = watched
    told: list[str] = []
    rounds = iter(range(100))
    away = repository.root.with_name("away")

    def stop() -> bool:
        match next(rounds):
            case 2:
                repository.root.rename(away)
            case 4:
                away.rename(repository.root)
            case 6:
                repository.commit()
            case 8:
                repository.write("b.md", page(2))
            case 10:
                (tmp_path / "params.yaml").write_text("seed: 18\n")
            case 12:
                return True
        return False

    found = list(changes(desk, tmp_path, debounce_seconds=1, interval_seconds=0.001, stop=stop, tell=told.append))
    assert found == [1, 1, 1, 1], "an outage and its end, the document, params.yaml; none for an empty commit"
    assert len(told) == 2
    assert "no git repository is at" in told[0]


def test_an_outage_of_the_store_holds_a_refresh_and_changes_nothing(
    watched: tuple[FakeDesk, Repository],
) -> None:
    desk, repository = watched
    run(desk)
    content = served(desk)
    shutil.rmtree(repository.root)
    assert run(desk).exit_code == 3
    assert served(desk) == content
