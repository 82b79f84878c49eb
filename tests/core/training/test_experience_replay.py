"""What a training starts from, and which earlier examples it repeats."""

import dataclasses
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.training.experience_replay import (
    AdapterRecipe,
    Champion,
    TrainingExample,
    behaviour_of,
    draw_replay,
    select_examples,
    why_not_continue,
)

RECIPE = AdapterRecipe(start="live", replay=0.5, base="base1", rank=16, alpha=32)
OLD = [TrainingExample(f"old{n}", "json" if n % 4 else "prose") for n in range(16)]
NEW = [TrainingExample(f"new{n}", "table") for n in range(8)]
CHAMPION = Champion("adapter1", "base1", frozenset(example.digest for example in OLD), rank=16, alpha=32)


def planned(champion: Champion | None = CHAMPION, recipe: AdapterRecipe = RECIPE, **more: Any) -> Any:
    usual: dict[str, Any] = {"examples": [*OLD, *NEW], "held_out": ["exam1"], "stale": [], "seed": 17}
    return select_examples(champion, recipe, **{**usual, **more})


def test_a_training_goes_on_from_the_live_adapter_with_the_new_and_a_draw_of_the_earlier() -> None:
    plan = planned()
    assert plan.adapter == "adapter1"
    assert set(range(16, 24)) < set(plan.selected)
    assert len(plan.replayed) == 4
    assert set(plan.selected) == {*range(16, 24), *plan.replayed}
    assert list(plan.selected) == sorted(plan.selected)
    assert plan.as_json() == {
        "start": "live", "continues": "adapter1", "examples": 12, "replayed": 4,
        "start_because": "8 examples are new to the live adapter adapter1",
    }  # fmt: skip


def test_every_behaviour_is_met_in_its_proportion() -> None:
    assert Counter(OLD[n].behaviour for n in planned().replayed) == {"json": 3, "prose": 1}


def test_a_rare_behaviour_is_met_even_where_the_share_is_small() -> None:
    examples = [*(TrainingExample(f"a{n}", "common") for n in range(50)), TrainingExample("b", "rare")]
    found = draw_replay(examples, range(51), new=10, share=0.01, seed=1)
    assert Counter(examples[n].behaviour for n in found) == {"common": 1, "rare": 1}


def test_tags_that_are_all_different_do_not_repeat_everything() -> None:
    examples = [TrainingExample(f"a{n}", f"author {n}") for n in range(100)]
    assert len(draw_replay(examples, range(100), new=10, share=0.5, seed=1)) == 10


def test_no_replay_repeats_nothing() -> None:
    plan = planned(recipe=dataclasses.replace(RECIPE, replay=0.0))
    assert (plan.adapter, plan.replayed, plan.selected) == ("adapter1", (), tuple(range(16, 24)))


def test_more_than_there_is_repeats_all_there_is() -> None:
    assert planned(recipe=dataclasses.replace(RECIPE, replay=100.0)).selected == tuple(range(24))


def test_the_draw_depends_on_the_seed_and_not_on_the_order() -> None:
    first, again, other = planned(), planned(), planned(seed=18)
    assert first == again
    assert first.replayed != other.replayed
    examples = [*NEW, *OLD[::-1]]
    turned = planned(examples=examples)
    assert {examples[n].digest for n in turned.selected} == {[*OLD, *NEW][n].digest for n in first.selected}


@pytest.mark.parametrize(
    ("changed", "because"),
    [
        ({"base": "base2"}, "was trained on base base2 and the base is base1"),
        ({"tainted": ("req7",)}, "learned from a forgotten document (req7)"),
        ({"rank": 8}, "has rank 8, alpha 32 and params.yaml asks for rank 16, alpha 32"),
        ({"alpha": 16}, "has rank 16, alpha 16 and params.yaml asks for rank 16, alpha 32"),
        ({"rank": None}, "were not recorded"),
    ],
)
def test_an_adapter_that_cannot_be_continued_means_the_base_with_all_examples(
    changed: dict[str, Any], because: str
) -> None:
    plan = planned(dataclasses.replace(CHAMPION, **changed))
    assert (plan.adapter, plan.replayed, plan.selected) == (None, (), tuple(range(24)))
    assert because in plan.because


def test_an_adapter_that_learned_stale_examples_is_never_continued() -> None:
    plan = planned(stale=["gone", "elsewhere"])
    assert plan.adapter == "adapter1", "what it never learned does not taint it"
    knows = dataclasses.replace(CHAMPION, learned=CHAMPION.learned | {"gone"})
    plan = planned(knows, stale=["gone", "elsewhere"])
    assert plan.adapter is None
    assert "tainted: 1 of the examples it learned are stale" in plan.because


def test_an_adapter_that_learned_a_held_out_example_is_not_continued() -> None:
    plan = planned(held_out=["exam1", "old3"])
    assert plan.adapter is None
    assert "1 of the held-out examples" in plan.because


def test_where_nothing_is_new_the_training_begins_on_the_base() -> None:
    plan = planned(examples=OLD)
    assert (plan.adapter, len(plan.selected)) == (None, 16)
    assert "has learned all 16 training examples" in plan.because


def test_start_base_asks_nothing_of_the_live_adapter() -> None:
    base = dataclasses.replace(RECIPE, start="base")
    assert planned(recipe=base).because == "generator.lora.start is base"
    assert why_not_continue(None, RECIPE) == "the live generator has no adapter"


def test_a_champion_is_what_it_was_written_down_as() -> None:
    champion = dataclasses.replace(CHAMPION, tainted=("a", "b"))
    assert Champion.from_json(champion.as_json()) == champion


def test_a_behaviour_is_tags_and_keys() -> None:
    cited = '{"answer": "x", "citations": []}'
    assert behaviour_of(cited, ["b", "a"]) == behaviour_of('{"citations": ["y"], "answer": ""}', ["a", "b", "a"])
    assert (
        len(
            {
                behaviour_of(cited, []),
                behaviour_of(cited, ["a"]),
                behaviour_of("Prose.", []),
                behaviour_of('{"answer": ""}', []),
            }
        )
        == 4
    )


@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 20), st.floats(0, 3), st.integers(0, 5))
def test_a_draw_is_of_its_size_without_repeats_and_meets_what_it_can(
    forms: list[int], new: int, share: float, seed: int
) -> None:
    examples = [TrainingExample(f"d{n}", str(form)) for n, form in enumerate(forms)]
    found = draw_replay(examples, range(len(examples)), new=new, share=share, seed=seed)
    strata = set(forms)
    assert len(found) == len(set(found)) <= len(forms)
    if share == 0:
        assert found == []
    else:
        assert len(found) >= min(len(forms), share * new)
        assert len(found) <= max(share * new + 1, min(len(strata), new))
        assert len({forms[n] for n in found}) == min(len(strata), len(found))
