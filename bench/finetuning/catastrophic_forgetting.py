"""(d) A second behaviour: trained alone it destroys the first, trained with experience replay it does not.

Training continues from the adapter of (a), merged into its base. Each arm trains on a list of examples with the
product's own trainer; the product's evaluation and forgetting guard judge it. The arms differ only in the list: the new
examples alone, or mixed with as many earlier ones (``replayed``).
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
from pointsman.core.gates.generator import ChallengerLimits, PairedScores, guard_forgetting
from pointsman.core.hashing import content_id, digest
from pointsman.core.supervision.examples import Shape
from pointsman.core.training.experience_replay import TrainingExample, behaviour_of, draw_replay
from pointsman.settings.params import GeneratorLora, Params

MAX_FORGETTING = 0.03
EXACT = 1e-9
"""Added to a limit that must be exceeded, not only reached."""
LEARNED = 0.8
"""Fewest right held-out answers of the second behaviour, as a share; below it nothing was learned."""
SHARE = 1.0
"""Number of earlier examples for each new one."""
ARMS = ("alone", "replay")
LORA = {"learning_rate": 2.0e-3, "epochs": 1, "batch_size": 4}
"""Training settings of both arms; the rest is as in (a)."""
GIVEN = {"lora": LORA, "share": SHARE}
START = "start"
"""The name of the model that both arms start from."""

Row = dict[str, Any]
"""An example as in build/examples.json: prompt, completion, item."""


def run_proof(*, smoke: bool = False) -> ProofResult:
    """Measure the loss of the first behaviour when a second one is trained, with and without replay.

    Args:
        smoke: few examples, as a test of the code.
    """
    shared = SharedSteps(SMOKE if smoke else FULL)
    shared.taught()
    live = shared.place.step("adapter of the first behaviour", shared.live)
    shared.place.step("second behaviour posed", lambda: _write_order_prompts(shared, live))
    shared.place.step("base of both arms", lambda: _merge(shared, live))
    reports = {arm: shared.place.step(f"trained, {arm}", partial(_train, shared, arm), GIVEN) for arm in ARMS}
    exams = {START: shared.place.step(f"examined, {START}", partial(_evaluate, shared, START))}
    exams |= {arm: shared.place.step(f"examined, {arm}", partial(_evaluate, shared, arm), GIVEN) for arm in ARMS}
    return judged(shared, reports, exams)


def replayed(earlier: Sequence[Row], new: int, share: float, seed: int) -> list[Row]:
    """Return the earlier examples that the product would replay with ``new`` new ones."""
    lessons = [
        TrainingExample(digest(row["item"]["id"]), behaviour_of(row["completion"], row["item"]["tags"]))
        for row in earlier
    ]
    return [earlier[n] for n in sorted(draw_replay(lessons, range(len(earlier)), new=new, share=share, seed=seed))]


def _file(shared: SharedSteps, name: str) -> Path:
    return shared.place.root.parent / f"forgetting-{name}"


def _adapter(shared: SharedSteps, arm: str) -> Path:
    return _file(shared, f"{arm}-{content_id(GIVEN)}")


def _rows(shared: SharedSteps, name: str) -> list[Row]:
    return list(json.loads(_file(shared, f"{name}.json").read_text(encoding="utf-8")))


def _write_order_prompts(shared: SharedSteps, live: StepResult) -> StepResult:
    """Write the prompts of the second behaviour, made and split as in the product's ``examples`` stage."""
    from pointsman.adapters.minhash import sketch
    from pointsman.bootstrap.workspace import open_resources
    from pointsman.core.supervision.decontamination import split_without_leaks
    from pointsman.steps.ledger.releases import load_release
    from pointsman.steps.serving.prompts import build_prompts

    found = split_without_leaks(shared.plant.orders(), SEED, sketch)
    with open_resources(shared.place.root) as resources:
        release = load_release(resources.ledger, live["release"])
        embedder = resources.models.embedder(release.embedder)
        for name, side in (("training", found.training), ("held-out", found.held_out)):
            posed = build_prompts(resources.index, embedder, release.index, side, resources.params.generator)
            rows = [{"prompt": p.prompt, "completion": p.completion, "item": asdict(p.item)} for p in posed]
            _file(shared, f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    return {"training": len(found.training), "held_out": len(found.held_out), "leaked": len(found.leaked)}


def _base(shared: SharedSteps, live: StepResult) -> tuple[Path, Path]:
    """Return the folders of the base generator and of the adapter of (a)."""
    from pointsman.bootstrap.workspace import open_resources

    model = live["generator"]
    with open_resources(shared.place.root) as resources:
        folder = resources.models.folder(model["model"])  # type: ignore[attr-defined]
    return folder, shared.place.root / ".pointsman" / "adapters" / model["adapter"]


def _merge(shared: SharedSteps, live: StepResult) -> StepResult:
    """Merge the adapter into the base; both arms start from the result."""
    import shutil

    import torch
    from transformers import AutoModelForCausalLM

    from pointsman.adapters.models.lora import merge_adapter

    folder, adapter = _base(shared, live)
    out = _file(shared, "base")
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(folder, out, ignore=shutil.ignore_patterns("*.safetensors*"))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    merge_adapter(model, adapter).save_pretrained(out, safe_serialization=True)
    return {"base": _fingerprint(out)}


def _fingerprint(folder: Path) -> str:
    from pointsman.adapters.models.fingerprint import fingerprint

    return fingerprint(folder, cache=None)


def _lora(shared: SharedSteps) -> GeneratorLora:
    return GeneratorLora(**{**shared.size.lora, **LORA})


def _train(shared: SharedSteps, arm: str) -> StepResult:
    """Train one arm; an interrupted training continues from its checkpoint."""
    from pointsman.adapters.training.generator import train_generator
    from pointsman.adapters.training.inputs import (
        BaseModel,
        ChatExample,
        CheckpointPolicy,
        GeneratorData,
        StartingPoint,
        TrainingOptions,
    )

    new = _rows(shared, "training")
    earlier = replayed(shared.posed()["training"], len(new), SHARE if arm == "replay" else 0.0, SEED)
    rows, base = [*new, *earlier], _file(shared, "base")
    report = train_generator(
        StartingPoint(BaseModel(base, _fingerprint(base))),
        _adapter(shared, arm),
        data=GeneratorData([ChatExample(row["prompt"], row["completion"]) for row in rows]),
        options=TrainingOptions(_lora(shared), SEED),
        checkpoints=CheckpointPolicy(_file(shared, f"{arm}-{content_id(GIVEN)}.safetensors")),
    )
    return {"new": len(new), "replayed": len(earlier), "training": brief(asdict(report))}


def _evaluate(shared: SharedSteps, arm: str) -> StepResult:
    """Evaluate an arm, or the start model, on the held-out examples of both behaviours."""
    from pointsman.adapters.models.causal_generator import CausalGenerator
    from pointsman.steps.evaluation.answers import answer_and_score
    from pointsman.steps.serving.prompts import BuiltPrompt

    base, params = _file(shared, "base"), _params(shared)
    generator = CausalGenerator(
        base,
        fingerprint=_fingerprint(base),
        adapter=None if arm == START else _adapter(shared, arm),
        max_length=params.generator.lora.max_length,
    )
    found = {}
    for name, rows in (("first", shared.posed()["held_out"]), ("second", _rows(shared, "held-out"))):
        posed = [BuiltPrompt(r["prompt"], r["completion"], _item(r["item"])) for r in rows]
        shape = Shape.of([r["completion"] for r in rows])
        found[name] = [s.as_json() for s in answer_and_score(generator, posed, shape, params.generator.max_new_tokens)]
    return found


def _item(row: Mapping[str, Any]) -> Item:
    columns: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in row.items()}
    return Item(**columns)


