"""A release is content-addressed and cannot name an index of another embedder."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.errors import ModelMismatch
from pointsman.core.release import Index, Model, Release

names = st.text("abc0", min_size=1, max_size=4)
models = st.builds(Model, names, names, st.none() | names)


def release(**parts: Any) -> Release:
    embedder = parts.pop("embedder", Model("e", "b1"))
    index = Index("c-1", 3, embedder.fingerprint, "k", 12)
    usual = {"corpus": "m", "documents": 2, "max_tokens": 200, "index": index, "embedder": embedder,
             "generator": Model("g", "b2"), "prompt": "p", "decision": "d"}  # fmt: skip
    return Release(**{**usual, **parts})


@given(models, models, st.dictionaries(names, st.floats(allow_nan=False, allow_infinity=False), max_size=3))
def test_a_release_comes_back_from_json(embedder: Model, generator: Model, scores: dict[str, float]) -> None:
    made = release(embedder=embedder, generator=generator, scores=scores, examples="x", trained_on="y", dvc_lock="z")
    assert Release.from_json(json.loads(json.dumps(made.as_json()))) == made


@pytest.mark.parametrize(
    "change",
    [{"corpus": "n"}, {"documents": 3}, {"max_tokens": 100}, {"generator": Model("g", "b2", "a")}, {"prompt": "q"},
     {"decision": "e"}, {"trained_on": "t"}, {"dvc_lock": "l"}, {"scores": {"a": 1.0}}],
)  # fmt: skip
def test_every_part_is_part_of_the_id(change: dict[str, Any]) -> None:
    assert replace(release(), **change).id != release().id


def test_an_index_of_another_embedder_cannot_be_released() -> None:
    with pytest.raises(ModelMismatch, match=r"embedded by 'b1' but the release names 'b9'; rebuild"):
        release(index=Index("c-1", 3, "b1", "k"), embedder=Model("e", "b9"))
    with pytest.raises(ModelMismatch):
        replace(release(), embedder=Model("e", "b1", "adapter"))


def test_a_release_whose_content_is_not_its_id_is_refused() -> None:
    value = release().as_json() | {"documents": 99}
    with pytest.raises(ModelMismatch, match="has the content of"):
        Release.from_json(value)


def test_an_adapter_makes_another_model() -> None:
    plain = Model("e", "b1")
    assert plain.fingerprint == "b1"
    assert len({plain.fingerprint, Model("e", "b1", "a").fingerprint, Model("e", "b1", "b").fingerprint}) == 3
    assert Model("other name", "b1", "a").fingerprint == Model("e", "b1", "a").fingerprint


def test_a_collection_is_named_by_embedder_and_chunking() -> None:
    assert Index.name("a", "bc") == Index.name("a", "bc")
    assert len({Index.name("a", "bc"), Index.name("ab", "c"), Index.name("a", "b")}) == 3
