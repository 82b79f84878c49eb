"""Ids come from content and from nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.hashing import DIGEST_LENGTH, ID_LENGTH, canonical, content_id, digest, stable_uuid

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), json_values))
def test_the_order_of_keys_means_nothing(value: dict[str, object]) -> None:
    assert content_id(dict(reversed(value.items()))) == content_id(value)
    assert len(content_id(value)) == ID_LENGTH


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_has_a_digest_even_one_that_is_no_unicode(text: str) -> None:
    assert len(digest(text)) == DIGEST_LENGTH
    assert stable_uuid(text) == stable_uuid(text)
    assert len(content_id([text])) == ID_LENGTH


def test_text_and_its_bytes_have_one_digest() -> None:
    assert digest("für") == digest("für".encode())


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_json_does_not_know_has_no_id(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical({"a": number})


def test_the_borders_between_parts_of_an_id_count() -> None:
    ids = [
        stable_uuid("a", "bc"),
        stable_uuid("ab", "c"),
        stable_uuid("abc"),
        stable_uuid("a", 1),
        stable_uuid("a", "1"),
    ]
    assert len(set(ids)) == len(ids)


def test_ids_are_the_same_on_every_machine_and_in_every_version() -> None:
    assert digest("pointsman") == "f24d0fff522bf9310393f319d10916ac"
    assert content_id({"b": 1, "a": ["x", None]}) == "51ea4a015bf57b32"
    assert stable_uuid("a", 1) == "f686ff09-b318-5c31-9cc9-f84453747010"
    assert canonical({"b": 1, "a": ["ü", None]}) == '{"a":["ü",null],"b":1}'
