"""Search quality with the real parts: the bench on a tiny BEIR folder, access tags and the reranker in a workspace."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import ROOT, Place

BEIR = Path(__file__).parent / "beir"
ARMS = ("dense", "bm25", "hybrid", "rerank")


def bench(source: Path, work: Path, *words: str) -> tuple[dict[str, object], str]:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "bench.quality.retrieval",
            str(source),
            "--work",
            str(work),
            "--results",
            str(work),
            *words,
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    [result] = [json.loads(file.read_text()) for file in work.glob("retrieval-*.json")]
    return result, done.stdout


def test_the_bench_measures_every_arm_on_a_beir_folder_and_embeds_once(tmp_path: Path) -> None:
    result, printed = bench(BEIR, tmp_path, "--arms", ",".join(ARMS))

    assert (result["queries"], result["documents"], result["points"], result["refused"]) == (7, 8, 8, 0)
    arms = result["arms"]
    assert isinstance(arms, dict)
    assert tuple(arms) == ARMS
    for arm in ARMS:
        assert 0.5 < arms[arm]["nDCG@10"] <= 1, (arm, arms)
        assert arms[arm]["R@100"] <= 1
    assert arms["bm25"]["R@100"] < 1, "no word of its own finds the scales: the arms do differ"
    assert arms["dense"]["R@10"] == arms["hybrid"]["R@10"] == arms["rerank"]["R@10"] == 1
    assert len({arms[arm]["top_score"] for arm in ARMS}) == len(ARMS), "each arm has scores of its own"
    assert result["reranker"] == "bundled:ms-marco-minilm over 50"
    assert "8 texts embedded" in printed

    again, printed = bench(BEIR, tmp_path, "--arms", "dense,bm25,hybrid")
    assert "built in" in printed
    assert " 0 texts embedded" in printed
    assert {arm: row["nDCG@10"] for arm, row in again["arms"].items()} == {  # type: ignore[attr-defined]
        arm: arms[arm]["nDCG@10"] for arm in ("dense", "bm25", "hybrid")
    }


def test_access_tags_and_a_reranker_take_effect_with_their_release(place: Place) -> None:
    document = place.documents / "guide" / "getting-started.md"
    question = "How much disk space is needed to install Semaphore Yard?"
    text = document.read_text(encoding="utf-8")
    body = text.split("---\n", 2)[2] if text.startswith("---\n") else text
    document.write_text(f"---\naccess: [staff, board]\nproduct: yard\n---\n{body}", encoding="utf-8")
    (place.documents / "slip.md").write_text("---\nacess: [staff]\n---\n# Slip\n\nThe zorblax is kept in the safe.\n")
    place.set_params(retriever={"rerank": {"model": "bundled:ms-marco-minilm", "candidates": 10}})

    report = place.json("refresh")

    assert report["gate"] == "promote", report["gates"]
    assert report["decision"]["index"] == "patch"
    assert report["work"]["chunks_embedded"] == 0
    assert "retriever.rerank" in {reason["signal"] for reason in report["decision"]["reasons"]}
    assert report["changes"]["quarantined"] == 1

    def found(*words: str) -> list[str]:
        return [hit["document"] for hit in place.json("search", question, *words)["hits"]]

    sealed = "guide/getting-started.md"
    assert found("--as", "staff")[0] == found("--as", "visitors", "--as", "board")[0] == sealed
    assert sealed not in [*found("--top-k", "500"), *found("--as", "visitors", "--top-k", "500")]
    assert set(found("--as", "staff", "--where", "product=yard")) == {sealed}
    scores = [hit["score"] for hit in place.json("search", question, "--as", "staff")["hits"]]
    assert min(scores) < 0, "logits of the cross-encoder: a fused score is above 0"
    assert found("--where", "product=yard") == []
    assert "slip.md" not in found("--as", "staff", "--top-k", "500")
    answer = place.json("ask", question)
    assert sealed not in {*answer["citations"], *(hit["document"] for hit in answer["context"])}
    nothing = place.json("ask", question, "--where", "product=yard")
    assert (nothing["citations"], nothing["context"]) == ([], [])
    assert "condition" in place.run("search", question, "--where", "product", expect=2).stderr
