"""Workspaces of proofs with a params.yaml only: no documents, no dvc and no index."""

import shutil
from pathlib import Path

import pytest

from bench.finetuning import workspace


def bare_workspaces(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every proof use a workspace below ``home`` with a copy of params.yaml."""

    def lay_out(root: Path) -> None:
        root.mkdir(parents=True)
        shutil.copyfile(workspace.ROOT / "params.yaml", root / "params.yaml")

    monkeypatch.setattr(workspace, "HOME", home)
    monkeypatch.setattr(workspace, "_lay_out", lay_out)
