"""What OpenVINO promises beyond an embedder: torch's vectors, a network that is checked, and torch where it is not."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from openvino import frontend

from pointsman.adapters.models.embedders import openvino_embedder, openvino_export
from pointsman.adapters.models.embedders.openvino_embedder import OpenvinoEmbedder
from pointsman.adapters.models.embedders.sentence_embedder import SentenceEmbedder, load_encoder
from pointsman.adapters.models.lora import adapter_fingerprint
from pointsman.core.errors import ModelMissing
from tests.adapters.models.embedders.openvino_networks import at
from tests.ports.models import EMBEDDER, network_place, real

TEXTS = [f"Valve {i} opens at {i * 7} kPa, and closes when the lamp is red. " * (1 + i % 23) for i in range(80)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The place of a network made for this module's tests, which may copy it and break the copy."""
    folder, id_ = real(EMBEDDER)
    place = tmp_path_factory.mktemp("networks") / "place"
    assert OpenvinoEmbedder(folder, fingerprint=id_, place=place, engine="openvino").engine.startswith("openvino ")
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "place"))


def never(*_: object, **__: object) -> None:
    raise AssertionError("torch must not be asked")


def test_its_vectors_point_where_those_of_sentence_transformers_do(made: Path) -> None:
    folder, _ = real(EMBEDDER)
    exact = load_encoder(folder).encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    found = at(made).embed(TEXTS)
    assert np.sum(exact * found, axis=1).min() >= openvino_export.LEAST_COSINE


def test_its_fingerprint_is_that_of_the_weights_whatever_the_engine(made: Path) -> None:
    folder, id_ = real(EMBEDDER)
    assert (
        at(made).fingerprint
        == at(made, engine="torch").fingerprint
        == SentenceEmbedder(folder, fingerprint=id_).fingerprint
    )


def test_a_text_among_others_has_the_vector_it_has_alone_to_four_digits(made: Path) -> None:
    embedder = at(made)
    together = embedder.embed(TEXTS)
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS[:9]])
    assert np.sum(together[:9] * alone, axis=1).min() >= openvino_export.LEAST_COSINE


