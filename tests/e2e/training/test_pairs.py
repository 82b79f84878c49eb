"""Retriever pairs by the real stage: real embedder, real index, Great Expectations, dvc; nothing is trained here."""

import json
from pathlib import Path

import numpy as np
import pytest

from pointsman.adapters.models.embedders.sentence_embedder import SentenceEmbedder
from pointsman.adapters.training.inputs import BaseModel, RankingExample, TrainingOptions
from pointsman.adapters.training.retriever import train_retriever
from pointsman.core.errors import UsageError
from pointsman.core.supervision.examples import is_held_out
from pointsman.core.supervision.retriever_pairs import NEAREST
from pointsman.core.training.report import TrainingReport
from pointsman.settings.params import RetrieverLora
from tests.e2e.conftest import Place
from tests.e2e.training.repro import repro
from tests.ports.models import EMBEDDER, real

SEED = 17


def test_the_stage_writes_pairs_with_negatives_that_do_not_answer(place: Place) -> None:
    repro(place, "pairs")
    rows = [json.loads(line) for line in (place.root / "build" / "pairs.jsonl").read_text().splitlines()]
    report = json.loads((place.root / "build" / "pairs.json").read_text())
    assert sum(report["pairs"].values()) == len(rows)
    assert report["pairs"].keys() == {"heading", "cloze", "probe"}
    assert report["negatives"] > len(rows) / 2
    golden = [json.loads(line) for line in (place.root / "probes" / "golden.jsonl").read_text().splitlines()]
    held_out = {row["question"] for row in golden if is_held_out(row["documents"][0], SEED)}
    assert held_out
    assert not held_out & {row["query"] for row in rows}
    assert len({row["query"] for row in rows}) == len(rows)
    for row in rows:
        for negative in row["negatives"]:
            assert negative["document"] not in row["documents"]
            assert negative["score"] <= NEAREST * row["score"] + 1e-5
    assert "Stage 'pairs' didn't change" in repro(place, "pairs")


THINGS = ("lamp", "boiler", "gate", "bench", "roof", "tower", "clock", "bridge")
NAMES = ("zorblat", "quixel", "fnordic", "wumpus", "glarch", "snarfle", "blivet", "grommick")
PAIRS = [
    (f"How do I clean a {name}?", f"The {thing} is washed monthly.") for name, thing in zip(NAMES, THINGS, strict=True)
]
HARD = [[f"The {thing} is painted yearly.", f"The {thing} is sold."][: nth % 3] for nth, thing in enumerate(THINGS)]
"""None, one or two negatives: a pair has what mining left it."""


def examples(negatives: list[list[str]]) -> list[RankingExample]:
    return [RankingExample(*pair, tuple(texts)) for pair, texts in zip(PAIRS, negatives, strict=True)]


def margin(out: Path, negatives: list[list[str]]) -> tuple[float, TrainingReport]:
    """Return how much nearer the queries are to their passages than to the hard negatives, and the report."""
    folder, id_ = real(EMBEDDER)
    lora = RetrieverLora(rank=8, alpha=16, learning_rate=2e-3, epochs=12, batch_size=8)
    report = train_retriever(
        BaseModel(folder, id_), out, examples=examples(negatives), options=TrainingOptions(lora, 17)
    )
    taught = SentenceEmbedder(folder, fingerprint=id_, adapter=out)
    query, passage = (taught.embed([pair[side] for pair in PAIRS]) for side in (0, 1))
    owners = [row for row, texts in enumerate(HARD) for _ in texts]
    against = taught.embed([text for texts in HARD for text in texts])
    return float(np.mean((query[owners] * passage[owners]).sum(1) - (query[owners] * against).sum(1))), report


def test_hard_negatives_are_turned_away(tmp_path: Path) -> None:
    (hard, with_them), (plain, without) = margin(tmp_path / "hard", HARD), margin(tmp_path / "plain", [[]] * len(PAIRS))
    assert hard > plain + 0.02
    assert with_them.tokens > without.tokens
    assert with_them.data_fingerprint != without.data_fingerprint, "no checkpoint of the one goes on for the other"


def test_an_empty_negative_is_refused(tmp_path: Path) -> None:
    base, options = BaseModel(*real(EMBEDDER)), TrainingOptions(RetrieverLora(), 1)
    with pytest.raises(UsageError, match="empty negative"):
        train_retriever(base, tmp_path / "a", examples=examples([[" "], *HARD[1:]]), options=options)
    assert not list(tmp_path.iterdir())
