"""Carry an action out: forced, by the product's own steps, in a fork of the live workspace.

A policy would choose one action; here each is done, whatever its evidence says and whatever a gate would say of it, for
it is the choice that is judged. Documents that validation refuses stay out in every action, as in the product: the
last good version goes on being served.
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
from pointsman.steps.observe.state import Situation
from pointsman.steps.resources import Desk

TRAINING_CODE = ("adapters/training/loop.py", "adapters/training/generator.py", "adapters/training/retriever.py",
                 "adapters/models/lora.py", "steps/supervision/retriever_pairs.py", "steps/serving/prompts.py",
                 "core/supervision/retriever_pairs.py")  # fmt: skip
"""What a trained adapter depends on beside its data; an adapter of other code is not taken for the same."""


@dataclass(frozen=True)
class ServedIndex:
    """What readers would find after an action on the index track."""

    index: VectorIndex
    at: Index
    embedder: Model
    cpu_seconds: float = 0.0
    """User and system seconds of the action, ended children included; models were loaded before."""
    embedded: int = 0
    """Texts that went through the embedder."""


@dataclass(frozen=True)
class TrainedAdapter:
    """A trained adapter and what its training took."""

    adapter: str
    cpu_seconds: float
    key: str
    """Id of everything that the training depends on."""


class Impossible(Exception):
    """An action that cannot be carried out in this world: it publishes nothing."""


@contextmanager
def with_normaliser_of(case: Case) -> Iterator[None]:
    """Read documents by the normaliser of the case."""
    with ExitStack() as patches:
        if case.world.normaliser is not None:
            for module in (documents, lineage):
                patches.enter_context(patch.object(module, "NORMALISER_VERSION", case.world.normaliser))
        yield


def live_of(situation: Situation) -> Release:
    """Return the live release of a fork."""
    if situation.live is None:
        raise RuntimeError("a fork has no live release; remove the base below .bench/scenarios and run again")
    return situation.live


def as_live(desk: Desk, situation: Situation) -> tuple[Desk, Model]:
    """Return the desk with the live way of cutting, and the live embedder: what patch and update go on with."""
    live = live_of(situation)
    return replace(desk, params=replace(desk.params, chunking=Chunking(live.max_tokens))), live.embedder


def kept(desk: Desk, situation: Situation) -> ServedIndex:
    """Leave everything as it is."""
    live = live_of(situation)
    if live.index.collection not in desk.index.collections():
        raise Impossible(f"collection {live.index.collection} is lost, so nothing answers")
    return ServedIndex(desk.index, live.index, live.embedder)


def patched(desk: Desk, situation: Situation) -> ServedIndex:
    """Serve new names and metadata; texts that came, went or changed stay as they are live."""
    entries = dict(situation.live_manifest.entries)
    for old, new in situation.diff.renamed:
        del entries[old]
        entries[new] = situation.manifest.entries[new]
    for name in (*situation.diff.metadata, *situation.diff.cosmetic):
        entries[name] = situation.manifest.entries[name]
    kept(desk, situation)
    return staged_as(desk, situation, Manifest(entries))


def updated(desk: Desk, situation: Situation) -> ServedIndex:
    """Serve the store as it is, by the live embedder and the live way of cutting."""
    return staged_as(desk, situation, situation.manifest)


def staged_as(desk: Desk, situation: Situation, manifest: Manifest) -> ServedIndex:
    """Stage a manifest upon the live collection."""
    ours, embedder = as_live(desk, situation)
    target = Target(manifest, situation.carried & manifest.entries.keys(), embedder, situation.live, situation.pointer)
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


def timed(desk: Desk, model: Model, do: Any) -> ServedIndex:
    """Run a stage, its model loaded before, and return where it stands."""
    warm(desk.models.embedder(model))
    used = cpu_seconds()
    staged: Staged = do()
    return ServedIndex(desk.index, staged.index, model, round(cpu_seconds() - used, 3), staged.embedded)


def warm(embedder: CountingEmbedder) -> None:
    """Load a model before its work is timed."""
    embedder.recompute(["Which signal is that?"])


def undone(desk: Desk, stand: ServedIndex, situation: Situation) -> None:
    """Take a stage back, as a refusal would."""
    if stand.index is desk.index and stand.at != live_of(situation).index:
        unstage(desk.index, stand.at.collection, stand.at.revision)


class UncachedEmbedder:
    """An embedder that remembers nothing: each text is embedded anew, as in a rebuild from nothing."""

    def __init__(self, embedder: CountingEmbedder) -> None:
        """Take the embedder whose memory is passed over."""
        self._embedder = embedder
        self.embedded = 0
        self.reused = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    def embed(self, texts: Any) -> Any:
        """Return one vector for each text, computed now."""
        self.embedded += len(texts)
        return self._embedder.recompute(texts)

    recompute = embed


def rebuilt(desk: Desk, situation: Situation, place: Path) -> ServedIndex:
    """Read, cut and embed the whole store anew, as params.yaml has it now, into an index of its own.

    Where embedder and chunking are the live ones, the product would take the live collection up again; the nightly
    rebuild of other tools does not. Documents that are carried over keep their chunks, as in the product. Where the
    live collection is lost there is nothing to take up: the product's own way is taken, with the vectors it knows.
    """
    model, live = situation.embedder, live_of(situation).index
    if live.collection not in desk.index.collections():
        target = target_of(situation, model)
        return timed(
            desk,
            model,
            lambda: stage(
                desk.serving,
                target,
                prepare(desk.intake, target, serving=desk.serving, progress=desk.progress),
                progress=desk.progress,
                quarantine=desk.quarantine,
            ),
        )
    index, forgetful = EdgeIndex(place / ".pointsman" / "anew"), UncachedEmbedder(desk.models.embedder(model))
    warm(desk.models.embedder(model))
    used = cpu_seconds()
    prepared = prepare(replace(desk, index=index), replace(target_of(situation, model), live=None))
    wanted = list(prepared.stage.add)
    if situation.carried:
        wanted += desk.index.chunks(live.collection, revision=live.revision, documents=situation.carried)
    todo = converge((), wanted, 1)
    embedded = write(index, forgetful, prepared.collection, todo, sources=(), progress=desk.progress)  # type: ignore[arg-type]
    spent = round(cpu_seconds() - used, 3)
    beside = Index(prepared.collection, 1, model.fingerprint, prepared.chunking, len(wanted))
    return ServedIndex(index, beside, model, spent, embedded)


def rebuilt_with_new_retriever(desk: Desk, situation: Situation) -> ServedIndex:
    """Train the embedder's adapter on the store as it is, and embed everything with it."""
    taught = trained(desk, situation, "retriever")
    model = replace(desk.models.base("retriever"), adapter=taught.adapter)
    target = target_of(situation, model)
    stand = timed(
        desk,
        model,
        lambda: stage(
            desk.serving,
            target,
            prepare(desk.intake, target, serving=desk.serving, progress=desk.progress),
            progress=desk.progress,
            quarantine=desk.quarantine,
        ),
    )
    return replace(stand, cpu_seconds=round(stand.cpu_seconds + taught.cpu_seconds, 3))


