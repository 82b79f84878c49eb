"""Carry out one action with the product's own steps, in a copy of the live workspace.

A policy would choose one action. Here every action is carried out, whatever the evidence and the gate say, because the
benchmark judges the choice. A document that validation refuses is left out of every action, as in the product: readers
keep getting its last good version.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.scenarios.workspaces import HOME, cpu_seconds, workspace
from bench.scenarios.world import Case
from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.errors import PointsmanError
from pointsman.core.hashing import content_id
from pointsman.core.index.reconcile import converge
from pointsman.core.release import Index, Model, Release
from pointsman.core.supervision import lineage
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import CountingEmbedder, Embedder, Role
from pointsman.settings.params import Chunking
from pointsman.steps.indexing.prepare import Target, prepare
from pointsman.steps.indexing.rebuild import target_of
from pointsman.steps.indexing.stage import Staged, stage, unstage, write
from pointsman.steps.observe import documents
from pointsman.steps.observe.state import WorkspaceState
from pointsman.steps.resources import Resources

TRAINING_CODE = ("adapters/training/loop.py", "adapters/training/generator.py", "adapters/training/retriever.py",
                 "adapters/training/inputs.py", "adapters/training/recipe.py",
                 "adapters/models/lora.py", "steps/supervision/retriever_pairs.py", "steps/serving/prompts.py",
                 "core/supervision/retriever_pairs.py")  # fmt: skip
"""Code that changes what a training gives. An adapter that other code trained is not reused."""


@dataclass(frozen=True)
class ServedIndex:
    """The index that readers would search after an action on the index track."""

    index: VectorIndex
    at: Index
    embedder: Model
    cpu_seconds: float = 0.0
    """User and system seconds of the action and its child processes, without loading models."""
    embedded: int = 0
    """Texts that the embedder computed."""


@dataclass(frozen=True)
class TrainedAdapter:
    """A trained adapter and the cost of its training."""

    adapter: str
    cpu_seconds: float
    key: str
    """Content id of all inputs of the training."""


class Impossible(Exception):
    """The action cannot be carried out in this world; readers get nothing new."""


@contextmanager
def with_normaliser_of(case: Case) -> Iterator[None]:
    """Read documents with the normaliser version of the case."""
    with ExitStack() as patches:
        if case.world.normaliser is not None:
            for module in (documents, lineage):
                patches.enter_context(patch.object(module, "NORMALISER_VERSION", case.world.normaliser))
        yield


def live_of(state: WorkspaceState) -> Release:
    """Return the live release of a fork."""
    if state.live is None:
        raise RuntimeError("a fork has no live release; remove the base below .bench/scenarios and run again")
    return state.live


def as_live(resources: Resources, state: WorkspaceState) -> tuple[Resources, Model]:
    """Return the ports with the live way of cutting, and the live embedder: what patch and update go on with."""
    live = live_of(state)
    return replace(resources, params=replace(resources.params, chunking=Chunking(live.max_tokens))), live.embedder


def kept(resources: Resources, state: WorkspaceState) -> ServedIndex:
    """Return the live index, unchanged.

    Raises:
        Impossible: the live collection is lost.
    """
    live = live_of(state)
    if live.index.collection not in resources.index.collections():
        raise Impossible(f"collection {live.index.collection} is lost; nothing can answer")
    return ServedIndex(resources.index, live.index, live.embedder)


def patched(resources: Resources, state: WorkspaceState) -> ServedIndex:
    """Serve new names and metadata; added, removed and edited texts stay as they are live."""
    entries = dict(state.live_manifest.entries)
    for old, new in state.diff.renamed:
        del entries[old]
        entries[new] = state.manifest.entries[new]
    for name in (*state.diff.metadata, *state.diff.cosmetic):
        entries[name] = state.manifest.entries[name]
    kept(resources, state)
    return staged_as(resources, state, Manifest(entries))


def updated(resources: Resources, state: WorkspaceState) -> ServedIndex:
    """Serve the present store, with the live embedder and the live chunking."""
    return staged_as(resources, state, state.manifest)


def staged_as(resources: Resources, state: WorkspaceState, manifest: Manifest) -> ServedIndex:
    """Stage a manifest in the live collection."""
    ours, embedder = as_live(resources, state)
    target = Target(manifest, state.carried & manifest.entries.keys(), embedder, state.live, state.pointer)
    return timed(
        ours,
        embedder,
        lambda: stage(
            ours.serving,
            target,
            prepare(ours.intake, target, serving=ours.serving, progress=ours.progress),
            progress=ours.progress,
            quarantine=ours.quarantine,
        ),
    )


def timed(resources: Resources, model: Model, do: Any) -> ServedIndex:
    """Load the model, then run a stage; return the staged index and the CPU seconds of the stage alone."""
    warm(resources.models.embedder(model))
    used = cpu_seconds()
    staged: Staged = do()
    return ServedIndex(resources.index, staged.index, model, round(cpu_seconds() - used, 3), staged.embedded)


def warm(embedder: CountingEmbedder) -> None:
    """Load a model, so that loading is not timed."""
    embedder.recompute(["Which signal is that?"])


def undone(resources: Resources, stand: ServedIndex, state: WorkspaceState) -> None:
    """Remove a staged revision, as a refused gate would."""
    if stand.index is resources.index and stand.at != live_of(state).index:
        unstage(resources.index, stand.at.collection, stand.at.revision)


class UncachedEmbedder:
    """An embedder without a cache: every text is computed again, as in a build from scratch."""

    def __init__(self, embedder: CountingEmbedder) -> None:
        """Take the embedder whose cache is not used."""
        self._embedder = embedder
        self.embedded = 0
        self.reused = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    def embed(self, texts: Any) -> Any:
        """Return one vector for each text, computed without the cache."""
        self.embedded += len(texts)
        return self._embedder.recompute(texts)

    recompute = embed


def rebuilt(resources: Resources, state: WorkspaceState, place: Path) -> ServedIndex:
    """Read, chunk and embed the whole store again, with the present params.yaml, into a new index.

    With the live embedder and chunking, the product would reuse the live collection; the nightly rebuild of other tools
    does not, and neither does this one. Documents that were refused keep their old chunks, as in the product. If the
    live collection is lost, the product's own rebuild runs, with the cached vectors.
    """
    model, live = state.embedder, live_of(state).index
    if live.collection not in resources.index.collections():
        target = target_of(state, model)
        return timed(
            resources,
            model,
            lambda: stage(
                resources.serving,
                target,
                prepare(resources.intake, target, serving=resources.serving, progress=resources.progress),
                progress=resources.progress,
                quarantine=resources.quarantine,
            ),
        )
    index, forgetful = EdgeIndex(place / ".pointsman" / "anew"), UncachedEmbedder(resources.models.embedder(model))
    warm(resources.models.embedder(model))
    used = cpu_seconds()
    empty = replace(resources, index=index)
    target = replace(target_of(state, model), live=None)
    prepared = prepare(empty.intake, target, serving=empty.serving, progress=empty.progress)
    wanted = list(prepared.stage.add)
    if state.carried:
        wanted += resources.index.chunks(live.collection, revision=live.revision, documents=state.carried)
    todo = converge((), wanted, 1)
    embedded = write(index, forgetful, prepared.collection, todo, sources=(), progress=resources.progress)  # type: ignore[arg-type]
    spent = round(cpu_seconds() - used, 3)
    beside = Index(prepared.collection, 1, model.fingerprint, prepared.chunking, len(wanted))
    return ServedIndex(index, beside, model, spent, embedded)


def rebuilt_with_new_retriever(resources: Resources, state: WorkspaceState) -> ServedIndex:
    """Train the embedder's adapter on the present store, then embed everything with it."""
    taught = trained(resources, state, "retriever")
    model = replace(resources.models.base("retriever"), adapter=taught.adapter)
    target = target_of(state, model)
    stand = timed(
        resources,
        model,
        lambda: stage(
            resources.serving,
            target,
            prepare(resources.intake, target, serving=resources.serving, progress=resources.progress),
            progress=resources.progress,
            quarantine=resources.quarantine,
        ),
    )
    return replace(stand, cpu_seconds=round(stand.cpu_seconds + taught.cpu_seconds, 3))


