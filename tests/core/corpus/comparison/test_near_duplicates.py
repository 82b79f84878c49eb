"""Near copies are found by their sketches, equal texts are none, and work grows with the number of documents."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.minhash import sketch
from pointsman.core.corpus.comparison.near_duplicates import (
    NEIGHBOURS,
    SHINGLE,
    SIZE,
    largest_group,
    most_similar,
    near_copies,
    similarity_of,
)

WORDS = [f"word{n}" for n in range(400)]


def sketched(text: str) -> bytes:
    return base64.b64decode(sketch(text))


def jaccard(one: str, two: str) -> float:
    sides = [{tuple(t.split()[i : i + SHINGLE]) for i in range(len(t.split()) - SHINGLE + 1)} for t in (one, two)]
    return len(sides[0] & sides[1]) / len(sides[0] | sides[1])


def test_a_sketch_is_64_bytes_and_the_same_in_every_run() -> None:
    assert len(sketched("The quick brown fox.")) == SIZE == 64
    assert sketch("The quick brown fox.") == sketch("the  QUICK brown\nfox.")
    for text in ("", "one", "\ud800 broken"):
        assert len(sketched(text)) == SIZE


@pytest.mark.parametrize("changed", [0, 5, 20, 60, 200])
def test_equal_bytes_estimate_the_share_of_shingles_in_common(changed: int) -> None:
    one = " ".join(WORDS)
    two = " ".join([*WORDS[: 400 - changed], *(f"other{n}" for n in range(changed))])
    estimate = float(np.mean([a == b for a, b in zip(sketched(one), sketched(two), strict=True)]))
    assert estimate == pytest.approx(jaccard(one, two), abs=0.15)


def test_texts_that_differ_in_a_word_are_near_and_other_texts_are_not() -> None:
    flood = {f"t{n}": sketched(" ".join([*WORDS[:100], f"number{n}"])) for n in range(12)}
    other = {"o": sketched(" ".join(WORDS[200:300]))}
    assert near_copies({**flood, **other}, {}, 0.8) == flood.keys()
    one = {"t0": flood["t0"]}
    assert near_copies(one, {"t1": flood["t1"]}, 0.8) == {"t0"}
    assert near_copies(one, other, 0.8) == frozenset()


def test_the_same_text_twice_is_one_text_and_no_near_copy() -> None:
    raw = sketched(" ".join(WORDS))
    assert near_copies({"t": raw}, {"t": raw}, 0.8) == frozenset()
    assert near_copies({"t": raw}, {}, 0.8) == near_copies({}, {"t": raw}, 0.8) == frozenset()


@pytest.mark.parametrize(("equal", "near"), [(52, True), (51, False)])
def test_similarity_counts_from_its_limit_on(equal: int, near: bool) -> None:
    one = bytes(range(64))
    two = bytes([*range(equal), *(n + 100 for n in range(equal, 64))])
    assert bool(near_copies({"a": one}, {"b": two}, 52 / 64)) is near


@given(st.integers(2, 60), st.integers(0, 200), st.integers(0, 2**31))
def test_a_flood_among_strangers_is_found_whole(flood: int, strangers: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    base = draw.integers(0, 256, SIZE, dtype=np.uint8)
    fresh = {}
    for n in range(flood):
        row = base.copy()
        row[draw.integers(0, SIZE)] = n
        fresh[f"f{n}"] = row.tobytes()
    others = {f"s{n}": draw.integers(0, 256, SIZE, dtype=np.uint8).tobytes() for n in range(strangers)}
    assert near_copies(fresh, others, 0.8) == fresh.keys()
    assert NEIGHBOURS < 60, "so that some floods are larger than what each is compared with"


def test_twenty_thousand_documents_are_compared_at_once_and_not_pair_by_pair() -> None:
    draw = np.random.default_rng(3)
    fresh = {f"f{n}": draw.integers(0, 256, SIZE, dtype=np.uint8).tobytes() for n in range(10_000)}
    others = {f"o{n}": draw.integers(0, 256, SIZE, dtype=np.uint8).tobytes() for n in range(10_000)}
    assert near_copies(fresh, others, 0.8) == frozenset()


def test_the_largest_group_is_found_through_its_members_and_equal_texts_are_of_it() -> None:
    first = {f"a{n}": sketched(" ".join([*WORDS[:60], f"number{n}"])) for n in range(3)}
    second = {f"b{n}": sketched(" ".join([*WORDS[100 : 160 + n], "end"])) for n in range(5)}
    other = {"c": sketched(" ".join(WORDS[200:260]))}
    assert largest_group({**other, **first, **second}, 0.5) == tuple(sorted(second))
    assert largest_group({**first, "a9": first["a0"]}, 0.5) == ("a0", "a1", "a2", "a9")
    assert largest_group(other, 0.5) == ("c",)
    assert largest_group({}, 0.5) == ()


@pytest.mark.parametrize(("equal", "together"), [(32, 2), (31, 1)])
def test_a_group_holds_together_from_its_limit_on(equal: int, together: int) -> None:
    one = bytes(range(64))
    two = bytes([*range(equal), *(n + 100 for n in range(equal, 64))])
    assert len(largest_group({"a": one, "b": two}, 0.5)) == together


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.binary(min_size=SIZE, max_size=SIZE), max_size=9))
def test_a_group_is_the_same_in_any_order_and_grows_with_a_copy(sketches: dict[str, bytes]) -> None:
    group = largest_group(sketches, 0.5)
    assert largest_group(dict(reversed(sketches.items())), 0.5) == group
    assert set(group) <= sketches.keys()
    if group:
        more = {**sketches, f"{max(sketches)}~": sketches[group[0]]}
        assert len(largest_group(more, 0.5)) == len(group) + 1


@pytest.mark.parametrize("each_with_each", [0, 10**6])
def test_the_most_similar_are_named_from_the_limit_on(monkeypatch: pytest.MonkeyPatch, each_with_each: int) -> None:
    monkeypatch.setattr("pointsman.core.corpus.comparison.near_duplicates.EACH_WITH_EACH", each_with_each)
    one, far = bytes(range(64)), bytes(n + 100 for n in range(64))
    near, nearer = (bytes([*range(equal), *(n + 100 for n in range(equal, 64))]) for equal in (52, 60))
    others = {"b": near, "c": nearer, "d": far, "a": one}
    assert most_similar({"a": one}, others, 52 / 64, most=4) == {"a": ["c", "b"]}
    assert most_similar({"a": one}, others, 52 / 64, most=1) == {"a": ["c"]}
    assert most_similar({"a": one}, {"b": near}, 53 / 64, most=4) == {}
    assert most_similar({"a": one}, {}, 0.1, most=4) == most_similar({}, {"b": one}, 0.1, most=4) == {}


def test_the_similarity_of_two_texts_is_that_of_their_shingles() -> None:
    assert similarity_of("a b c d", "A b\nc  d") == 1.0
    assert similarity_of("a b c d", "a b c e") == pytest.approx(1 / 3)
    assert similarity_of("", "a") == 0.0
