"""(d) A second behaviour: learned alone it displaces the first, learned with replay it does not.

Training goes on from the adapter of (a), merged into its base; each arm learns a list of examples by the product's own
trainer and is judged by the product's own exam and forgetting guard. The arms differ in nothing but the list: the new
examples alone, or with as many earlier ones (``replayed``) among them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from bench.finetuning.shared_steps import CONFIDENCE, FULL, SEED, SMOKE, SharedSteps, brief
from bench.finetuning.verdict import Goal, ProofResult
from bench.finetuning.workspace import StepResult
from pointsman.core.evaluation.answer_scoring import Item, Score
from pointsman.core.evaluation.statistics import Signal, paired, proportion
from pointsman.core.gates.generator import Bounds, PairedScores, guard_forgetting
from pointsman.core.hashing import content_id, digest
from pointsman.core.supervision.examples import Shape
from pointsman.core.training.experience_replay import TrainingExample, behaviour_of, draw_replay
from pointsman.settings.params import GeneratorLora, Params

MAX_FORGETTING = 0.03
EXACT = 1e-9
"""What "more than" adds to a limit that would be met by equality."""
LEARNED = 0.8
"""Share of the second behaviour's held-out answers that must be right, or nothing was added."""
SHARE = 1.0
"""Earlier examples replayed for each new one."""
ARMS = ("alone", "replay")
LORA = {"learning_rate": 2.0e-3, "epochs": 1, "batch_size": 4}
"""What both arms train with; the rest as (a)."""
GIVEN = {"lora": LORA, "share": SHARE}
START = "start"
"""What both arms begin with."""

Row = dict[str, Any]
"""A posed example as build/examples.json holds it: prompt, completion, item."""


def run_proof(*, smoke: bool = False) -> ProofResult:
    """Return how far the first behaviour falls when a second is learned, with and without replay.

    Args:
        smoke: few examples, to see that all parts fit; proves nothing.
    """
    course = SharedSteps(SMOKE if smoke else FULL)
    course.taught()
    live = course.place.step("adapter of the first behaviour", course.live)
    course.place.step("second behaviour posed", lambda: _pose_orders(course, live))
    course.place.step("base of both arms", lambda: _merge(course, live))
    reports = {arm: course.place.step(f"trained, {arm}", partial(_train, course, arm), GIVEN) for arm in ARMS}
    exams = {START: course.place.step(f"examined, {START}", partial(_examine, course, START))}
    exams |= {arm: course.place.step(f"examined, {arm}", partial(_examine, course, arm), GIVEN) for arm in ARMS}
    return judged(course, reports, exams)


def replayed(earlier: Sequence[Row], new: int, share: float, seed: int) -> list[Row]:
    """Return the earlier examples that are repeated among ``new`` ones, as the product draws them."""
    lessons = [
        TrainingExample(digest(row["item"]["id"]), behaviour_of(row["completion"], row["item"]["tags"]))
        for row in earlier
    ]
    return [earlier[n] for n in sorted(draw_replay(lessons, range(len(earlier)), new=new, share=share, seed=seed))]


def _file(course: SharedSteps, name: str) -> Path:
    return course.place.root.parent / f"forgetting-{name}"


def _adapter(course: SharedSteps, arm: str) -> Path:
    return _file(course, f"{arm}-{content_id(GIVEN)}")


def _rows(course: SharedSteps, name: str) -> list[Row]:
    return list(json.loads(_file(course, f"{name}.json").read_text(encoding="utf-8")))