def generator_of(resources: Resources, state: WorkspaceState) -> tuple[Model, TrainedAdapter]:
    """Train the generator's adapter on the accepted examples; return the model and its cost."""
    taught = trained(resources, state, "generator")
    return replace(resources.models.base("generator"), adapter=taught.adapter), taught


def training_key(resources: Resources, state: WorkspaceState, role: Role) -> str:
    """Return the content id of a training's inputs: texts by name, examples, probes, settings, seed and code."""
    code = [hashlib.sha256((workspace_code() / name).read_bytes()).hexdigest() for name in TRAINING_CODE]
    p = resources.params
    return content_id([
        role, {name: entry.text_digest for name, entry in sorted(state.observation.good.entries.items())},
        state.supervision.set_id, state.supervision.probes, resources.models.base(role).base,
        resources.models.base("retriever").base, asdict(p.retriever), asdict(p.generator), asdict(p.chunking),
        p.seed, code,
    ])  # fmt: skip


def workspace_code() -> Path:
    """Return the folder of the product's code."""
    return Path(documents.__file__).parents[2]


def trained(resources: Resources, state: WorkspaceState, role: Role) -> TrainedAdapter:
    """Run the dvc stage of a training in the copy, or reuse the adapter of an earlier run on the same inputs.

    Raises:
        Impossible: there is nothing to train on, or the stage failed.
    """
    key = training_key(resources, state, role)
    kept_at = HOME / "trained" / key
    build = workspace(Path(resources.scratch).parents[1]).build / role
    if (kept_at / "taken.json").is_file():
        shutil.rmtree(build, ignore_errors=True)
        shutil.copytree(kept_at / "adapter", build)
        spent = float(json.loads((kept_at / "taken.json").read_text(encoding="utf-8"))["cpu_seconds"])
        return TrainedAdapter(resources.models.store_adapter(role), spent, key)
    resources.index.close()
    used = cpu_seconds()
    try:
        report = resources.builder.build(f"train_{role}")
    except PointsmanError as error:
        raise Impossible(str(error).strip().splitlines()[-1]) from None
    spent = round(cpu_seconds() - used, 2)
    aside = kept_at.with_name(f".{key}")
    shutil.rmtree(aside, ignore_errors=True)
    shutil.copytree(build, aside / "adapter")
    taken = {
        "role": role,
        "cpu_seconds": spent,
        "seconds": report.get("seconds"),
        "tokens": report.get("tokens"),
    }
    (aside / "taken.json").write_text(json.dumps(taken), encoding="utf-8")
    shutil.rmtree(kept_at, ignore_errors=True)
    aside.rename(kept_at)
    return TrainedAdapter(resources.models.store_adapter(role), spent, key)


def embedder_of(resources: Resources, stand: ServedIndex) -> Embedder:
    """Return the embedder for questions to an index."""
    return resources.models.embedder(stand.embedder)
