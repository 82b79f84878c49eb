"""What every embedder promises: the fake one, the real one, and the real one behind the cache."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pointsman.adapters.models.embedders.embedding_cache import CachedEmbedder
from pointsman.adapters.models.embedders.openvino_embedder import OpenvinoEmbedder
from pointsman.adapters.models.embedders.sentence_embedder import SentenceEmbedder, load_encoder
from pointsman.ports.models import Embedder
from tests.fakes.models import FakeEmbedder
from tests.ports.models import EMBEDDER, network_place, real

TEXTS = [
    "The boiler needs bleeding twice a year.",
    "A short one",
    "Release notes > Version 3\n\nThe lamp on the tower was replaced, and the old one went to the museum. " * 4,
]
AWKWARD = ["", "   ", "\x00\ufffd", "長い文章です。", "word " * 2000]


@pytest.fixture(scope="module")
def sentence_embedder() -> SentenceEmbedder:
    folder, id_ = real(EMBEDDER)
    return SentenceEmbedder(folder, fingerprint=id_, batch_size=2)


@pytest.fixture(scope="module")
def openvino_embedder() -> OpenvinoEmbedder:
    folder, id_ = real(EMBEDDER)
    return OpenvinoEmbedder(folder, fingerprint=id_, place=network_place(id_), engine="openvino", batch_size=2)


@pytest.fixture(params=["fake", "real", "cached", "openvino"])
def embedder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Embedder]:
    if request.param == "fake":
        yield FakeEmbedder()
        return
    if request.param == "openvino":
        yield request.getfixturevalue("openvino_embedder")
        return
    found: SentenceEmbedder = request.getfixturevalue("sentence_embedder")
    yield found if request.param == "real" else CachedEmbedder(found, tmp_path / "vectors.sqlite")


def test_a_vector_for_each_text_in_the_order_given(embedder: Embedder) -> None:
    together = embedder.embed(TEXTS)
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert together.shape == (len(TEXTS), embedder.dimension)
    assert np.sum(together * alone, axis=1).min() > 0.999


def test_vectors_are_float32_of_length_one(embedder: Embedder) -> None:
    vectors = embedder.embed([*TEXTS, *AWKWARD])
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_the_same_text_has_the_same_vector_again(embedder: Embedder) -> None:
    assert np.array_equal(embedder.embed(TEXTS), embedder.embed(TEXTS))


def test_a_question_is_nearest_to_the_passage_with_its_words(embedder: Embedder) -> None:
    passages = embedder.embed(["the boiler is red", "our garden has trees", "a tower with a lamp"])
    assert int(np.argmax(passages @ embedder.embed(["garden trees"])[0])) == 1


def test_more_text_has_more_tokens_and_none_has_none(embedder: Embedder) -> None:
    assert embedder.count_tokens("") == 0
    assert embedder.count_tokens("one two") < embedder.count_tokens("one two three four")
    assert embedder.count_tokens("word " * 2000) == 2000


def test_the_fingerprint_is_not_empty_and_stays(embedder: Embedder) -> None:
    embedder.embed(TEXTS[:1])
    assert embedder.fingerprint
    assert embedder.fingerprint == embedder.fingerprint


def test_the_quick_vectors_of_the_real_embedder_point_where_the_exact_ones_do(
    sentence_embedder: SentenceEmbedder,
) -> None:
    folder, _ = real(EMBEDDER)
    texts = [f"{text} {i}" for text in TEXTS for i in range(8)]
    exact = load_encoder(folder).encode(texts, normalize_embeddings=True, show_progress_bar=False)
    cosines = np.sum(exact * sentence_embedder.embed(texts), axis=1)
    assert cosines.mean() >= 0.999
    assert cosines.min() >= 0.998


def test_the_real_embedder_tells_how_far_it_is() -> None:
    folder, id_ = real(EMBEDDER)
    told: list[tuple[str, int, int]] = []
    SentenceEmbedder(
        folder, fingerprint=id_, batch_size=2, progress=lambda label, done, total: told.append((label, done, total))
    ).embed(TEXTS)
    assert told == [("embedding", 2, 3), ("embedding", 3, 3)]
