"""(b) Words that the embedder does not know: a retriever adapter learns them, and old questions lose nothing.

The old content is Flask's documentation; the new content is ``notices``. The workspace has these golden probes: the 27
of the demo's 156 questions on Flask whose document the product holds out, all training questions on notices, and 40
held-out ones. The limits are the product's own. The refresh that finds the notices decides, draws pairs, trains, embeds
again, runs the gate and releases by itself.

The measure is recall@5 of the product's retrieval (dense and BM25 fused) on questions that the workspace does not have:
the other held-out questions on notices, and the other 129 on Flask. *Before* is the same corpus embedded without the
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
"""Number of sentences of notices that are asked as derived probes."""
JUDGING = 40
"""Held-out questions on notices in the workspace, for the policy and the gate."""
FEW = frozenset(f"flask/{name}.rst" for name in ("quickstart", "reqcontext", "tutorial/database", "cli", "signals"))
"""Documents of Flask for ``--smoke``."""
MIN_LIFT, MAX_LOSS = 0.15, 0.02
LORA = {
    "rank": 16, "alpha": 32, "learning_rate": 1.0e-3, "epochs": 2, "batch_size": 16, "max_pairs": 128, "negatives": 0,
}  # fmt: skip
SIDES = ("new", "old", "own")
"""Questions with new words, questions on old content, and sentences of the notices (derived probes)."""


@dataclass(frozen=True, slots=True)
class Task:
    """The corpora, questions and settings of the proof."""

    corpus: Notices
    old: Mapping[str, str]
    """Flask's documents: id → text."""
    lora: Mapping[str, Any]
    judging: int = JUDGING
    """Number of held-out questions on notices in the workspace."""
    limits: Mapping[str, Mapping[str, Any]] | None = None
    """Sections of params.yaml with other limits; None for the product's own."""

    @property
    def known(self) -> list[Probe]:
        """Questions on Flask in the workspace."""
        return [probe for probe in control(self.old) if is_held_out(probe.documents[0], SEED)]

    @property
    def old_asked(self) -> list[Probe]:
        """Questions on Flask that are not in the workspace."""
        return [probe for probe in control(self.old) if not is_held_out(probe.documents[0], SEED)]

    @property
    def asked(self) -> tuple[Probe, ...]:
        """Held-out questions on notices that are not in the workspace."""
        return self.corpus.held_out[self.judging :]


def task_of(*, smoke: bool) -> Task:
    """Return the task; for ``smoke`` a small one with limits that few questions can reach."""
    if not smoke:
        return Task(notices(SEED), _flask(), LORA)
    old = {document: text for document, text in _flask().items() if document in FEW}
    limits = {"policy": {"min_probes": 6}, "gate": {"min_items": 6}}
    return Task(notices(SEED, parts=8, faults=10), old, {**LORA, "max_pairs": 96}, judging=8, limits=limits)


def run_proof(*, smoke: bool = False) -> ProofResult:
    """Measure the gain of the adapter on held-out questions with new words, and its loss on old questions.

    Args:
        smoke: a small corpus and a short training, as a test of the code.

    Raises:
        SystemExit: Flask's documentation is missing.
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
    """Return the demo's questions on those of Flask's documents that are in ``documents``."""
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
    """Add the notices and the known questions, then refresh; the product decides everything else."""
    place.documents(task.corpus.documents)
    place.lines(
        "probes", "slang", [_line(probe) for probe in (*task.corpus.training, *task.corpus.held_out[: task.judging])]
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
    """Ask all questions of the live index, and of an index of the same documents without the adapter.

    The product stages the second index beside the live one, invisible to readers.
    """
    from pointsman.bootstrap.workspace import open_resources
    from pointsman.steps.evaluation.probes import hits_of
    from pointsman.steps.indexing.prepare import prepare
    from pointsman.steps.indexing.rebuild import target_of
    from pointsman.steps.indexing.stage import stage
    from pointsman.steps.ledger.releases import live_release
    from pointsman.steps.observe.state import observe_state

    with open_resources(place.root) as resources:
        state, live = (
            observe_state(
                resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
            ),
            live_release(resources.ledger),
        )
        assert live is not None  # noqa: S101 - two refreshes were promoted before
        base = resources.models.base("retriever")
        target = target_of(state, base)
        before = (
            stage(
                resources.serving,
                target,
                prepare(resources.intake, target, serving=resources.serving, progress=resources.progress),
                progress=resources.progress,
                quarantine=resources.quarantine,
            ).index
            if live.embedder != base
            else live.index
        )
        notices = resources.index.chunks(
            live.index.collection, revision=live.index.revision, documents=task.corpus.documents.keys()
        )
        asked = dict(zip(SIDES, (task.asked, task.old_asked, derive(notices, seed=SEED, at_most=OWN)), strict=True))
        sides: dict[str, tuple[Index, Model]] = {"before": (before, base), "after": (live.index, live.embedder)}
        hits = {
            f"{side}.{when}.{how}": hits_of(
                resources.serving, at, resources.models.embedder(model), asked[side], dense_only=dense
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
    """Compare the gain and the loss with their limits.

    The gain counts only held-out questions whose document gave no training pair of any kind.
    """
    learned, hits, trains = set(came["learned"]), asked["hits"], "retriever" in came["decision"]["train"]
    queries = {query.casefold() for query in came["queries"]}
    leaked = [probe.id for probe in (*task.asked, *task.old_asked) if probe.question.casefold() in queries]
    strict = [n for n, probe in enumerate(task.asked) if learned.isdisjoint(probe.documents)]
    return ProofResult(
        "b",
        "the policy trains a retriever adapter on unknown words, and old questions lose nothing",
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
                "old": len(task.known), "training": len(task.corpus.training),
                "judging": len(task.corpus.held_out) - len(task.asked),
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
