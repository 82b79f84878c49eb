"""What a reader may see is decided inside every engine: the fake, the embedded one, qdrant-client, a server."""

from typing import Any

import numpy as np
import pytest

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.hashing import digest
from pointsman.core.index.filters import Filter
from pointsman.ports.index import VectorIndex
from tests.ports.points import chunk, put, vector

NOBODY = Filter()
STAFF = Filter(frozenset({"staff"}))


def passage(text: str, **metadata: str | list[str]) -> Chunk:
    made = chunk(text, document=f"{text}.md")
    return Chunk(made.chunk, made.document, made.digest, text, f"Guide\n{text}", ("Guide",), metadata, digest(text))


def found(index: VectorIndex, name: str, allow: Filter | None, text: str = "coal", top_k: int = 10) -> set[str]:
    """Return the texts that any of the three kinds of search finds."""
    questions: list[dict[str, Any]] = [{"vector": vector(1)}, {"text": text}, {"vector": vector(1), "text": text}]
    asked: list[dict[str, Any]] = [{"vector": None, "text": None, **question} for question in questions]
    hits = [index.search(name, revision=1, **each, top_k=top_k, allow=allow) for each in asked]
    assert len({frozenset(hit.text for hit in each) for each in hits}) == 1, "all kinds of search see the same"
    return {hit.text for hit in hits[0]}


def test_an_open_passage_is_seen_by_all_and_a_tagged_one_by_its_groups(index: VectorIndex, name: str) -> None:
    put(index, name, [
        passage("open coal"), passage("lone coal", access="staff"),
        passage("staff coal", access=["staff", "night crew"]),
        passage("board coal", access=["board"]), passage("sealed coal", access=[]),
    ])  # fmt: skip

    assert found(index, name, NOBODY) == {"open coal"}
    assert found(index, name, STAFF) == {"open coal", "staff coal", "lone coal"}
    assert found(index, name, Filter(frozenset({"night crew", "board"}))) == {"open coal", "staff coal", "board coal"}
    assert found(index, name, Filter(frozenset({"Staff", "staf", "nobody"}))) == {"open coal"}
    assert len(found(index, name, None)) == 5, "measurement sees everything"


def test_conditions_on_metadata_hold_all_together_and_within_what_is_seen(index: VectorIndex, name: str) -> None:
    put(index, name, [
        passage("coal a", product="press", tags=["new", "blue"]), passage("coal b", product="press", tags="blue"),
        passage("coal c", product="saw=press", tags=["new"]), passage("coal d", product="press", access=["staff"]),
        passage("coal e", **{'od."d[0]\\ key=': "press", "üml": "größe"}),
    ])  # fmt: skip

    def where(*conditions: tuple[str, str], groups: frozenset[str] = frozenset()) -> set[str]:
        return found(index, name, Filter(groups, conditions))

    assert where(("product", "press")) == {"coal a", "coal b"}
    assert where(("product", "press"), groups=frozenset({"staff"})) == {"coal a", "coal b", "coal d"}
    assert where(("tags", "new"), ("tags", "blue")) == {"coal a"}
    assert where(("product", "saw=press")) == {"coal c"}
    assert where(("product=saw", "press")) == set()
    assert where(('od."d[0]\\ key=', "press")) == {"coal e"} == where(("üml", "größe"))
    assert where(("product", "pres")) == set() == where(("nothing", "press"))


def test_a_filtered_search_is_filled_up_to_top_k(index: VectorIndex, name: str) -> None:
    sealed = [passage(f"coal {n}", access=["board"]) for n in range(300)]
    seen = [passage(f"coal and ash and dust and slag {n}") for n in range(12)]
    put(index, name, sealed + seen)

    assert found(index, name, NOBODY, top_k=12) == {each.text for each in seen}


def test_what_a_reader_may_not_see_moves_no_score(index: VectorIndex, name: str) -> None:
    put(index, name, [passage("the coal lever"), passage("the brass lever"), passage("the brass lamp")])

    def seen() -> list[Any]:
        asked: dict[str, Any] = {"revision": 1, "text": "coal lever", "top_k": 5, "allow": STAFF}
        return [index.search(name, vector=each, **asked) for each in (None, vector(1))]

    before = seen()

    put(index, name, [passage(f"coal {n}", access=["board"]) for n in range(50)])

    assert seen() == before


@pytest.mark.parametrize("seed", range(5))
def test_no_engine_ever_returns_what_the_filter_does_not_let_through(index: VectorIndex, name: str, seed: int) -> None:
    drawn = np.random.default_rng(seed)
    groups = ["a", "b", "c d", "é"]

    def some() -> list[str]:
        return [g for g in groups if drawn.random() < 0.4]

    chunks: list[Chunk] = []
    for n in range(60):
        tags = {"access": some()} if drawn.random() < 0.7 else {}
        chunks.append(passage(f"coal {n}", colour=str(drawn.choice(["red", "blue"])), **tags))
    ids = put(index, name, chunks)
    put(index, name, [passage(f"later coal {n}", access=some()) for n in range(10)], born=2)
    index.retire(name, ids[:20], at=2)
    for _ in range(10):
        where = (("colour", "red"),) if drawn.random() < 0.5 else ()
        allow = Filter(frozenset(some()), where)
        expected = {each.text for each in chunks if allow.lets(each.metadata)}
        assert found(index, name, allow, top_k=100) == expected


def test_a_hidden_document_is_not_found_whatever_its_tags_say(index: VectorIndex, name: str) -> None:
    chunks = [passage(f"coal {n}") for n in range(600)]
    put(index, name, chunks)
    hidden = frozenset(each.document for each in chunks[10:])

    assert found(index, name, Filter(hidden=hidden), top_k=50) == {each.text for each in chunks[:10]}
