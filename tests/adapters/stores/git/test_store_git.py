"""A git repository at a revision: what is served, what is refused, and that nothing of the repository is ever run."""

import shutil
import socketserver
import stat
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from threading import Thread

import pytest

from pointsman.adapters.stores.git.command import GitFailed, git
from pointsman.adapters.stores.open import open_store
from pointsman.core.errors import ListingFailed, StoreMoved, UsageError
from pointsman.ports.stores import DocumentStore
from tests.fakes.git import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repository")
    made.write("docs/a.md", "first")
    made.write("docs/deep/b.md", "deep")
    made.write("README.md", "outside of docs")
    return made


def at(repository: Repository, revision: str, exclude: tuple[str, ...] = ()) -> DocumentStore:
    url = f"git+file://{repository.root}@{revision}"
    return open_store(url, root=repository.root.parent, include=("**/*.md",), exclude=exclude)


def texts(store: DocumentStore) -> dict[str, bytes]:
    return {e.document: store.read(e.document) for e in store.listing() if e.problem is None}


def problems(store: DocumentStore) -> dict[str, str]:
    return {e.document: e.problem for e in store.listing() if e.problem is not None}


def test_a_branch_a_tag_and_a_commit_each_serve_their_own_state(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.git("tag", "v1.0")
    repository.git("tag", "--annotate", "v1.0-signed", "--message", "release")
    repository.git("branch", "feature/words")
    repository.write("docs/a.md", "second")
    for revision in (first, first[:12], "v1.0", "v1.0-signed", "feature/words", "refs/heads/feature/words"):
        store = at(repository, f"{revision}:docs")
        assert texts(store) == {"a.md": b"first", "deep/b.md": b"deep"}
        assert store.version() == first
    assert texts(at(repository, "main:docs/")) == {"a.md": b"second", "deep/b.md": b"deep"}
    assert texts(at(repository, "main:docs/deep")) == {"b.md": b"deep"}
    assert set(texts(at(repository, "main"))) == {"README.md", "docs/a.md", "docs/deep/b.md"}


def test_what_is_not_committed_is_not_there(repository: Repository) -> None:
    (repository.root / "docs/a.md").write_text("unsaved thoughts")
    (repository.root / "docs/new.md").write_text("new")
    assert texts(at(repository, "main:docs")) == {"a.md": b"first", "deep/b.md": b"deep"}


def test_listing_and_reading_are_one_snapshot_even_when_the_branch_is_rewritten(repository: Repository) -> None:
    store = at(repository, "main:docs")
    listed = [e.document for e in store.listing()]
    repository.write("docs/a.md", "second")
    repository.git("reset", "--quiet", "--hard", "HEAD~2")
    assert [store.read(document) for document in listed] == [b"first", b"deep"]


def test_the_tag_is_the_blob_so_a_commit_that_changes_nothing_changes_no_tag(repository: Repository) -> None:
    store = at(repository, "main:docs")
    before = {e.document: e.tag for e in store.listing()}
    first = store.version()
    repository.commit()
    assert {e.document: e.tag for e in store.listing()} == before
    assert store.version() != first
    assert before["a.md"] == repository.git("rev-parse", "main:docs/a.md")


def test_a_bare_repository_and_a_linked_work_tree_are_repositories_too(repository: Repository, tmp_path: Path) -> None:
    repository.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    repository.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "other")
    for place, revision in (("bare.git", "main"), ("linked", "other")):
        store = open_store(f"git+file://{place}@{revision}", root=tmp_path, include=("**/*.md",), exclude=())
        assert len(texts(store)) == 3


@pytest.mark.parametrize("revision", ["nowhere", "0" * 40, "v9", "refs/heads/none"])
def test_a_revision_that_is_not_there_is_named_with_those_that_are(repository: Repository, revision: str) -> None:
    with pytest.raises(UsageError, match=rf"no branch, tag or commit '{revision}' \(there are: main\)"):
        at(repository, revision).listing()