def generator_of(desk: Desk, situation: Situation) -> tuple[Model, TrainedAdapter]:
    """Train the generator's adapter on the accepted examples, and return it."""
    taught = trained(desk, situation, "generator")
    return replace(desk.models.base("generator"), adapter=taught.adapter), taught


def training_key(desk: Desk, situation: Situation, role: Role) -> str:
    """Return the id of everything that a training depends on: texts by name, examples, probes, limits, seed, code."""
    code = [hashlib.sha256((workspace_code() / name).read_bytes()).hexdigest() for name in TRAINING_CODE]
    p = desk.params
    return content_id([
        role, {name: entry.text_digest for name, entry in sorted(situation.observation.good.entries.items())},
        situation.supervision.set_id, situation.supervision.probes, desk.models.base(role).base,
        desk.models.base("retriever").base, asdict(p.retriever), asdict(p.generator), asdict(p.chunking), p.seed, code,
    ])  # fmt: skip


def workspace_code() -> Path:
    """Return the folder of the product's code."""
    return Path(documents.__file__).parents[2]


def trained(desk: Desk, situation: Situation, role: Role) -> TrainedAdapter:
    """Run the dvc stage of a training in the fork, or take up an adapter that exactly this input has given before.

    Raises:
        Impossible: there is nothing to train on, or the stage failed for what it was given.
    """
    key = training_key(desk, situation, role)
    kept_at = HOME / "trained" / key
    build = workspace(Path(desk.scratch).parents[1]).build / role
    if (kept_at / "taken.json").is_file():
        shutil.rmtree(build, ignore_errors=True)
        shutil.copytree(kept_at / "adapter", build)
        spent = float(json.loads((kept_at / "taken.json").read_text(encoding="utf-8"))["cpu_seconds"])
        return TrainedAdapter(desk.models.store_adapter(role), spent, key)
    desk.index.close()
    used = cpu_seconds()
    try:
        report = desk.builder.build(f"train_{role}")
    except PointsmanError as error:
        raise Impossible(str(error).strip().splitlines()[-1]) from None
    spent = round(cpu_seconds() - used, 2)
    aside = kept_at.with_name(f".{key}")
    shutil.rmtree(aside, ignore_errors=True)
    shutil.copytree(build, aside / "adapter")
    taken = {"role": role, "cpu_seconds": spent, "seconds": report.get("seconds"), "tokens": report.get("tokens")}
    (aside / "taken.json").write_text(json.dumps(taken), encoding="utf-8")
    shutil.rmtree(kept_at, ignore_errors=True)
    aside.rename(kept_at)
    return TrainedAdapter(desk.models.store_adapter(role), spent, key)


def embedder_of(desk: Desk, stand: ServedIndex) -> Embedder:
    """Return the embedder that asks an index."""
    return desk.models.embedder(stand.embedder)
