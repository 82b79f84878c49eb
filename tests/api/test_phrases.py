"""Ids, times and counts as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from pointsman.api.phrases import ago, counted, short, shortened, times_ago

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
ID = "3fa9c1d2e4b5a697"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "just now"), (9, "just now"), (10, "10 seconds ago"), (59, "59 seconds ago"), (60, "1 minute ago"),
        (180, "3 minutes ago"), (3599, "59 minutes ago"), (3600, "1 hour ago"), (86399, "23 hours ago"),
        (86400, "1 day ago"), (86400 * 30 - 1, "29 days ago"), (86400 * 30, "2026-10-31"), (-3600, "2026-11-30"),
    ],
)  # fmt: skip
def test_a_time_is_said_as_people_say_it(seconds: int, said: str) -> None:
    assert ago((NOW - timedelta(seconds=seconds)).isoformat(timespec="seconds"), NOW) == said


def test_times_in_a_sentence_are_said_as_people_say_them() -> None:
    line = "release 3fa9 went live at 2026-11-30T11:57:00+00:00 (promote)"
    assert times_ago(line, NOW) == "release 3fa9 went live 3 minutes ago (promote)"


def test_no_time_and_no_id_are_a_dash() -> None:
    assert (ago(None), short(None)) == ("-", "-")


def test_an_id_has_eight_characters_everywhere() -> None:
    assert (short(ID), short(f"c-{ID}")) == ("3fa9c1d2", "c-3fa9c1d2")
    assert shortened(f"release {ID} of {ID * 2}; pointsman approve {ID}") == (
        "release 3fa9c1d2 of 3fa9c1d2; pointsman approve 3fa9c1d2"
    )


@pytest.mark.parametrize("text", ["card 4111111111111111 is", "3fa9c1d2e4b5a69", "word-3fa9c1d2e4b5a697f", "deadbeef"])
def test_what_is_no_id_is_left_whole(text: str) -> None:
    assert shortened(text) == text


def test_counts_are_words_with_the_right_number() -> None:
    counts = {"added": 2, "removed": 0, "unchanged": 1, "examples_added": 1, "points_added": 3}
    assert counted(counts) == "2 documents added, 1 document unchanged, 1 example added, 3 points added"
    assert counted({"added": 0}) == "nothing"
