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
from tests.fakes.git import Repository
from tests.fakes.resources import FakeResources, fake_resources, page, run, served

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
    variants = {}
    for name, where in (("git", url), ("local", "folder")):
        store = open_store(where, root=tmp_path, include=MD, exclude=())
        (tmp_path / f"scratch-{name}").mkdir()
        variants[name] = replace(fake_resources(tmp_path / f"scratch-{name}"), store=store)
    commits = []
    for in_git, in_folder in zip(edits(repository.root / "docs"), edits(folder), strict=True):
        in_git()
        in_folder()
        commits.append(repository.commit())
        outcomes = {name: run(resources) for name, resources in variants.items()}
        assert outcomes["git"].work == outcomes["local"].work
        assert served(variants["git"]) == served(variants["local"])
        assert outcomes["git"].state.observation.source_version == commits[-1]
    released = {name: [move["release"] for move in moves(resources.ledger)] for name, resources in variants.items()}
    assert released["git"] == released["local"]
    assert len(released["git"]) == len(commits) - 1, "every edit but the cosmetic one made a release"


def test_a_commit_that_lands_during_a_refresh_is_left_for_the_next_one(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    repository.write("a.md", page(1))
    store = open_store(f"git+file://{repository.root}@main", root=tmp_path, include=MD, exclude=())
    resources = replace(fake_resources(tmp_path), store=store)

    def meanwhile(name: str, step: Callable[..., object], /, *args: object, **named: object) -> object:
        if name == "prepare":
            repository.write("a.md", page(2))
        return step(*args, **named)

    run(resources)
    repository.write("b.md", page(3))
    refresh(
        resources.intake,
        do=meanwhile,
        serving=resources.serving,
        records=resources.records,
        builder=resources.builder,
        progress=resources.progress,
    )  # type: ignore[arg-type]
    assert any("library3" in text for _, _, text in served(resources))
    assert any("boiler1" in text for _, _, text in served(resources))
    run(resources)
    assert any("garden2" in text for _, _, text in served(resources))


@pytest.fixture
def guarded(tmp_path: Path) -> tuple[FakeResources, Repository]:
    repository = Repository(tmp_path / "repository")
    repository.write("a.md", page(1))
    url = f"git+file://{repository.root}@main"
    store = open_store(url, root=tmp_path, include=MD, exclude=())
    return replace(fake_resources(tmp_path, store=Store(url)), store=store), repository


def test_a_store_that_sends_no_events_is_listed_again_and_again(
    guarded: tuple[FakeResources, Repository], tmp_path: Path
) -> None:
    resources, repository = guarded
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

    found = list(changes(resources, tmp_path, debounce_seconds=1, interval_seconds=0.001, stop=stop, warn=told.append))
    assert found == [1, 1, 1, 1], "an outage and its end, the document, params.yaml; none for an empty commit"
    assert len(told) == 2
    assert "there is no git repository at" in told[0]


def test_an_outage_of_the_store_holds_a_refresh_and_changes_nothing(
    guarded: tuple[FakeResources, Repository],
) -> None:
    resources, repository = guarded
    run(resources)
    content = served(resources)
    shutil.rmtree(repository.root)
    assert run(resources).exit_code == 3
    assert served(resources) == content
