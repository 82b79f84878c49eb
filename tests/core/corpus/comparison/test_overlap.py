"""How much of a text is still in a later one: the estimate is near the truth, in any script, and reads its own form."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.corpus.comparison.overlap import ShingleSample

WORDS = [f"word{n}" for n in range(3000)]


def words(chance: random.Random, n: int) -> list[str]:
    return [chance.choice(WORDS) for _ in range(n)]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("length", [60, 400])
def test_the_lost_share_of_many_texts_is_near_the_truth(share: float, length: int) -> None:
    found = []
    for seed in range(40):
        chance = random.Random(seed)
        before = words(chance, length)
        kept = round(length * (1 - share))
        after = before[:kept] + words(chance, length - kept)
        found.append(ShingleSample.of(" ".join(before)).lost(ShingleSample.of(" ".join(after))))
    assert sum(found) / len(found) == pytest.approx(share, abs=0.06)


def test_half_of_a_text_gone_is_half_lost_and_growth_loses_little() -> None:
    chance = random.Random(7)
    text = words(chance, 600)
    whole, half = ShingleSample.of(" ".join(text)), ShingleSample.of(" ".join(text[:300]))
    assert whole.lost(half) == pytest.approx(0.5, abs=0.12)
    assert half.lost(whole) < 0.25


def test_words_in_another_order_are_another_text() -> None:
    text = words(random.Random(3), 200)
    assert ShingleSample.of(" ".join(text)).lost(ShingleSample.of(" ".join(reversed(text)))) > 0.9


def test_a_script_without_spaces_is_compared_by_its_characters() -> None:
    before = "列車は毎朝六時に駅を出て海沿いの町を通り昼前に終点へ着きます" * 1
    after = before.replace("六時", "七時")
    assert ShingleSample.of(before).lost(ShingleSample.of(after)) < 0.4
    assert ShingleSample.of(before).lost(ShingleSample.of("図書館の本は二週間借りることができ延長は一度だけです")) > 0.8


@given(st.text(max_size=200))
def test_a_sample_survives_its_stored_form(text: str) -> None:
    sample = ShingleSample.of(text)
    assert ShingleSample.from_text(sample.as_text()) == sample
    assert sample.lost(sample) == 0


@pytest.mark.parametrize("damaged", ["", "AAAA", "not base 64!", None, "A" * 400])
def test_a_damaged_sample_is_none(damaged: object) -> None:
    assert ShingleSample.from_text(damaged) is None
