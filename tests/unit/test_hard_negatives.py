"""The retriever's loss with hard negatives: further columns of a pair's own row, and of no other."""

from typing import Any

import pytest

from pointsman.adapters.retriever_training import SCALE, _loss

PAIRS = [("north", "south"), ("east", "west"), ("up", "down")]


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
    return float(torch.stack(rows).mean())


@pytest.mark.parametrize(
    "hard", [[[], [], []], [["left"], [], []], [["left"], ["right", "inside"], []], [["left"], ["right"], ["inside"]]]
)
def test_the_loss_is_that_of_each_row_by_hand(hard: list[list[str]]) -> None:
    model, tokens = Letters(), [0]
    loss = _loss(model, PAIRS, tokens, hard)
    assert float(loss) == pytest.approx(by_hand(model, hard), rel=1e-4)
    assert tokens[0] == 6 + sum(map(len, hard))
    loss.backward()
    assert bool(model.table.grad.isfinite().all())


def test_without_negatives_the_loss_is_what_it_was() -> None:
    model = Letters()
    assert float(_loss(model, PAIRS, [0])) == float(_loss(model, PAIRS, [0], [(), (), ()]))
