"""Workspaces of the bench: one with a live release for each base, and a copy of it for each scenario.

Everything is below ``.bench/scenarios`` and can be deleted at any time. The product's own steps make a base:
``refresh`` its index, the dvc stage of a refresh the adapter of a taught base, ``compose`` and ``promote`` the release.
No gate runs there, because the bench needs a live adapter.
"""

import json
import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from bench.new_workspace import new_workspace
from bench.scenarios.cases.corpora import ROOT, base
from bench.scenarios.cases.system import OTHER_EMBEDDER, OTHER_GENERATOR
from bench.scenarios.world import World
from pointsman.adapters.models.resolve import resolve
from pointsman.bootstrap.workspace import open_resources
from pointsman.core.gates.ruling import Ruling, Verdict
from pointsman.core.hashing import content_id
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.settings.workspace import WorkspaceFolder
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.observe.state import observe_state
from pointsman.steps.refresh.loop import refresh
from pointsman.steps.release.promote import compose, promote
from pointsman.steps.resources import Resources
from pointsman.steps.supervision.taint import note_learned
from pointsman.steps.training.results import RefreshRun, TrainingOutcome

HOME = ROOT / ".bench" / "scenarios"
SETTLED_SECONDS = 2.5
"""Seconds to wait after a write; the product does not trust the modification time of a file that is newer."""
BASE_VERSION = 2
"""Raise it when bases are made differently."""
DECIDING = {"policy", "gate", "guard", "budget"}
"""Sections of params.yaml that do not change a base, because making it decides nothing."""
MOVED = 0.02
"""Standard deviation of the noise on each weight of the other models, as a share of the tensor's own."""


def lay_out(root: Path, world: World) -> None:
    """Make a workspace with the files of ``world``."""
    root.parent.mkdir(parents=True, exist_ok=True)
    new_workspace(root)
    write_world(root, World({}), world)


def write_world(root: Path, before: World, after: World) -> None:
    """Bring a workspace from one world to another; unchanged files are not written."""
    home = root / "documents"
    for name in before.documents.keys() - after.documents.keys():
        (home / name).unlink()
    for name, raw in after.documents.items():
        if before.documents.get(name) != raw:
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_bytes(raw)
    for name in after.touched:
        os.utime(home / name)
    for folder, rows, old in (("examples", after.examples, before.examples), ("probes", after.probes, before.probes)):
        if rows != old:
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            (root / folder / "bench.jsonl").write_text(text, encoding="utf-8")
    (root / "params.yaml").write_text(yaml.safe_dump(params_of(after), sort_keys=False), encoding="utf-8")