def test_a_network_that_is_there_is_read_without_torch(made: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom tests.adapters.models.embedders.openvino_networks import at\n"
        "assert at(Path(sys.argv[1]), engine='openvino').embed(['a question']).shape == (1, 384)\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(made)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_telemetry_is_sent_at_the_import() -> None:
    code = (
        "import sys\nfrom pointsman.adapters.models.embedders.openvino_export import openvino\nopenvino()\n"
        "print(sys.modules.get('openvino_telemetry', 'absent'), [m for m in sys.modules if 'openvino_telemetry.' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None []"


@pytest.mark.parametrize("name", [openvino_export.MODEL, openvino_export.WEIGHTS])
def test_a_damaged_network_is_made_anew(place: Path, name: str) -> None:
    file = next(place.glob(f"*/{name}"))
    half = file.read_bytes()[: file.stat().st_size // 2]
    file.write_bytes(half)
    assert at(place, engine="openvino").embed(TEXTS[:3]).shape == (3, 384)
    assert file.read_bytes() != half


def test_a_network_of_another_version_is_made_anew(place: Path) -> None:
    record = next(place.glob(f"*/{openvino_export.RECORD}"))
    said = json.loads(record.read_text())
    record.write_text(json.dumps(said | {"made_by": "another"}))
    at(place, engine="openvino").embed(TEXTS[:1])
    assert json.loads(record.read_text())["made_by"] == said["made_by"]


def test_a_network_that_strays_is_refused_once_and_torch_embeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(openvino_export, "LEAST_COSINE", 1.1)
    strict = at(tmp_path / "place")
    assert strict.engine.startswith("torch: ")
    assert "limit is 1.1" in strict.engine
    assert len(caplog.records) == 1
    assert not list(tmp_path.rglob(openvino_export.WEIGHTS)), "a refused network takes no space"
    assert np.sum(strict.embed(TEXTS[:3]) * at(tmp_path, engine="torch").embed(TEXTS[:3]), axis=1).min() > 0.9999
    monkeypatch.setattr(openvino_export, "_make", never)
    assert at(tmp_path / "place").engine == strict.engine, "the verdict is remembered"
    with pytest.raises(ModelMissing, match="POINTSMAN_ENGINE is openvino"):
        at(tmp_path / "place", engine="openvino").embed(["x"])


@pytest.mark.parametrize("said", ["no translator for aten::odd\nat line 3", ""])
def test_a_network_that_openvino_cannot_convert_is_refused_once_and_torch_embeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    def fails(_: object) -> None:
        raise frontend.OpConversionFailure(said)

    monkeypatch.setattr(openvino_export, "_traced", fails)
    engine = at(tmp_path / "place").engine
    assert engine.startswith("torch: ")
    assert f"cannot be converted ({said.splitlines()[0] if said else 'OpConversionFailure'})" in engine


def test_a_cosine_at_the_limit_is_taken(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    least = json.loads(next(place.glob(f"*/{openvino_export.RECORD}")).read_text())["cosine"]
    monkeypatch.setattr(openvino_export, "LEAST_COSINE", least)
    assert at(place).engine.startswith("openvino ")


@pytest.mark.parametrize("why", ["gpu", "missing", "told"])
def test_torch_embeds_where_openvino_does_not_serve(made: Path, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    monkeypatch.setattr(openvino_embedder, "network", never)
    if why == "gpu":
        monkeypatch.setattr(openvino_embedder, "has_gpu", lambda: True)
    if why == "missing":
        monkeypatch.setattr(openvino_embedder, "find_spec", lambda _: None)
    embedder = at(made, engine="torch" if why == "told" else "auto")
    assert embedder.engine.startswith("torch")
    assert embedder.embed(["a question"]).shape == (1, 384)


def test_a_place_that_cannot_be_written_leaves_torch(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("no folder")
    embedder = at(tmp_path / "file" / "place")
    assert "cannot be written to" in embedder.engine
    assert embedder.embed(["a question"]).shape == (1, 384)
    assert len(caplog.records) == 1


def test_it_tells_how_far_it_is(made: Path) -> None:
    told: list[tuple[str, int, int]] = []
    at(made, batch_size=2, progress=lambda *what: told.append(what)).embed(["a", "b", "c"])
    assert told == [("embedding", 2, 3), ("embedding", 3, 3)]


def test_the_place_of_the_product_is_filled_by_the_models_command() -> None:
    _, id_ = real(EMBEDDER)
    subprocess.run([sys.executable, "-m", "pointsman.cli", "models", "--quiet"], check=True)
    assert list(network_place(id_).glob(f"*/{openvino_export.MODEL}"))


def test_an_adapter_is_merged_into_its_own_network(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModel

    from pointsman.adapters.models.lora import save, seeded, with_lora

    folder, id_ = real(EMBEDDER)
    with seeded(7):
        model = with_lora(AutoModel.from_pretrained(str(folder), local_files_only=True), rank=2, alpha=4)
        for name, weights in model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weights, std=0.1)
    before = save(model, tmp_path / "adapter", base=id_, seed=7, settings={})
    adapter = tmp_path / "adapter"
    adapted = at(adapter / ".openvino", adapter=adapter, engine="openvino")
    exact = SentenceEmbedder(folder, fingerprint=id_, adapter=adapter)
    vectors = adapted.embed(TEXTS[:8])
    assert adapted.fingerprint == exact.fingerprint != id_
    to_torch = np.sum(vectors * exact.embed(TEXTS[:8]), axis=1)
    to_base = np.sum(vectors * at(network_place(id_)).embed(TEXTS[:8]), axis=1)
    assert to_torch.min() > 0.998, "torch in bf16 is no closer itself"
    assert to_base.max() < to_torch.min(), "the adapter does something"
    assert adapter_fingerprint(adapter, base=id_) == before, "the network in its folder is no part of the adapter"
