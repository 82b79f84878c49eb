"""The code that a training stage reaches: its own model and nothing of the other one."""

from pathlib import Path

import pytest

from pointsman.stages import code

ROOT = Path(__file__).parents[2]


def reached(stage: str) -> set[str]:
    """Return the modules of Pointsman that a stage reaches, as ``core/release``."""
    places, _ = code.reached(ROOT / "pipelines" / f"{stage}.py")
    return {str(path.relative_to(code.PACKAGE).with_suffix("")) for path, _ in places if "pipelines" not in path.parts}


@pytest.mark.parametrize(
    "foreign",
    [
        "adapters/models/embedders",
        "adapters/models/onnx_reranker",
        "adapters/models/constrained_decoding",
        "adapters/models/causal_generator",
        "adapters/models/loader",
        "adapters/qdrant",
        "adapters/validation",
        "adapters/ledger",
    ],
)
def test_a_training_of_the_generator_reaches_no_embedder_reranker_or_index(foreign: str) -> None:
    modules = reached("train_generator")
    assert "adapters/training/generator" in modules
    assert "adapters/models/folders" in modules
    assert not [module for module in modules if module.startswith(foreign)]


@pytest.mark.parametrize(
    "foreign", ["adapters/models/causal_lm", "adapters/models/onnx_reranker", "adapters/models/loader"]
)
def test_a_training_of_the_retriever_reaches_no_generator_and_no_reranker(foreign: str) -> None:
    modules = reached("train_retriever")
    assert "adapters/training/retriever" in modules
    assert "adapters/models/embedders/sentence_embedder" in modules
    assert foreign not in modules


def test_a_stage_that_serves_models_reaches_the_loader_with_all_of_them() -> None:
    assert {"adapters/models/loader", "adapters/models/embedders/openvino_embedder"} <= reached("evaluate")


def test_a_training_depends_on_the_versions_of_the_packages_that_it_computes_with() -> None:
    _, packages = code.reached(ROOT / "pipelines" / "train_generator.py")
    assert {"torch", "transformers", "peft"} <= packages
    assert not packages & {"sentence-transformers", "openvino", "onnxruntime", "llguidance", "qdrant-edge-py"}
