"""Stored adapters: one that a loss of power tore is replaced by the training that would mend it."""

import json
from pathlib import Path

import pytest

from pointsman.adapters.models.fingerprint import fingerprint
from pointsman.adapters.models.folders import ModelFolders
from pointsman.settings.workspace import WorkspaceFolder

WEIGHTS = "adapter_model.safetensors"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "build" / "generator"
    folder.mkdir(parents=True)
    (folder / WEIGHTS).write_bytes(b"weights" * 1000)
    (folder / "adapter_config.json").write_text("{}")
    record = {"base_fingerprint": "b", "adapter_fingerprint": fingerprint(folder, cache=None)}
    (folder / "pointsman.json").write_text(json.dumps(record))
    return folder


@pytest.mark.parametrize("torn", [WEIGHTS, "pointsman.json", "adapter_config.json"])
def test_a_torn_adapter_is_replaced_and_a_whole_one_is_left_alone(tmp_path: Path, built: Path, torn: str) -> None:
    folders = ModelFolders(WorkspaceFolder(tmp_path), tmp_path / "models")
    id_ = folders.store_adapter(built, base="b")
    kept = folders.adapter(id_)
    before = (kept / WEIGHTS).stat().st_ino
    assert folders.store_adapter(built, base="b") == id_
    assert (kept / WEIGHTS).stat().st_ino == before
    (kept / torn).write_bytes(b"")
    assert folders.store_adapter(built, base="b") == id_
    assert {p.name: p.read_bytes() for p in kept.iterdir()} == {p.name: p.read_bytes() for p in built.iterdir()}
