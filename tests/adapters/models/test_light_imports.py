"""Importing a model adapter or a trainer loads no heavy package."""

import subprocess
import sys
from pathlib import Path

import pytest

import pointsman.adapters

ADAPTERS = Path(pointsman.adapters.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(ADAPTERS).with_suffix("").parts)
    for package in ("models", "training")
    for path in (ADAPTERS / package).rglob("*.py")
    if path.stem != "__init__"
)
HEAVY = (
    "torch", "transformers", "peft", "sentence_transformers", "tokenizers", "gguf", "safetensors", "openvino",
    "onnxruntime", "llguidance",
)  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_importing_a_model_adapter_loads_no_vendor(module: str) -> None:
    code = f"import sys, pointsman.adapters.{module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
