"""The batches that a retriever is trained on."""

import numpy as np
import pytest

from pointsman.adapters.training.retriever import batches


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
