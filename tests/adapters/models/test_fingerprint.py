"""Fingerprints of model folders."""

import json
import shutil
from pathlib import Path

import pytest

from pointsman.adapters.models import fingerprint as fingerprints
from pointsman.adapters.models.fingerprint import fingerprint, joined
from pointsman.core.errors import ModelMissing


def test_a_fingerprint_is_of_the_content_and_not_of_the_place(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "digests.json"
    first = fingerprint(folder, cache=cache)
    copy = shutil.copytree(folder, tmp_path / "elsewhere")
    (copy / "README.md").write_text("words")
    (copy / "config.json").write_text(json.dumps({"transformers_version": "6.1", "hidden_size": 8}))
    assert fingerprint(copy, cache=cache) == first
    assert len(first) == 16


@pytest.mark.parametrize("changed", ["model.safetensors", "tokenizer.json", "config.json", "1_Pooling/config.json"])
def test_a_fingerprint_changes_with_weights_tokenizer_and_configuration(
    folder: Path, tmp_path: Path, changed: str
) -> None:
    cache = tmp_path / "digests.json"
    before = fingerprint(folder, cache=cache)
    (folder / changed).write_text('{"changed": true}')
    assert fingerprint(folder, cache=cache) != before


def test_a_remembered_file_is_not_read_again(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "digests.json"
    first = fingerprint(folder, cache=cache)
    monkeypatch.setattr(fingerprints, "_digest", lambda file: pytest.fail(f"{file} was read again"))
    assert fingerprint(folder, cache=cache) == first


def test_a_damaged_digest_cache_is_made_anew(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "digests.json"
    first = fingerprint(folder, cache=cache)
    for damage in ("{", "[1]", '{"x": 1}'):
        cache.write_text(damage)
        assert fingerprint(folder, cache=cache) == first


def test_a_folder_without_weights_has_no_fingerprint(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no weights"):
        fingerprint(tmp_path, cache=None)


def test_a_base_alone_keeps_its_fingerprint_and_an_adapter_changes_it() -> None:
    assert joined("base", None) == "base"
    assert len({joined("base", None), joined("base", "a"), joined("base", "b"), joined("other", "a")}) == 4