@pytest.mark.parametrize(
    "url",
    [
        "git+file:///srv/repo", "git+file://@main", "git+ext::sh -c id@main", "git+ext://sh -c id@main",
        "git+file:///srv/repo@", "git+file:///srv/repo@-x", "git+file:///srv/repo@--upload-pack=id",
        "git+file://-repo@main", "git+ssh://-oProxyCommand=id/repo@main", "git+ssh://git@-oProxyCommand=id/repo@main",
        "git+file:///srv/repo@main..v1", "git+file:///srv/repo@main:../etc", "git+file:///srv/repo@main:-x",
        "git+file:///srv/repo@main:a//b", "git+file:///srv/repo@a b", "git+file:///srv/repo@main%00", "git+ftp://h/r@main",
        "git+file:///srv/repo@HEAD@{1}", "git+https:///repo@main", "git+ssh://git:secret-word@h/repo@main",
    ],
)  # fmt: skip
def test_a_url_that_is_none_or_could_be_an_option_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match=r"the form is git\+file") as caught:
        open_store(url, root=tmp_path, include=("**",), exclude=())
    assert "secret-word" not in str(caught.value)


def test_an_at_sign_in_a_path_is_written_percent_encoded(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "@team" / "docs")
    repository.write("@types/a.md", "typed")
    url = f"git+file://{tmp_path}/%40team/docs@main:%40types"
    assert texts(open_store(url, root=tmp_path, include=("**",), exclude=())) == {"a.md": b"typed"}


def test_a_repository_that_is_gone_or_broken_or_has_no_such_folder_cannot_be_listed(repository: Repository) -> None:
    with pytest.raises(ListingFailed, match="nothing is known about what"):
        at(repository, "main:nowhere").listing()
    with pytest.raises(ListingFailed, match="nothing is known about what"):
        at(repository, "main:docs/a.md").listing()
    store = at(repository, "main:docs")
    store.listing()
    shutil.rmtree(repository.root / ".git" / "objects")
    with pytest.raises(ListingFailed, match="nothing is known about what"):
        at(repository, "main:docs").listing()
    shutil.rmtree(repository.root / ".git")
    with pytest.raises(ListingFailed, match="there is no git repository at"):
        store.listing()


def test_a_folder_inside_another_repository_is_not_taken_for_it(repository: Repository) -> None:
    url = f"git+file://{repository.root}/docs@main"
    with pytest.raises(ListingFailed, match="there is no git repository at"):
        open_store(url, root=repository.root, include=("**",), exclude=()).listing()


def test_links_are_followed_inside_the_store_and_never_out_of_it(repository: Repository) -> None:
    docs = repository.root / "docs"
    (docs / "same.md").symlink_to("deep/b.md")
    (docs / "chain.md").symlink_to("same.md")
    (docs / "through.md").symlink_to("folder/b.md")
    (docs / "folder").symlink_to("deep")
    (docs / "folder.md").symlink_to("deep")
    (docs / "up.md").symlink_to("../README.md")
    (docs / "host.md").symlink_to("/etc/hostname")
    (docs / "nothing.md").symlink_to("gone.md")
    (docs / "round.md").symlink_to("round.md")
    repository.commit()
    store = at(repository, "main:docs")
    found = texts(store)
    assert found == {
        "a.md": b"first", "chain.md": b"deep", "deep/b.md": b"deep", "same.md": b"deep", "through.md": b"deep"
    }  # fmt: skip
    assert problems(store) == {
        "host.md": "symbolic link out of the store (→ /etc/hostname not followed)",
        "nothing.md": "symbolic link to nothing (→ gone.md); correct or remove it",
        "round.md": "symbolic link to nothing (→ round.md); correct or remove it",
        "up.md": "symbolic link out of the store (→ ../README.md not followed)",
    }
    with pytest.raises(StoreMoved):
        store.read("up.md")
    assert texts(at(repository, "main"))["docs/up.md"] == b"outside of docs"


def test_a_submodule_is_listed_with_its_problem_unless_excluded(repository: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.write("c.md", "of the other")
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), "docs/vendor")
    repository.commit()
    assert list(problems(at(repository, "main:docs"))) == ["vendor"]
    assert "submodule" in problems(at(repository, "main:docs"))["vendor"]
    assert problems(at(repository, "main:docs", exclude=("vendor/**",))) == {}
    assert "vendor/c.md" not in texts(at(repository, "main:docs"))


