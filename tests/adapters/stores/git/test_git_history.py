"""A history walked by its changes lists at every version what the git store lists at that commit."""

import os
from pathlib import Path

import pytest

from pointsman.adapters.stores.git.history import GitHistory, StoreVersion
from pointsman.adapters.stores.names import Chosen
from pointsman.adapters.stores.open import open_store
from pointsman.core.errors import ListingFailed, UsageError
from tests.fakes.git import IDENTITY, Repository

INCLUDE, EXCLUDE = ("**/*.md", "**/*.txt"), ("drafts/**",)
CHOSEN = Chosen.of(INCLUDE, EXCLUDE)
DAY = 86_400


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


def dated(repository: Repository, name: str, text: str, at: int) -> str:
    """Commit a document at a time, in seconds since the epoch."""
    path = repository.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    repository.git("add", "--all")
    before = IDENTITY.copy()
    IDENTITY.update(GIT_COMMITTER_DATE=f"@{at} +0000", GIT_AUTHOR_DATE=f"@{at} +0000")
    try:
        repository.git("commit", "--quiet", "--message", f"edit {name}")
    finally:
        IDENTITY.clear()
        IDENTITY.update(before)
    return repository.git("rev-parse", "HEAD")


def walked(history: GitHistory, versions: tuple[StoreVersion, ...]) -> list[tuple[str, list[str]]]:
    return [(m.commit, [listed.document for listed in history.listing()]) for m in history.through(versions)]


def test_every_moment_lists_and_reads_what_the_store_does_at_that_commit(
    repository: Repository, tmp_path: Path
) -> None:
    docs = repository.root / "docs"
    repository.write("docs/a.md", "one")
    repository.write("docs/deep/er/b.md", "two")
    repository.write("docs/drafts/no.md", "three")
    repository.write("other/x.md", "outside")
    (docs / "link.md").symlink_to("deep/er/b.md")
    (docs / "out.md").symlink_to("../other/x.md")
    (docs / "folder.md").symlink_to("deep")
    (docs / "nowhere.md").symlink_to("gone.md")
    repository.commit()
    repository.write("docs/deep/er/b.md", "two, longer")
    repository.write("docs/gone.md", "the link leads somewhere now")
    (docs / "a.md").unlink()
    (docs / "a.md").symlink_to("gone.md")
    repository.commit()
    (docs / "a.md").unlink()
    repository.write("docs/a.md", b"\x00\xff binary")
    Path(os.fsdecode(os.fsencode(docs) + b"/\xff\xfe.md")).write_text("a name that is no UTF-8")
    (docs / "a\nb.md").write_text("a name with a line break")
    (docs / ":(top)x.md").write_text("a name like a pathspec")
    repository.commit()
    (docs / "a.md").chmod(0o755)
    repository.commit()
    other = Repository(tmp_path / "other")
    other.write("s.md", "of another repository")
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), "docs/sub.md")
    repository.commit()
    repository.remove("docs/deep/er/b.md")
    repository.git("rm", "-rq", "docs/sub.md")
    repository.commit()
    history = GitHistory(repository.root, "docs", CHOSEN)
    seen = set()
    versions = history.versions()
    assert len(versions) == 13
    for version in history.through(versions):
        url = f"git+file://{repository.root}@{version.commit}:docs"
        store = open_store(url, root=tmp_path, include=INCLUDE, exclude=EXCLUDE)
        listing = list(store.listing())
        assert list(history.listing()) == listing
        assert history.version() == store.version() == version.commit
        for listed in listing:
            seen.add(listed.problem and listed.problem.split(" ")[0])
            if listed.problem is None:
                assert history.read(listed.document) == store.read(listed.document)
    assert seen == {None, "symbolic", "submodule", "file"}


def test_the_folder_itself_may_be_the_repository_and_the_clone_may_be_bare(
    repository: Repository, tmp_path: Path
) -> None:
    repository.write("a.md", "one")
    repository.write("b.md", "two")
    repository.git("clone", "--quiet", "--bare", str(repository.root), str(tmp_path / "bare.git"))
    for root in (repository.root, tmp_path / "bare.git"):
        for folder in (".", "", "./"):
            history = GitHistory(root, folder, CHOSEN)
            assert walked(history, history.versions())[-1][1] == ["a.md", "b.md"]


