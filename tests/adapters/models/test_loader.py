"""Opening the models that a release names."""

from pathlib import Path

import pytest

from pointsman.adapters.models.loader import ModelLoader
from pointsman.core.errors import ModelMismatch
from pointsman.core.release import MISSING, Model
from pointsman.settings.workspace import WorkspaceFolder
from tests.fakes.resources import fake_params, silent


def test_a_release_without_a_generator_says_how_to_get_one(folder: Path, tmp_path: Path) -> None:
    loader = ModelLoader(WorkspaceFolder(tmp_path), fake_params(), models=tmp_path / "models", progress=silent)
    with pytest.raises(ModelMismatch, match="was not installed; run `pointsman refresh`"):
        loader.generator(Model(str(folder), MISSING))
