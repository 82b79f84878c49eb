"""(b) Words that the embedder does not know: a retriever adapter learns them, and forgets nothing of what it knew.

Old content is Flask's documentation with the demo's 156 questions, none of which the workspace has as a probe. New
content are the notices of ``slang``. The product indexes both, draws pairs, trains, embeds anew and rules; recall@5 is
measured by its own retrieval, dense and BM25 fused, on both indexes.

The training is asked for here and not left to the policy (``retrieval_gap: 1``): the policy measures a gap by sentences
of the new documents, and these do not know the words in which people ask.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.proofs.place import ROOT, Place, Told
from bench.proofs.slang import Slang, slang
from bench.proofs.verdict import Goal, Verdict
from pointsman.core.examples import Example
from pointsman.core.probes import Probe, derive
from pointsman.core.release import Index, Model
from pointsman.core.signals import paired, proportion

FLASK = ROOT / ".demo" / "flask" / "3.1.2"
SEED = 17
CONFIDENCE = 0.95
K = 5
OWN = 150
"""Sentences of notices that are asked."""
MIN_LIFT, MAX_LOSS = 0.15, 0.02
LORA = {
    "rank": 16, "alpha": 32, "learning_rate": 1.0e-3, "epochs": 2, "batch_size": 16, "max_pairs": 128, "negatives": 0,
}  # fmt: skip
SIDES = ("new", "old", "own")
"""Questions in new words, questions on old content, and sentences of the notices themselves (derived probes)."""


def prove(*, smoke: bool = False) -> Verdict:
    """Return what the adapter gains on held-out questions in new words, and loses on old ones.

    Args:
        smoke: a small corpus and a short training, to see that all parts fit; proves nothing.

    Raises:
        SystemExit: Flask's documentation is not there.
    """
    if not FLASK.is_dir():
        raise SystemExit(f"{FLASK} is not there; run `make corpora` first")
    told = slang(SEED, parts=4, faults=5) if smoke else slang(SEED)
    lora = {**LORA, "epochs": 1, "max_pairs": 32} if smoke else LORA
    old = dict(list(_flask().items())[:6]) if smoke else _flask()
    place = Place("vocabulary", {"told": asdict(told), "old": old, "lora": lora, "k": K, "seed": SEED})
    place.step("indexed", lambda: _indexed(place, lora, old))
    came = place.step("new content", lambda: _new_content(place, told))
    trained = place.step("trained", lambda: _trained(place, told, old))
    return judged(place, told, came, trained)


def _flask() -> dict[str, str]:
    files = sorted(FLASK.rglob("*.rst"))
    return {f"flask/{f.relative_to(FLASK).as_posix()}": f.read_text(encoding="utf-8") for f in files}


def control(documents: Mapping[str, str]) -> list[Probe]:
    """Return every question that the demo asks of Flask's documents, as far as they are there."""
    demo = ROOT / "demo"
    rows = [Probe.from_json(row) for row in _rows(demo / "probes" / "golden.jsonl")]
    taught = [Example.from_json(row) for row in _rows(demo / "examples" / "json_citations.jsonl")]
    rows += [Probe(example.id, example.question, example.cites) for example in taught]
    placed = [Probe(p.id, p.question, tuple(f"flask/{d}" for d in p.documents)) for p in rows]
    return [probe for probe in placed if set(probe.documents) <= documents.keys()]


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _indexed(place: Place, lora: Mapping[str, Any], old: Mapping[str, str]) -> Told:
    params: dict[str, Any] = {"lora": dict(lora), "top_k": K}
    place.set_params(retriever=params, policy={"retrieval_gap": 1.0})
    place.documents(old)
    return {"report": place.refresh()}


def _new_content(place: Place, told: Slang) -> Told:
    """Let the notices come, with the questions that people have answered so far: those of the training side."""
    place.documents(told.documents)
    place.lines("probes", "slang", [_line(probe) for probe in told.training])
    report = place.refresh()
    return {key: report[key] for key in ("decision", "gates", "changes", "work")}


def _line(probe: Probe) -> dict[str, Any]:
    return {"id": probe.id, "question": probe.question, "documents": list(probe.documents), "tags": list(probe.tags)}


