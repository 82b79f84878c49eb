"""Questions in invented words, by the real embedder and the real index: golden probes see what sentences do not."""

import json
from collections.abc import Mapping
from typing import Any

from bench.finetuning.notices import Notices, notices
from tests.e2e.conftest import Place

TOLD: Notices = notices(17, parts=5, faults=6)


def arrive(place: Place) -> Mapping[str, Any]:
    """Let notices in plain words come, with held-out questions in other words; return what the refresh printed."""
    for document, text in TOLD.documents.items():
        path = place.documents / document
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    rows = [{"id": p.id, "question": p.question, "documents": list(p.documents)} for p in TOLD.held_out]
    (place.root / "probes" / "slang.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return place.json("refresh")


def test_questions_in_words_of_no_document_argue_for_a_retriever_by_real_parts(place: Place) -> None:
    place.set_params(policy={"min_probes": 3}, budget={"train_seconds": 1.0})
    decision = arrive(place)["decision"]
    told = {reason["signal"]: reason for reason in decision["reasons"]}
    assert told["residual.retrieval.gap"]["margin"] < 0, "sentences of the notices are found"
    assert told["residual.retrieval.asked"]["margin"] > 0
    assert (decision["index"], decision["train"]) == ("update", [])
    assert "retriever: waits until budget.train_seconds" in decision["debt"][0]
    assert place.json("explain")["replays"]
