"""A model folder for the tests of model adapters."""

import json
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder as far as its files go."""
    made = tmp_path / "base"
    (made / "1_Pooling").mkdir(parents=True)
    (made / "config.json").write_text(json.dumps({"hidden_size": 8, "transformers_version": "5.0"}))
    (made / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 8}))
    (made / "model.safetensors").write_bytes(b"weights")
    (made / "tokenizer.json").write_text("{}")
    return made