def test_a_merge_is_one_moment_and_what_happened_on_its_branch_is_none(repository: Repository) -> None:
    repository.write("docs/a.md", "one")
    repository.git("checkout", "--quiet", "-b", "side")
    repository.write("docs/b.md", "two")
    repository.write("docs/b.md", "two and a half")
    repository.git("checkout", "--quiet", "main")
    repository.write("docs/c.md", "three")
    repository.git("merge", "--quiet", "--no-ff", "--message", "merge", "side")
    history = GitHistory(repository.root, "docs", CHOSEN)
    found = [documents for _, documents in walked(history, history.versions())]
    assert found == [["a.md"], ["a.md", "c.md"], ["a.md", "b.md", "c.md"]]


def test_commits_that_do_not_touch_the_folder_are_no_moments(repository: Repository) -> None:
    repository.write("docs/a.md", "one")
    repository.write("src/b.md", "elsewhere")
    repository.write("docsy/b.md", "elsewhere, with a name that begins alike")
    repository.write("docs/b.md", "two")
    history = GitHistory(repository.root, "docs", CHOSEN)
    assert [len(documents) for _, documents in walked(history, history.versions())] == [1, 2]


def test_what_was_there_before_the_first_day_is_the_first_moment(repository: Repository) -> None:
    commits = [dated(repository, f"docs/{n}.md", "text", n * DAY) for n in range(10, 20)]
    history = GitHistory(repository.root, "docs", CHOSEN)
    chosen = history.versions(since=15 * DAY, until=17 * DAY)
    assert [m.commit for m in chosen] == commits[4:8]
    assert [m.commit for m in history.versions(since=10 * DAY)] == commits, "there is nothing before"
    assert [m.commit for m in history.versions(until=10 * DAY)] == commits[:1]
    assert [len(documents) for _, documents in walked(history, chosen)] == [5, 6, 7, 8]


def test_by_day_a_moment_is_the_last_state_of_its_day(repository: Repository) -> None:
    dated(repository, "docs/a.md", "one", 10 * DAY + 5)
    last = dated(repository, "docs/b.md", "two", 11 * DAY - 1)
    lone = dated(repository, "docs/c.md", "three", 11 * DAY)
    dated(repository, "docs/d.md", "four", 15 * DAY)
    back = dated(repository, "docs/d.md", "five", 15 * DAY + 9)
    history = GitHistory(repository.root, "docs", CHOSEN)
    versions = history.versions(by="day")
    assert [(m.commit, m.commits) for m in versions] == [(last, 2), (lone, 1), (back, 2)]
    assert walked(history, versions)[-1][1] == ["a.md", "b.md", "c.md", "d.md"]


def test_a_clock_that_goes_back_does_not_disorder_the_history(repository: Repository) -> None:
    first = dated(repository, "docs/a.md", "one", 20 * DAY)
    early = dated(repository, "docs/b.md", "two", 3 * DAY)
    third = dated(repository, "docs/c.md", "three", 21 * DAY)
    history = GitHistory(repository.root, "docs", CHOSEN)
    assert [(m.commit, m.at) for m in history.versions()] == [(first, 20 * DAY), (early, 20 * DAY), (third, 21 * DAY)]


def test_a_shallow_clone_begins_where_it_was_cut_off_and_says_so(repository: Repository, tmp_path: Path) -> None:
    for n in range(5):
        repository.write(f"docs/{n}.md", "text")
    repository.git("clone", "--quiet", "--depth", "2", f"file://{repository.root}", str(tmp_path / "cut"))
    cut, whole = (GitHistory(root, "docs", CHOSEN) for root in (tmp_path / "cut", repository.root))
    assert (cut.shallow, whole.shallow) == (True, False)
    assert [len(documents) for _, documents in walked(cut, cut.versions())] == [4, 5]


def test_a_branch_that_was_rewritten_is_replayed_as_it_is_and_the_old_end_by_its_commit(
    repository: Repository,
) -> None:
    repository.write("docs/a.md", "one")
    repository.write("docs/b.md", "two")
    old = repository.git("rev-parse", "HEAD")
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    repository.write("docs/c.md", "three")
    history = GitHistory(repository.root, "docs", CHOSEN)
    assert walked(history, history.versions())[-1][1] == ["a.md", "c.md"]
    assert walked(history, history.versions(old))[-1][1] == ["a.md", "b.md"]


