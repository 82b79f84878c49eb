"""The retriever's loss with hard negatives: further columns of a pair's own row, and of no other."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pointsman.adapters.training.inputs import RankingExample, TrainingOptions
from pointsman.adapters.training.retriever import (
    SCALE,
    _batched,
    _loss,
    _mean_loss,
    _refuse_empty_texts,
    _split,
    _step,
)
from pointsman.core.errors import UsageError
from pointsman.settings.params import RetrieverLora

PAIRS = [("north", "south"), ("east", "west"), ("up", "down")]


def with_negatives(pairs: list[tuple[str, str]], negatives: list[list[str]]) -> list[RankingExample]:
    return [RankingExample(*pair, tuple(texts)) for pair, texts in zip(pairs, negatives, strict=True)]


class Letters:
    """An encoder that is a table: one vector of four numbers for each text, which can learn."""

    def __init__(self) -> None:
        import torch

        torch.manual_seed(3)
        texts = [*(text for pair in PAIRS for text in pair), "left", "right", "inside"]
        self._rows = {text: row for row, text in enumerate(texts)}
        self.table = torch.randn(len(texts), 4, requires_grad=True)

    def preprocess(self, texts: list[str]) -> dict[str, Any]:
        import torch

        rows = torch.tensor([self._rows[text] for text in texts])
        return {"rows": rows, "attention_mask": torch.ones_like(rows)}

    def __call__(self, features: dict[str, Any]) -> dict[str, Any]:
        return {"sentence_embedding": self.table[features["rows"].to(self.table.device)]}

    def unit(self, text: str) -> Any:
        row = self.table[self._rows[text]]
        return row / row.norm()


def by_hand(model: Letters, hard: list[list[str]]) -> float:
    """Return the loss, row by row."""
    import torch

    rows = []
    for nth, (query, passage) in enumerate(PAIRS):
        against = [other for _, other in PAIRS] + hard[nth]
        scores = torch.stack([SCALE * model.unit(query) @ model.unit(text) for text in against])
        assert against[nth] == passage
        rows.append(torch.logsumexp(scores, 0) - scores[nth])
    return float(torch.stack(rows).sum())


@pytest.mark.parametrize(
    "hard", [[[], [], []], [["left"], [], []], [["left"], ["right", "inside"], []], [["left"], ["right"], ["inside"]]]
)
def test_the_loss_is_that_of_each_row_by_hand(hard: list[list[str]]) -> None:
    model, rows = Letters(), tuple(with_negatives(PAIRS, hard))
    loss = _loss(model, rows)
    assert float(loss) == pytest.approx(by_hand(model, hard), rel=1e-4)
    assert _mean_loss(model, [rows, rows]) == pytest.approx(by_hand(model, hard) / 3, rel=1e-4)
    step = _step(model, rows)
    assert (step.batches, step.tokens, step.weight) == ((rows,), 6 + sum(map(len, hard)), 3)
    loss.backward()
    assert bool(model.table.grad.isfinite().all())


def test_negatives_follow_their_pairs_to_both_sides_and_into_every_batch() -> None:
    pairs = [(f"question {n}", f"passage {n}") for n in range(20)]
    rows = with_negatives(pairs, [[f"against {n}"] * (n % 3) for n in range(20)])
    lora = RetrieverLora(patience=1, evaluate_share=0.25)
    training, validation = _split(rows, TrainingOptions(lora, 3))
    assert set(training) | set(validation) == set(rows)
    assert (len(training), len(validation)) == (15, 5)
    assert _split(rows, TrainingOptions(replace(lora, patience=0), 3)) == (rows, [])
    for side in (training, validation):
        found = [row for batch in _batched(side, 4, np.random.default_rng(3)) for row in batch]
        assert set(found) <= set(rows)
        assert len(found) > len(side) - 2


def test_a_pair_whose_negatives_are_those_of_another_is_still_in_its_batch() -> None:
    rows = with_negatives(PAIRS, [["left"], ["left"], []])
    assert [len(batch) for batch in _batched(rows, 3, np.random.default_rng(3))] == [3]


def test_empty_texts_are_refused_by_their_number() -> None:
    _refuse_empty_texts(with_negatives(PAIRS, [["left"], [], []]))
    with pytest.raises(UsageError, match=r"\[1\] of 3 have an empty negative"):
        _refuse_empty_texts(with_negatives(PAIRS, [[], ["left", " "], []]))
    with pytest.raises(UsageError, match=r"\[0\] of 1 have an empty query or passage"):
        _refuse_empty_texts([RankingExample("question", "\n")])