def test_names_of_any_kind_come_through(repository: Repository) -> None:
    for name in ("späce and ünïcode.md", "日本語.md", 'quo"te.md', "-r.md", "a:b.md", "tab\tand\nline.md"):
        (repository.root / "docs" / name).write_text(name)
    repository.commit()
    store = at(repository, "main:docs")
    assert {"späce and ünïcode.md", "日本語.md", 'quo"te.md', "-r.md", "a:b.md"} < set(texts(store))
    assert store.read('quo"te.md') == b'quo"te.md'
    [(_, problem)] = problems(store).items()
    assert "control character" in problem


def test_a_replaced_object_is_read_as_it_was_committed(repository: Repository) -> None:
    blob = repository.git("rev-parse", "main:docs/a.md")
    (repository.root / "forged").write_text("forged")
    forged = repository.git("hash-object", "-w", "forged")
    repository.git("replace", blob, forged)
    assert texts(at(repository, "main:docs"))["a.md"] == b"first"


def test_a_blob_that_is_missing_is_a_problem_of_its_document_alone(repository: Repository) -> None:
    blob = repository.git("rev-parse", "main:docs/a.md")
    (repository.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    store = at(repository, "main:docs")
    assert "not in the object database" in problems(store)["a.md"]
    assert texts(store) == {"deep/b.md": b"deep"}


def test_no_code_of_a_hostile_repository_is_run(repository: Repository, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(trap.stat().st_mode | stat.S_IXUSR)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("reference-transaction", "post-checkout", "post-index-change", "fsmonitor-watchman"):
        shutil.copy(trap, hooks / hook)
    (repository.root / ".gitattributes").write_text("*.md filter=trap diff=trap\n")
    repository.commit()
    for key, value in {
        "core.hooksPath": hooks, "core.fsmonitor": trap, "core.pager": trap, "core.sshCommand": trap,
        "alias.ls-tree": f"!{trap}", "alias.rev-parse": f"!{trap}", "filter.trap.smudge": trap,
        "filter.trap.process": trap, "filter.trap.required": "true",
        "diff.trap.textconv": trap, "diff.trap.command": trap, "credential.helper": f"!{trap}", "core.editor": trap,
        "gpg.program": trap, "log.showSignature": "true", "core.gitProxy": trap,
        "extensions.partialClone": "origin", "remote.origin.promisor": "true", "core.repositoryFormatVersion": "1",
        "remote.origin.url": f"ext::{trap}", "protocol.allow": "always", "protocol.ext.allow": "always",
    }.items():  # fmt: skip
        repository.git("config", key, str(value))
    blob = repository.git("rev-parse", "main:docs/a.md")
    (repository.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    store = at(repository, "main:docs")
    try:
        assert texts(store).get("deep/b.md", b"deep") == b"deep"
    except ListingFailed as error:
        assert blob in str(error)  # noqa: PT017 - a promised blob may fail the listing, but is never fetched
    assert not (tmp_path / "sprung").exists()
    with pytest.raises(GitFailed):
        git(repository.root / ".git", "fetch", "origin")
    assert not (tmp_path / "sprung").exists()


def test_a_variable_of_git_cannot_move_the_repository(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other.root / ".git" / "objects"))
    monkeypatch.setenv("GIT_NAMESPACE", "x")
    assert texts(at(repository, "main:docs")) == {"a.md": b"first", "deep/b.md": b"deep"}


def test_a_repository_of_another_user_is_read(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("os").environ, "GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setattr("pointsman.adapters.stores.git.command.OF_THE_USER", ("GIT_TEST_ASSUME_DIFFERENT_OWNER",))
    assert texts(at(repository, "main:docs")) == {"a.md": b"first", "deep/b.md": b"deep"}


def test_without_git_the_way_out_is_named(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match="needs the git command"):
        at(repository, "main").listing()


@pytest.fixture
def over_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for ssh and the machine behind it; the path returned keeps the words it was called with."""
    script = tmp_path / "ssh"
    script.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\nwhile [ $# -gt 1 ]; do shift; done\neval "$1"\n')
    script.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(script))
    return tmp_path / "calls"


def test_a_remote_repository_is_mirrored_below_the_state_folder_and_fetched_with_each_listing(
    repository: Repository, tmp_path: Path, over_ssh: Path
) -> None:
    workspace = tmp_path / "workspace"
    url = f"git+ssh://git@docs.example.org{repository.root}/.git@main:docs"
    store = open_store(url, root=workspace, include=("**/*.md",), exclude=())
    assert not workspace.exists(), "nothing is fetched before it is asked for"
    assert texts(store) == {"a.md": b"first", "deep/b.md": b"deep"}
    assert [path.suffix for path in sorted((workspace / ".pointsman" / "git").iterdir())] == ["", ".lock"]
    repository.write("docs/a.md", "second")
    assert store.read("a.md") == b"first"
    assert texts(store)["a.md"] == b"second"
    assert len(over_ssh.read_text().splitlines()) == 2
    pinned = open_store(url.replace("@main", f"@{store.version()}"), root=workspace, include=("**",), exclude=())
    assert len(texts(pinned)) == 2
    assert len(over_ssh.read_text().splitlines()) == 2, "a whole commit id that is here is not fetched again"


def test_a_remote_branch_that_was_deleted_or_rewritten_is_followed(
    repository: Repository, tmp_path: Path, over_ssh: Path
) -> None:
    repository.git("branch", "draft")
    url = f"git+ssh://git@docs.example.org{repository.root}/.git@%s:docs"
    main, draft = (
        open_store(url % name, root=tmp_path, include=("**/*.md",), exclude=()) for name in ("main", "draft")
    )
    assert texts(main) == texts(draft)
    repository.git("branch", "-D", "draft")
    repository.git("reset", "--quiet", "--hard", "HEAD~2")
    assert texts(main) == {"a.md": b"first"}
    with pytest.raises(UsageError, match="'draft'"):
        draft.listing()


def test_a_remote_that_cannot_be_reached_is_an_error_and_keeps_what_is_known(
    repository: Repository, tmp_path: Path, over_ssh: Path
) -> None:
    url = f"git+ssh://git@docs.example.org{repository.root}/.git@main:docs"
    store = open_store(url, root=tmp_path, include=("**/*.md",), exclude=())
    store.listing()
    commit = store.version()
    repository.root.rename(tmp_path / "moved")
    with pytest.raises(ListingFailed, match="nothing is known about what"):
        store.listing()
    assert store.version() == commit
    assert store.read("a.md") == b"first"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, list[str | None]]]:
    """A plain web server over a folder that wants a login; yields its address and the logins it was shown."""
    shown: list[str | None] = []

    class Guarded(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            shown.append(self.headers.get("Authorization"))
            if shown[-1] is None:
                self.send_error(401)
            else:
                super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), partial(Guarded, directory=str(tmp_path))) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}", shown
        server.shutdown()
        thread.join()


def test_a_login_in_the_url_reaches_the_server_and_nobody_else(
    repository: Repository, tmp_path: Path, web: tuple[str, list[str | None]]
) -> None:
    address, shown = web
    repository.git("update-server-info")
    workspace = tmp_path / "workspace"
    url = f"git+http://reader:s3cr%40t-word@{address}/repository/.git@main:docs"
    store = open_store(url, root=workspace, include=("**/*.md",), exclude=())
    assert texts(store)["a.md"] == b"first"
    assert set(shown) == {"Basic cmVhZGVyOnMzY3JAdC13b3Jk"}
    for path in workspace.rglob("*"):
        if path.is_file():
            assert b"t-word" not in path.read_bytes(), path
    (repository.root / ".git" / "info" / "refs").unlink()
    with pytest.raises(ListingFailed) as caught:
        store.listing()
    assert "t-word" not in str(caught.value)
    assert "reader" not in str(caught.value)


def test_a_login_that_is_missing_is_an_error_and_not_a_question(
    repository: Repository, tmp_path: Path, web: tuple[str, list[str | None]]
) -> None:
    repository.git("update-server-info")
    url = f"git+http://{web[0]}/repository/.git@main:docs"
    with pytest.raises(ListingFailed, match="credentials"):
        open_store(url, root=tmp_path / "workspace", include=("**",), exclude=()).listing()