def _params(shared: SharedSteps) -> Params:
    from pointsman.settings.workspace import WorkspaceFolder

    return WorkspaceFolder(shared.place.root).params()


def _scores(rows: Sequence[Mapping[str, Any]]) -> list[Score]:
    return [Score(**{**row, "tags": tuple(row["tags"])}) for row in rows]


def judged(shared: SharedSteps, reports: Mapping[str, StepResult], exams: Mapping[str, StepResult]) -> ProofResult:
    """Compare the loss of the first behaviour in each arm with the limit."""
    gate, n = _params(shared).gate, shared.size.fewest
    bounds = ChallengerLimits(
        gate.min_items, gate.min_gain, gate.max_loss, gate.min_slice_items, MAX_FORGETTING, CONFIDENCE, SEED,
    )  # fmt: skip
    start = _scores(exams[START]["first"])
    split_without_leaks = {arm: PairedScores(start, _scores(exams[arm]["first"])) for arm in ARMS}
    falls = {arm: _fall(f"first behaviour, fall, {arm}", split_without_leaks[arm]) for arm in ARMS}
    rulings = {arm: guard_forgetting(split_without_leaks[arm], bounds) for arm in ARMS}
    return ProofResult(
        "d",
        "a second behaviour trained with replay keeps the first; trained alone it does not",
        goals=[
            Goal(falls["replay"], MAX_FORGETTING, at_most=True, items=n),
            Goal(falls["alone"], MAX_FORGETTING + EXACT, items=n),
            Goal(_right("second behaviour, with replay: shape and citation right", exams["replay"]["second"]),
                 LEARNED, items=shared.size.fewest_second),
        ],
        seconds=shared.place.seconds,
        measures=[
            *(_right(f"{name} behaviour, {arm}: shape and citation right", exams[arm][name])
              for name in ("first", "second") for arm in (START, *ARMS)),
        ],
        facts={
            "rulings": {arm: ruling.as_json() for arm, ruling in rulings.items()}, "arms": dict(reports),
            "lora": asdict(_lora(shared)),
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