def _pose_orders(course: SharedSteps, live: StepResult) -> StepResult:
    """Pose the second behaviour's examples as the product's stage poses examples, and split them as it does."""
    from pointsman.adapters.minhash import sketch
    from pointsman.bootstrap.workspace import open_desk
    from pointsman.core.supervision.decontamination import split_without_leaks
    from pointsman.steps.ledger.releases import load
    from pointsman.steps.serving.prompts import pose

    found = split_without_leaks(course.plant.orders(), SEED, sketch)
    with open_desk(course.place.root) as desk:
        release = load(desk.ledger, live["release"])
        embedder = desk.models.embedder(release.embedder)
        for name, side in (("training", found.training), ("held-out", found.held_out)):
            posed = pose(desk.index, embedder, release.index, side, desk.params.generator)
            rows = [{"prompt": p.prompt, "completion": p.completion, "item": asdict(p.item)} for p in posed]
            _file(course, f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    return {"training": len(found.training), "held_out": len(found.held_out), "leaked": len(found.leaked)}


def _base(course: SharedSteps, live: StepResult) -> tuple[Path, Path]:
    """Return the folders of the generator's base and of the adapter that (a) trained."""
    from pointsman.bootstrap.workspace import open_desk

    model = live["generator"]
    with open_desk(course.place.root) as desk:
        folder = desk.models.folder(model["model"])  # type: ignore[attr-defined]
    return folder, course.place.root / ".pointsman" / "adapters" / model["adapter"]


def _merge(course: SharedSteps, live: StepResult) -> StepResult:
    """Write the base with the adapter in it: where both arms begin."""
    import shutil

    import torch
    from transformers import AutoModelForCausalLM

    from pointsman.adapters.models.lora import merged

    folder, adapter = _base(course, live)
    out = _file(course, "base")
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(folder, out, ignore=shutil.ignore_patterns("*.safetensors*"))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    merged(model, adapter).save_pretrained(out, safe_serialization=True)
    return {"base": _fingerprint(out)}


def _fingerprint(folder: Path) -> str:
    from pointsman.adapters.models.fingerprint import fingerprint

    return fingerprint(folder, cache=None)


def _lora(course: SharedSteps) -> GeneratorLora:
    return GeneratorLora(**{**course.size.lora, **LORA})


def _train(course: SharedSteps, arm: str) -> StepResult:
    """Train one arm; a run that is cut off goes on from its checkpoint."""
    from pointsman.adapters.training.generator import train_generator
    from pointsman.adapters.training.inputs import (
        BaseModel,
        ChatExample,
        CheckpointPolicy,
        GeneratorData,
        StartingPoint,
        TrainingOptions,
    )

    new = _rows(course, "training")
    earlier = replayed(course.posed()["training"], len(new), SHARE if arm == "replay" else 0.0, SEED)
    rows, base = [*new, *earlier], _file(course, "base")
    report = train_generator(
        StartingPoint(BaseModel(base, _fingerprint(base))),
        _adapter(course, arm),
        data=GeneratorData([ChatExample(row["prompt"], row["completion"]) for row in rows]),
        options=TrainingOptions(_lora(course), SEED),
        checkpoints=CheckpointPolicy(_file(course, f"{arm}-{content_id(GIVEN)}.safetensors")),
    )
    return {"new": len(new), "replayed": len(earlier), "training": brief(asdict(report))}


def _examine(course: SharedSteps, arm: str) -> StepResult:
    """Let an arm, or what both began with, answer what is held out of both behaviours."""
    from pointsman.adapters.models.causal_generator import CausalGenerator
    from pointsman.steps.evaluation.answers import examine
    from pointsman.steps.serving.prompts import Posed

    base, params = _file(course, "base"), _params(course)
    generator = CausalGenerator(
        base,
        fingerprint=_fingerprint(base),
        adapter=None if arm == START else _adapter(course, arm),
        max_length=params.generator.lora.max_length,
    )
    found = {}
    for name, rows in (("first", course.posed()["held_out"]), ("second", _rows(course, "held-out"))):
        posed = [Posed(r["prompt"], r["completion"], _item(r["item"])) for r in rows]
        shape = Shape.of([r["completion"] for r in rows])
        found[name] = [s.as_json() for s in examine(generator, posed, shape, params.generator.max_new_tokens)]
    return found


def _item(row: Mapping[str, Any]) -> Item:
    columns: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in row.items()}
    return Item(**columns)


def _params(course: SharedSteps) -> Params:
    from pointsman.settings.workspace import Workspace

    return Workspace(course.place.root).params()


def _scores(rows: Sequence[Mapping[str, Any]]) -> list[Score]:
    return [Score(**{**row, "tags": tuple(row["tags"])}) for row in rows]


def judged(course: SharedSteps, reports: Mapping[str, StepResult], exams: Mapping[str, StepResult]) -> ProofResult:
    """Hold the fall of the first behaviour in each arm against the limit."""
    gate, n = _params(course).gate, course.size.fewest
    bounds = Bounds(
        gate.min_items, gate.min_gain, gate.max_loss, gate.min_slice_items, MAX_FORGETTING, CONFIDENCE, SEED,
    )  # fmt: skip
    start = _scores(exams[START]["first"])
    split_without_leaks = {arm: PairedScores(start, _scores(exams[arm]["first"])) for arm in ARMS}
    falls = {arm: _fall(f"first behaviour, fall, {arm}", split_without_leaks[arm]) for arm in ARMS}
    rulings = {arm: guard_forgetting(split_without_leaks[arm], bounds) for arm in ARMS}
    return ProofResult(
        "d",
        "a second behaviour learned with replay keeps the first; learned alone it does not",
        goals=[
            Goal(falls["replay"], MAX_FORGETTING, at_most=True, items=n),
            Goal(falls["alone"], MAX_FORGETTING + EXACT, items=n),
            Goal(_right("second behaviour, with replay: shape and citation right", exams["replay"]["second"]),
                 LEARNED, items=course.size.fewest_second),
        ],
        seconds=course.place.seconds,
        measures=[
            *(_right(f"{name} behaviour, {arm}: shape and citation right", exams[arm][name])
              for name in ("first", "second") for arm in (START, *ARMS)),
        ],
        facts={
            "rulings": {arm: ruling.as_json() for arm, ruling in rulings.items()}, "arms": dict(reports),
            "lora": asdict(_lora(course)),
            "held_out": "of both behaviours by document, as the product splits; the first's are those of (a)'s exam",
        },
    )  # fmt: skip


def _fall(name: str, split_without_leaks: PairedScores) -> Signal:
    deltas = [
        old.right - new.right
        for old, new in zip(split_without_leaks.champion, split_without_leaks.challenger, strict=True)
    ]
    return paired(name, deltas, CONFIDENCE, unit="(shape + citation)/2, -1..1", seed=SEED)


def _right(name: str, rows: Sequence[Mapping[str, Any]]) -> Signal:
    return proportion(name, [row["shape_valid"] and row["citation_correct"] for row in rows], CONFIDENCE, "share, 0..1")