def test_a_folder_that_goes_and_comes_again_cannot_be_listed_in_between(repository: Repository) -> None:
    repository.write("docs/a.md", "one")
    repository.remove("docs/a.md")
    repository.write("docs/b.md", "two")
    history = GitHistory(repository.root, "docs", CHOSEN)
    steps = history.through(history.versions())
    next(steps)
    next(steps)
    with pytest.raises(ListingFailed, match="this version has none"):
        history.listing()
    next(steps)
    assert [listed.document for listed in history.listing()] == ["b.md"]


def test_a_range_without_commits_names_the_days_that_there_are(repository: Repository) -> None:
    dated(repository, "docs/a.md", "one", 0)
    dated(repository, "docs/b.md", "two", 400 * DAY)
    history = GitHistory(repository.root, "docs", CHOSEN)
    with pytest.raises(UsageError, match="from 1970-01-01 to 1971-02-05"):
        history.versions(since=1 * DAY, until=399 * DAY)


@pytest.mark.parametrize("folder", ["nowhere", "docs/nowhere"])
def test_a_folder_that_never_existed_is_wrong_usage(repository: Repository, folder: str) -> None:
    repository.write("docs/a.md", "one")
    with pytest.raises(UsageError, match=f"ever touched the folder '{folder}'"):
        GitHistory(repository.root, folder, CHOSEN).versions()


@pytest.mark.parametrize("folder", ["../docs", "-docs", "docs/../..", "a\nb"])
def test_a_folder_that_is_none_is_wrong_usage(repository: Repository, folder: str) -> None:
    with pytest.raises(UsageError, match="not a folder of a repository"):
        GitHistory(repository.root, folder, CHOSEN)


@pytest.mark.parametrize("revision", ["gone", "--all", "main~1", "@{1}", "main..side", ""])
def test_a_revision_that_is_none_is_wrong_usage(repository: Repository, revision: str) -> None:
    repository.write("docs/a.md", "one")
    with pytest.raises(UsageError, match="--revision"):
        GitHistory(repository.root, "docs", CHOSEN).versions(revision)


def test_a_folder_without_a_repository_is_said_to_be_none(tmp_path: Path, repository: Repository) -> None:
    with pytest.raises(ListingFailed, match="no git repository"):
        GitHistory(tmp_path / "nowhere", "docs", CHOSEN)
    (repository.root / "sub").mkdir()
    with pytest.raises(ListingFailed, match="no git repository"):
        GitHistory(repository.root / "sub", "docs", CHOSEN)


def test_objects_that_are_gone_end_the_walk_with_the_reason(repository: Repository) -> None:
    repository.write("docs/a.md", "one")
    repository.write("docs/b.md", "two")
    history = GitHistory(repository.root, "docs", CHOSEN)
    versions = history.versions()
    tree = repository.git("rev-parse", "HEAD:docs")
    (repository.root / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(ListingFailed, match="git fsck"):
        list(history.through(versions))


def test_a_blob_that_is_gone_is_listed_with_its_problem(repository: Repository) -> None:
    repository.write("docs/a.md", "one")
    repository.write("docs/b.md", "two")
    blob = repository.git("rev-parse", "HEAD:docs/b.md")
    (repository.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    history = GitHistory(repository.root, "docs", CHOSEN)
    *_, _ = history.through(history.versions())
    problems = {listed.document: listed.problem for listed in history.listing()}
    assert problems["a.md"] is None
    assert "not in the object database" in str(problems["b.md"])


def test_no_program_of_the_repository_is_run(repository: Repository, tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    for key in ("diff.external", "diff.x.command", "diff.x.textconv", "core.pager", "core.fsmonitor"):
        repository.git("config", key, f"touch {trap};")
    repository.write(".gitattributes", "*.md diff=x")
    repository.write("docs/a.md", "one")
    repository.write("docs/a.md", "two")
    trap.unlink(missing_ok=True)
    history = GitHistory(repository.root, "docs", CHOSEN)
    assert len(walked(history, history.versions())) == 2
    assert not trap.exists()
