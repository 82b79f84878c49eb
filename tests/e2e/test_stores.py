"""The command line over a git repository and over S3: the commit is named, and secrets are nowhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Place
from tests.fakes.git import Repository
from tests.fakes.s3 import SECRET, S3Server


@pytest.fixture
def s3() -> Iterator[S3Server]:
    server = S3Server()
    yield server
    server.stop()


def test_the_same_documents_moved_to_git_cost_no_embedding_and_a_commit_ships(place: Place, tmp_path: Path) -> None:
    before = place.json("status")
    repository = Repository(tmp_path / "repository")
    place.documents.rename(repository.root / "documents")
    repository.commit()
    place.set_params(store={"url": f"git+file://{repository.root}@main:documents"})
    assert place.json("plan")["decision"]["index"] == "keep"
    repository.write("documents/quokka.md", "# The quokka\n\nThe quokka interlock closes after 41 seconds.\n")
    report = place.json("refresh")
    assert (report["gate"], report["changes"]["added"], report["work"]["chunks_embedded"]) == ("promote", 1, 1)
    assert report["source_version"] == repository.git("rev-parse", "HEAD") == place.json("status")["source_version"]
    assert place.json("search", "quokka interlock")["hits"][0]["document"] == "quokka.md"
    assert before["source_version"] is None
    place.set_params(store={"url": f"git+file://{repository.root}@gone:documents"})
    assert "no branch, tag or commit 'gone'" in place.run("refresh", expect=2).stderr.replace("\n", " ")


def test_the_same_documents_moved_to_s3_cost_no_embedding_and_an_outage_changes_nothing(
    place: Place, s3: S3Server
) -> None:
    s3.client().create_bucket(Bucket="handbook")
    for path in place.documents.rglob("*"):
        if path.is_file():
            s3.plant("handbook", f"docs/{path.relative_to(place.documents).as_posix()}", path.read_bytes())
    place.set_params(store={"url": "s3://handbook/docs"})
    place.run("refresh", **s3.environment)
    assert s3.counted("GET") > 0, "every tag is new, so every document is hashed once"
    s3.requests.clear()
    place.run("refresh", **s3.environment)
    assert {what for what, _ in s3.requests} == {"LIST"}, "nothing is opened any more"
    s3.plant("handbook", "docs/quokka.md", b"# The quokka\n\nThe quokka interlock closes after 41 seconds.\n")
    place.run("refresh", **s3.environment)
    live = place.json("status")["release"]
    s3.stop()
    held = place.run("refresh", expect=3, **s3.environment)
    assert "cannot be approved" in " ".join(held.stdout.split())
    assert place.json("status")["release"] == live
    assert place.json("search", "quokka interlock")["hits"][0]["document"] == "quokka.md"
    for path in (place.root / ".pointsman").rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path