def _trained(place: Place, told: Slang, old: Mapping[str, str]) -> Told:
    """Train by the product's step on the product's pairs, and ask both indexes everything."""
    from flows.wiring import open_desk
    from pointsman.steps.acting import train_retriever
    from pointsman.steps.assessing import Assessment, hits_of
    from pointsman.steps.migrating import target_of
    from pointsman.steps.preparing import prepare
    from pointsman.steps.releases import live_release
    from pointsman.steps.situation import survey
    from pointsman.steps.staging import Staged

    with open_desk(place.root) as desk:
        situation, live = survey(desk), live_release(desk.ledger)
        assert live is not None  # noqa: S101 - two refreshes were promoted before
        notices = desk.index.wanted(
            live.index.collection, revision=live.index.revision, documents=told.documents.keys()
        )
        asked = dict(zip(SIDES, (told.held_out, control(old), derive(notices, seed=SEED, at_most=OWN)), strict=True))
        now = Staged(prepare(desk, target_of(situation)), 0, 0, 0)
        assessed = Assessment(derived_new=tuple(asked["new"]), derived_control=tuple(asked["old"]))
        done = train_retriever(desk, situation, assessed, now)
        assert done.staged is not None  # noqa: S101 - a retriever comes with its collection
        sides: dict[str, tuple[Index, Model]] = {
            "before": (live.index, live.embedder),
            "after": (done.staged.index, done.model),
        }
        hits = {
            f"{side}.{when}.{how}": hits_of(desk, at, desk.models.embedder(model), asked[side], dense_only=dense)
            for when, (at, model) in sides.items()
            for how, dense in (("fused", False), ("dense", True))
            for side in SIDES
        }
    pairs = _rows(place.root / "build" / "pairs.jsonl")
    return {
        "hits": hits, "ruling": done.ruling.as_json(), "pairs": _counted(pairs),
        "learned": sorted({d for pair in pairs for d in pair["documents"]}), "queries": [p["query"] for p in pairs],
        "training": {k: done.report[k] for k in ("tokens", "seconds", "steps", "tokens_per_second", "pairs")},
    }  # fmt: skip


def _counted(pairs: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    kinds = [str(pair["kind"]) for pair in pairs]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def judged(place: Place, told: Slang, came: Told, trained: Told) -> Verdict:
    """Hold both sides against their limits.

    The gain is measured on those held-out questions whose document gave no training pair of any kind, not even a
    sentence of its own: the strict side.
    """
    learned, hits = set(trained["learned"]), trained["hits"]
    asked = {query.casefold() for query in trained["queries"]}
    leaked = [probe.id for probe in told.held_out if probe.question.casefold() in asked]
    strict = [n for n, probe in enumerate(told.held_out) if learned.isdisjoint(probe.documents)]
    return Verdict(
        "b",
        "a retriever adapter learns words that the embedder does not know, and loses nothing",
        goals=[
            Goal(_change("recall@5 on new words, after minus before", hits, "new", "fused", strict), MIN_LIFT),
            Goal(_change("recall@5 on old questions, after minus before", hits, "old", "fused"), -MAX_LOSS),
        ],
        seconds=place.seconds,
        measures=[
            *(_share(hits, side, when, how, strict if side == "new" else None)
              for side in SIDES for how in ("fused", "dense") for when in ("before", "after")),
            _change("all held-out: recall@5 on new words, after minus before", hits, "new", "fused"),
            _change("dense alone: recall@5 on old questions, after minus before", hits, "old", "dense"),
        ],
        facts={
            "split": "by document (core.examples.is_held_out, seed 17): a held-out question asks for a part and a "
            "fault that no training question asks for together; the first goal counts only those whose document gave "
            "no training pair of any kind",
            "held_out": len(told.held_out), "held_out_without_any_pair": len(strict), "held_out_in_training": leaked,
            "pairs": trained["pairs"], "training": trained["training"], "lora": LORA, "ruling": trained["ruling"],
            "decided_on_arrival": came["decision"],
        },
    )  # fmt: skip


def _change(name: str, hits: Mapping[str, Sequence[bool]], side: str, how: str, at: Sequence[int] | None = None) -> Any:
    before, after = (_at(hits[f"{side}.{when}.{how}"], at) for when in ("before", "after"))
    deltas = [float(b) - float(a) for a, b in zip(before, after, strict=True)]
    return paired(name, deltas, CONFIDENCE, unit="recall@5, -1..1", seed=SEED)


def _share(hits: Mapping[str, Sequence[bool]], side: str, when: str, how: str, at: Sequence[int] | None) -> Any:
    return proportion(f"{side} questions, {how}, {when}", _at(hits[f"{side}.{when}.{how}"], at), CONFIDENCE, "recall@5")


def _at(hits: Sequence[bool], places: Sequence[int] | None) -> list[bool]:
    return list(hits) if places is None else [hits[n] for n in places]