def params_of(world: World) -> dict[str, Any]:
    """Return the repository's params.yaml with the folders of the bench and the settings of the world."""
    params: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    ours: Mapping[str, Mapping[str, Any]] = {
        "store": {"url": "documents"}, "examples": {"path": "examples"}, "probes": {"path": "probes"}, **world.params,
    }  # fmt: skip
    for section, values in ours.items():
        params[section] = {**params[section], **values}
    return params


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and its ended child processes."""
    return sum(os.times()[:4])


def base_place(name: str) -> tuple[Path, dict[str, Any]]:
    """Return the workspace of a base and the cost of making it; make it if it is missing."""
    asked = base(name)
    params = {name: part for name, part in params_of(asked.world).items() if name not in DECIDING}
    id_ = content_id([asked.world.id, params, BASE_VERSION])
    place = HOME / "bases" / f"{name}-{id_}"
    if not (place / "made.json").is_file():
        shutil.rmtree(place, ignore_errors=True)
        made = _make(place, asked.world)
        (place / "made.json").write_text(json.dumps({"base": name, "id": id_, **made}), encoding="utf-8")
    value: dict[str, Any] = json.loads((place / "made.json").read_text(encoding="utf-8"))
    return place, value


def _make(place: Path, world: World) -> dict[str, Any]:
    """Index the documents of a base, then train its generator; return the CPU seconds of both."""
    untaught = replace(world, examples=())
    lay_out(place, untaught)
    time.sleep(SETTLED_SECONDS)
    used = cpu_seconds()
    with open_resources(place) as resources:
        refresh(
            resources.intake,
            serving=resources.serving,
            records=resources.records,
            builder=resources.builder,
            progress=resources.progress,
        )
    made = {"index_cpu_seconds": round(cpu_seconds() - used, 2), "generator_cpu_seconds": None}
    if world.examples:
        write_world(place, untaught, world)
        used = cpu_seconds()
        with open_resources(place) as resources:
            _teach(resources)
        made["generator_cpu_seconds"] = round(cpu_seconds() - used, 2)
    return made


def _teach(resources: Resources) -> None:
    """Train the generator on the examples of the base and release it."""
    state = observe_state(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )
    resources.index.close()
    resources.builder.build("train_generator")
    adapter = resources.models.store_adapter("generator")
    note_learned(
        state.supervision, adapter, example_files=resources.examples, ledger=resources.ledger, params=resources.params
    )
    model = replace(resources.models.base("generator"), adapter=adapter)
    chosen = TrainingOutcome(model, Ruling(Verdict.PROMOTE, "the base of a benchmark"))
    acted = RefreshRun(state.measured(()), Assessment(), trained={"generator": chosen})
    release = compose(state, acted, builder=resources.builder, ledger=resources.ledger, params=resources.params)
    if release is None:
        raise RuntimeError(f"the taught release of {state.manifest.id} would be what is live already")
    promote(state, release, ledger=resources.ledger, now=resources.now)


def fork(name: str, case: World, place: Path) -> None:
    """Copy the workspace of a base, with its state, to ``place`` and apply the change of a scenario."""
    source, _ = base_place(name)
    shutil.rmtree(place, ignore_errors=True)
    ignored = shutil.ignore_patterns("mlflow.db*", "mlartifacts", "prefect", "made.json")
    shutil.copytree(source, place, symlinks=True, ignore=ignored)
    write_world(place, base(name).world, case)
    for folder in (OTHER_EMBEDDER, OTHER_GENERATOR):
        if any(folder == section.get("model") for section in case.params.values()):
            (place / folder).parent.mkdir(parents=True, exist_ok=True)
            (place / folder).symlink_to(other_model(folder))
    if case.index_lost:
        for collection in (place / ".pointsman" / "qdrant").glob("c-*"):
            shutil.rmtree(collection) if collection.is_dir() else collection.unlink()


def other_model(folder: str) -> Path:
    """Return another base model: a copy of the bundled one with noise on its weights."""
    place = HOME / folder
    if not place.is_dir():
        role = "retriever" if folder == OTHER_EMBEDDER else "generator"
        source = resolve(params_of(World({}))[role]["model"], workspace=ROOT, models=models_folder(Endpoints()))
        aside = place.with_name(f".{place.name}")
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(source, aside, ignore=shutil.ignore_patterns(".*", "openvino*", "onnx"))
        for weights in aside.rglob("*.safetensors"):
            _move(weights)
        place.parent.mkdir(parents=True, exist_ok=True)
        aside.rename(place)
    return place


def _move(weights: Path) -> None:
    """Add seeded noise to every floating-point tensor of a safetensors file."""
    import torch
    from safetensors.torch import load_file, save_file

    torch.manual_seed(17)
    tensors = load_file(weights)
    for name, tensor in sorted(tensors.items()):
        if tensor.is_floating_point() and tensor.numel() > 1:
            noise = torch.randn(tensor.shape) * tensor.float().std() * MOVED
            tensors[name] = (tensor.float() + noise).to(tensor.dtype)
    weights.chmod(0o644)
    save_file(tensors, weights, metadata={"format": "pt"})


def cleared(place: Path) -> None:
    """Delete a copied workspace."""
    with suppress(FileNotFoundError):
        shutil.rmtree(place)


def as_cached(place: Path, source: Path) -> None:
    """Reset the vector cache of a copy to that of its base, so that no action profits from another one."""
    cache, home = place / ".pointsman" / "cache", source / ".pointsman" / "cache"
    for path in cache.glob("embeddings.sqlite*"):
        path.unlink()
    for path in home.glob("embeddings.sqlite*"):
        shutil.copyfile(path, cache / path.name)


def workspace(place: Path) -> WorkspaceFolder:
    """Return the product's view of a workspace folder."""
    return WorkspaceFolder(place)
