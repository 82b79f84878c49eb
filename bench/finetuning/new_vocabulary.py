"""(b) Words that the embedder does not know: the policy has a retriever learn them, and it forgets nothing.

Old content is Flask's documentation, new content are the notices of ``notices``. In the workspace are, as golden probes,
those of the demo's 156 questions on Flask whose document is held out by the product's split (27), every question of the
training side on notices, and 40 held-out ones. The limits are the product's own. The refresh that finds the notices
decides, draws pairs, trains, embeds anew, rules and releases by itself.

Measured is recall@5 by the product's retrieval, dense and BM25 fused, on questions that the workspace does not have:
the held-out ones on notices but those 40, and the other 129 on Flask. *Before* is the same corpus embedded without the
adapter.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.finetuning.notices import Notices, notices
from bench.finetuning.verdict import Goal, ProofResult, yes
from bench.finetuning.workspace import REFUSED, ROOT, ProofWorkspace, StepResult
from pointsman.core.evaluation.statistics import paired, proportion
from pointsman.core.release import Index, Model
from pointsman.core.supervision.examples import Example, is_held_out
from pointsman.core.supervision.probes import Probe, derive

FLASK = ROOT / ".demo" / "flask" / "3.1.2"
SEED = 17
CONFIDENCE = 0.95
K = 5
OWN = 150
"""Sentences of notices that are asked."""
JUDGING = 40
"""Held-out questions on notices that the workspace has, for the policy and its gate."""
FEW = frozenset(f"flask/{name}.rst" for name in ("quickstart", "reqcontext", "tutorial/database", "cli", "signals"))
"""Documents of Flask that are enough to see that all parts fit."""
MIN_LIFT, MAX_LOSS = 0.15, 0.02
LORA = {
    "rank": 16, "alpha": 32, "learning_rate": 1.0e-3, "epochs": 2, "batch_size": 16, "max_pairs": 128, "negatives": 0,
}  # fmt: skip
SIDES = ("new", "old", "own")
"""Questions in new words, questions on old content, and sentences of the notices themselves (derived probes)."""


@dataclass(frozen=True, slots=True)
class Task:
    """What the proof is made with."""

    told: Notices
    old: Mapping[str, str]
    """Flask's documents: id → text."""
    lora: Mapping[str, Any]
    judging: int = JUDGING
    """Held-out questions on notices that the workspace has."""
    limits: Mapping[str, Mapping[str, Any]] | None = None
    """Sections of params.yaml with other limits than the product's own; None for those."""

    @property
    def known(self) -> list[Probe]:
        """Questions on Flask that the workspace has: those that may judge."""
        return [probe for probe in control(self.old) if is_held_out(probe.documents[0], SEED)]

    @property
    def old_asked(self) -> list[Probe]:
        """Questions on Flask that it does not have."""
        return [probe for probe in control(self.old) if not is_held_out(probe.documents[0], SEED)]

    @property
    def asked(self) -> tuple[Probe, ...]:
        """Held-out questions on notices that it does not have."""
        return self.told.held_out[self.judging :]


def task_of(*, smoke: bool) -> Task:
    """Return the task, or a small one with limits that so few questions can reach."""
    if not smoke:
        return Task(notices(SEED), _flask(), LORA)
    old = {document: text for document, text in _flask().items() if document in FEW}
    limits = {"policy": {"min_probes": 6}, "gate": {"min_items": 6}}
    return Task(notices(SEED, parts=8, faults=10), old, {**LORA, "max_pairs": 96}, judging=8, limits=limits)


def run_proof(*, smoke: bool = False) -> ProofResult:
    """Return what the adapter gains on held-out questions in new words, and loses on old ones.

    Args:
        smoke: a small corpus and a short training, to see that all parts fit; proves nothing.

    Raises:
        SystemExit: Flask's documentation is not there.
    """
    if not FLASK.is_dir():
        raise SystemExit(f"{FLASK} is not there; run `make corpora` first")
    task = task_of(smoke=smoke)
    place = ProofWorkspace("vocabulary", {"task": asdict(task), "k": K, "seed": SEED})
    place.step("indexed", lambda: _indexed(place, task))
    came = place.step("new content", lambda: _new_content(place, task))
    asked = place.step("asked", lambda: _hits(place, task))
    return judged(place, task, came, asked)


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


def _indexed(place: ProofWorkspace, task: Task) -> StepResult:
    params: dict[str, Any] = {"lora": dict(task.lora), "top_k": K}
    place.set_params(retriever=params, **(task.limits or {}))
    place.documents(task.old)
    place.lines("probes", "flask", [_line(probe) for probe in task.known])
    return {"report": place.refresh()}


