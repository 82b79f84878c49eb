"""Finding the folder of a model; no weights are loaded here."""

from pathlib import Path

import pytest

from pointsman.adapters.models.resolve import resolve
from pointsman.core.errors import ModelMissing


def test_a_folder_of_the_workspace_is_a_model(folder: Path) -> None:
    assert resolve("base", workspace=folder.parent, models=folder.parent / "models") == folder
    assert resolve(str(folder), workspace=Path("/"), models=folder.parent / "models") == folder


@pytest.mark.parametrize("name", ["./nothing", "/no/such/folder", "../away", "not a name", ""])
def test_a_model_that_is_nowhere_is_named_with_the_ways_out(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"model .*(folder|config\.json)"):
        resolve(name, workspace=tmp_path, models=tmp_path)


def test_a_hub_model_that_is_not_at_hand_offline_is_named_with_the_ways_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelMissing, match=r"'someone/no-such-model'.*HF_HUB_OFFLINE.*hf download.*bundled:"):
        resolve("someone/no-such-model", workspace=tmp_path, models=tmp_path)


def test_a_hub_model_that_could_not_be_fetched_says_nothing_of_a_variable_that_is_not_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> str:
        raise OSError("no route to host")

    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr("huggingface_hub.snapshot_download", unreachable)
    with pytest.raises(ModelMissing, match=r"could not be fetched \(no route to host\); fetch it with `hf") as caught:
        resolve("someone/no-such-model", workspace=tmp_path, models=tmp_path)
    assert "HF_HUB_OFFLINE" not in str(caught.value)


def test_pickled_weights_are_not_opened(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelMissing, match="pickled"):
        resolve(str(folder), workspace=folder, models=folder)
