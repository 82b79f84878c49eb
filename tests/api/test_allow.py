"""Allowing what a document is refused for: entries of allow.yaml, never the value."""

from pathlib import Path

import pytest

from pointsman.api.workspace import Workspace
from pointsman.core.errors import UsageError
from tests.adapters.validation.credentials import drawn

KEY, OTHER = drawn("AKIA[U16]", 8), drawn("ghp_[B36]", 8)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "keys.md").write_text(f"# Keys\n\nThe key of the yard is {KEY} as all know.\n")
    (docs / "plain.md").write_text("# Hours\n\nThe office is open from eight to five.\n")
    Workspace.init(tmp_path, store="docs")
    return Workspace(tmp_path)


def refused(workspace: Workspace) -> dict[str, str]:
    return {row["item"]: row["reason"] for row in workspace.quarantine().refused["documents"]}


def test_an_allowed_document_is_refused_no_longer_until_another_key_stands_in_it(workspace: Workspace) -> None:
    before = refused(workspace)["keys.md"]
    assert "pointsman quarantine --allow" in before
    done = workspace.allow("keys.md", until="2999-12-31", by="marta", note="never valid")
    [entry] = done.entries
    assert (entry["kind"], entry["where"], done.by) == ("AWS Access Key", "line 3", "marta")
    assert entry["fingerprint"] in before
    assert refused(workspace) == {}
    text = (workspace.root / "allow.yaml").read_text()
    assert "by: marta" in text
    assert KEY not in text + str(done)
    page = workspace.root / "docs" / "keys.md"
    page.write_text(page.read_text() + f"\nAnd {OTHER} too.\n")
    assert "GitHub Token (line 5" in refused(workspace)["keys.md"]
    assert "AWS" not in refused(workspace)["keys.md"]


def test_one_finding_alone_can_be_allowed(workspace: Workspace) -> None:
    page = workspace.root / "docs" / "keys.md"
    page.write_text(page.read_text() + f"\nAnd {OTHER} too.\n")
    reason = refused(workspace)["keys.md"]
    first = reason.split("fingerprint ")[1].split(")")[0]
    assert len(workspace.allow("keys.md", until="2999-12-31", fingerprint=first).entries) == 1
    assert "AWS" not in refused(workspace)["keys.md"]
    with pytest.raises(UsageError, match="has the fingerprint 00"):
        workspace.allow("keys.md", until="2999-12-31", fingerprint="00")


@pytest.mark.parametrize(
    ("document", "until", "said"),
    [
        ("keys.md", "soon", "is 'soon', not a date"),
        ("keys.md", "2020-01-01", "is over"),
        ("keys.md", "", "'keys.md' is refused for: AWS Access Key .*--until"),
        ("gone.md", "", "the store has no document 'gone.md'"),
        ("plain.md", "2999-12-31", "nothing to allow"),
        ("gone.md", "2999-12-31", "the store has no document 'gone.md'"),
    ],
)
def test_what_cannot_be_allowed_is_said(workspace: Workspace, document: str, until: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        workspace.allow(document, until=until)
    assert not (workspace.root / "allow.yaml").exists()