def _new_content(place: ProofWorkspace, task: Task) -> StepResult:
    """Let the notices come, with what people have asked so far; whatever follows is the product's own doing."""
    place.documents(task.told.documents)
    place.lines(
        "probes", "slang", [_line(probe) for probe in (*task.told.training, *task.told.held_out[: task.judging])]
    )
    report = place.refresh(allowed=(0, REFUSED))
    kept = place.root / ".pointsman" / "ledger" / "decision" / f"{report['decision_id']}.json"
    found, drawn = json.loads(kept.read_text(encoding="utf-8")), place.root / "build" / "pairs.jsonl"
    pairs = _rows(drawn) if drawn.is_file() else []
    return {
        **{key: report[key] for key in ("decision", "changes", "work", "gate")},
        "signals": found["evidence"]["signals"], "ruling": found["gates"].get("retriever"),
        "training": _brief(found["training"].get("retriever", {})), "pairs": _counted(pairs),
        "learned": sorted({d for pair in pairs for d in pair["documents"]}), "queries": [p["query"] for p in pairs],
    }  # fmt: skip


def _brief(report: Mapping[str, Any]) -> StepResult:
    kept = ("tokens", "seconds", "steps", "tokens_per_second", "pairs", "estimate")
    return {key: report[key] for key in kept if key in report}


def _line(probe: Probe) -> dict[str, Any]:
    return {"id": probe.id, "question": probe.question, "documents": list(probe.documents), "tags": list(probe.tags)}


def _hits(place: ProofWorkspace, task: Task) -> StepResult:
    """Ask everything of what is live now, and of the same documents by the embedder without its adapter.

    The latter is staged in the dark beside what is live, by the product, as any update is.
    """
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.steps.evaluation.probes import hits_of
    from pointsman.steps.indexing.prepare import prepare
    from pointsman.steps.indexing.rebuild import target_of
    from pointsman.steps.indexing.stage import stage
    from pointsman.steps.ledger.releases import live_release
    from pointsman.steps.observe.state import survey

    with open_desk(place.root) as desk:
        situation, live = (
            survey(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress),
            live_release(desk.ledger),
        )
        assert live is not None  # noqa: S101 - two refreshes were promoted before
        base = desk.models.base("retriever")
        target = target_of(situation, base)
        before = (
            stage(
                desk.serving,
                target,
                prepare(desk.intake, target, serving=desk.serving, progress=desk.progress),
                progress=desk.progress,
                quarantine=desk.quarantine,
            ).index
            if live.embedder != base
            else live.index
        )
        notices = desk.index.chunks(
            live.index.collection, revision=live.index.revision, documents=task.told.documents.keys()
        )
        asked = dict(zip(SIDES, (task.asked, task.old_asked, derive(notices, seed=SEED, at_most=OWN)), strict=True))
        sides: dict[str, tuple[Index, Model]] = {"before": (before, base), "after": (live.index, live.embedder)}
        hits = {
            f"{side}.{when}.{how}": hits_of(
                at,
                desk.models.embedder(model),
                asked[side],
                dense_only=dense,
                vector_index=desk.index,
                models=desk.models,
                params=desk.params,
            )
            for when, (at, model) in sides.items()
            for how, dense in (("fused", False), ("dense", True))
            for side in SIDES
        }
    return {"hits": hits, "adapter": live.embedder.adapter, "release": live.id}


def _counted(pairs: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    kinds = [str(pair["kind"]) for pair in pairs]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def judged(place: ProofWorkspace, task: Task, came: StepResult, asked: StepResult) -> ProofResult:
    """Hold both sides against their limits.

    The gain is measured on those held-out questions whose document gave no training pair of any kind, not even a
    sentence of its own: the strict side.
    """
    learned, hits, trains = set(came["learned"]), asked["hits"], "retriever" in came["decision"]["train"]
    queries = {query.casefold() for query in came["queries"]}
    leaked = [probe.id for probe in (*task.asked, *task.old_asked) if probe.question.casefold() in queries]
    strict = [n for n, probe in enumerate(task.asked) if learned.isdisjoint(probe.documents)]
    return ProofResult(
        "b",
        "the policy has a retriever adapter learn words that the embedder does not know, and nothing is lost",
        goals=[
            Goal(yes("the policy trains the retriever on arrival", trains), 1, items=1),
            Goal(yes("the gate promotes it, and it is live", bool(asked["adapter"])), 1, items=1),
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
            "split": "by document (core.supervision.examples.is_held_out, seed 17): "
            "a held-out question asks for a part and a "
            "fault that no training question asks for together; the goal on new words counts only those whose document "
            "gave no training pair of any kind, and that the workspace does not have; old questions are those on "
            "documents of the training side, none of which the workspace has",
            "probes_of_the_workspace": {
                "old": len(task.known), "training": len(task.told.training),
                "judging": len(task.told.held_out) - len(task.asked),
            },
            "held_out": len(task.asked), "held_out_without_any_pair": len(strict), "asked_in_training": leaked,
            "pairs": came["pairs"], "training": came["training"], "lora": dict(task.lora),
            "decision": came["decision"], "ruling": came["ruling"], "signals": came["signals"],
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
