"""The length of vectors, from the configuration alone."""

import json
from pathlib import Path

import pytest

from pointsman.adapters.models.embedders.sentence_embedder import SentenceEmbedder
from pointsman.core.errors import ModelMissing


def test_the_dimension_is_what_the_last_module_says(folder: Path) -> None:
    embedder = SentenceEmbedder(folder, fingerprint="f")
    assert embedder.dimension == 8
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "config.json").write_text(json.dumps({"in_features": 8, "out_features": 5}))
    paths = [{"path": ""}, {"path": "1_Pooling"}, {"path": "2_Dense"}, {"path": "3_Normalize"}]
    (folder / "modules.json").write_text(json.dumps(paths))
    assert SentenceEmbedder(folder, fingerprint="f").dimension == 5


@pytest.mark.parametrize("config", ["{", "{}", '{"hidden_size": "wide"}'])
def test_a_configuration_without_a_width_is_an_error_that_names_it(folder: Path, config: str) -> None:
    (folder / "config.json").write_text(config)
    with pytest.raises(ModelMissing, match=r"config\.json"):
        _ = SentenceEmbedder(folder, fingerprint="f").dimension
