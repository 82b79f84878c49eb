"""Backtest: a git history of documents in memory, one for each variant of params.yaml."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from pointsman.adapters.backtest.in_memory import CountingIndex, InMemoryLedger, InMemoryState, NoBuilds, NoLines
from pointsman.adapters.backtest.in_memory_models import NamedModels, ParsedOnce
from pointsman.adapters.erasure.sweep import WorkspaceSweep
from pointsman.adapters.minhash import sketch
from pointsman.adapters.mlflow.tracker import MlflowTracker
from pointsman.adapters.models.resolve import resolve
from pointsman.adapters.parsers.document import parse_and_measure, readers
from pointsman.adapters.parsers.formats import Formats
from pointsman.adapters.stores.git.history import GitHistory, StoreVersion
from pointsman.adapters.stores.names import Chosen
from pointsman.adapters.validation.plain import PlainValidator
from pointsman.adapters.workspace.files import FileMemory
from pointsman.bootstrap.backtest_variants import _end, _seconds, _variants
from pointsman.core.backtest import HistoryStep, cumulated, differences, new_share, summary
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Models
from pointsman.ports.progress import Progress
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.settings.params import Params
from pointsman.settings.workspace import WorkspaceFolder
from pointsman.steps.backtest.replay_history import At, rates, rehearse
from pointsman.steps.history.throughput import THROUGHPUT
from pointsman.steps.resources import Resources

BAR = "replayed moments"


@dataclass
class Clock:
    """The time of the moment that is replayed."""

    at: int = 0

    def seconds(self) -> float:
        """Return the seconds since the epoch."""
        return float(self.at)

    def now(self) -> str:
        """Return the time as ISO 8601 in UTC."""
        return datetime.fromtimestamp(self.at, UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Rehearsal:
    """One variant: its ports, and what it came to so far."""

    resources: Resources
    ledger: InMemoryLedger
    changed: Mapping[str, Any]
    """``section.key`` → value, where it differs from params.yaml."""
    steps: list[HistoryStep] = field(default_factory=list)


@dataclass
class Backtest:
    """A replay that can be stopped at any moment: what it came to so far is always whole."""

    history: GitHistory
    versions: tuple[StoreVersion, ...]
    variants: Mapping[str, Rehearsal]
    clock: Clock
    parser: ParsedOnce
    approve: bool
    asked: Mapping[str, Any]
    """What was asked for: repository, path, revision, since, until, by."""
    progress: Progress
    measure: bool = False
    kept: ExitStack = field(default_factory=ExitStack)
    """What is let go of when the replay ends: the indexes of one that measures."""

    def close(self) -> None:
        """Let go of the indexes that were made for it."""
        self.kept.close()

    def __iter__(self) -> Iterator[StoreVersion]:
        """Replay moment after moment, and yield each when every variant has seen it."""
        for nth, moment in enumerate(self.history.through(self.versions), 1):
            self.clock.at = moment.at
            at = At(moment.commit, moment.at, moment.subject, moment.commits)
            done = [
                rehearse(
                    v.resources.intake,
                    at,
                    v.ledger.keep_only,
                    approve=self.approve,
                    measure=self.measure,
                    serving=v.resources.serving,
                    records=v.resources.records,
                    builder=v.resources.builder,
                    progress=v.resources.progress,
                )
                for v in self.variants.values()
            ]
            for variant, step in zip(self.variants.values(), done, strict=True):
                variant.steps.append(step)
            self.progress(BAR, nth, len(self.versions))
            yield moment

    @property
    def complete(self) -> bool:
        """Whether every moment was replayed."""
        return len(self._first.steps) == len(self.versions)

    def report(self, *, seconds: float) -> dict[str, Any]:
        """Return the whole as a JSON value; ``seconds`` is what the replay took."""
        known = rates(memory=self._first.resources.memory, params=self._first.resources.params)
        return {
            **self.asked,
            "from": self.versions[0].day,
            "to": self.versions[-1].day,
            "holds": "approve" if self.approve else "wait",
            "measured": self.measure,
            "moments": len(self.versions),
            "replayed": len(self._first.steps),
            "complete": self.complete,
            "documents_parsed": self.parser.parsed,
            "seconds": round(seconds, 2),
            "shallow": self.history.shallow,
            "rates": known.as_json(),
            "variants": [
                {
                    "name": name,
                    "changed": dict(v.changed),
                    "summary": summary(v.steps, rates(memory=v.resources.memory, params=v.resources.params)),
                    "steps": [step.as_json() for step in v.steps],
                }
                for name, v in self.variants.items()
            ],
            "differences": differences({name: v.steps for name, v in self.variants.items()}),
        }

    def curves(self) -> dict[str, tuple[dict[str, list[tuple[int, float]]], list[tuple[int, float]]]]:
        """Return variant → (rule → predicted seconds spent over time, share of new content over time), for plots."""
        return {
            name: (cumulated(v.steps, rates(memory=v.resources.memory, params=v.resources.params)), new_share(v.steps))
            for name, v in self.variants.items()
        }

    @property
    def _first(self) -> Rehearsal:
        return next(iter(self.variants.values()))


def open_backtest(
    root: Path,
    repository: Path,
    folder: str,
    *,
    revision: str = "HEAD",
    since: str | None = None,
    until: str | None = None,
    by: Literal["commit", "day"] = "commit",
    approve: bool = True,
    variants: Sequence[str] = (),
    measure: bool = False,
    progress: Progress,
) -> Backtest:
    """Return a backtest of the workspace at ``root``; the history is asked for, nothing is replayed yet.

    With ``measure`` texts are embedded into indexes of its own, by the workspace's embedder and its cache of vectors:
    close it afterwards.

    Raises:
        UsageError: params.yaml, a variant, a date, the revision or the folder cannot be used.
        ListingFailed: no repository is there.
    """
    workspace = WorkspaceFolder(root)
    params = workspace.params()
    named = _variants(params, variants)
    chosen = Chosen.of(params.store.include, params.store.exclude)
    history = GitHistory(repository, folder, chosen)
    times = {"since": None if since is None else _seconds(since), "until": None if until is None else _end(until)}
    versions = history.versions(revision, **times, by=by)
    formats = Formats.of(params.store.formats)
    clock, parser = Clock(), ParsedOnce(partial(parse_and_measure, formats=formats), formats.format_of)
    models, kept = _models(workspace, params, measure=measure), ExitStack()
    known = {THROUGHPUT: FileMemory(workspace.state / "memory").get(THROUGHPUT)}
    rehearsals = {
        name: _rehearsal(
            workspace, changed, params=each, history=history, clock=clock, parser=parser, models=models, known=known,
            index=_index_of_vectors(workspace, kept) if measure else CountingIndex(),
        )
        for name, (changed, each) in named.items()
    }  # fmt: skip
    asked = {
        "repository": repository.absolute().name, "path": history.folder or ".", "revision": revision,
        "since": since, "until": until, "by": by,
    }  # fmt: skip
    return Backtest(
        history,
        versions,
        variants=rehearsals,
        clock=clock,
        parser=parser,
        approve=approve,
        asked=asked,
        progress=progress,
        measure=measure,
        kept=kept,
    )


def _models(workspace: WorkspaceFolder, params: Params, *, measure: bool) -> Models:
    """Return the models of a replay: the real ones where it measures, else their names and the embedder's tokenizer."""
    if measure:
        from pointsman.adapters.models.loader import ModelLoader

        endpoints = Endpoints()
        return ModelLoader(
            workspace,
            params,
            models=models_folder(endpoints),
            progress=_silent,
            engine=endpoints.pointsman_engine,
        )
    names = {"retriever": params.retriever.model, "generator": params.generator.model}
    return NamedModels(names, _counter(workspace, params))


def _index_of_vectors(workspace: WorkspaceFolder, kept: ExitStack) -> VectorIndex:
    """Return an embedded index of its own, which is gone when ``kept`` is closed."""
    from pointsman.adapters.qdrant.edge_index import EdgeIndex

    workspace.scratch.mkdir(parents=True, exist_ok=True)
    place = Path(kept.enter_context(TemporaryDirectory(prefix="backtest-", dir=workspace.scratch)))
    index = EdgeIndex(place)
    kept.callback(index.close)
    return index


def _rehearsal(
    workspace: WorkspaceFolder,
    changed: Mapping[str, Any],
    params: Params,
    history: GitHistory,
    clock: Clock,
    parser: ParsedOnce,
    models: Models,
    known: Mapping[str, Mapping[str, Any]],
    index: VectorIndex,
) -> Rehearsal:
    """Return a workspace in which nothing is kept; the tracker and the erasure sweep are named, and never used."""
    ledger, shelf = InMemoryLedger(), InMemoryState(known)
    tokens = {"max_tokens": params.generator.lora.max_length, "max_chunk_tokens": params.chunking.max_tokens}
    resources = Resources(
        params=params, store=history, read=parser.read, parse_and_measure=parser.parse_and_measure, sketch=sketch,
        examples=NoLines(), probes=NoLines(), models=models, index=index, ledger=ledger,
        validator=PlainValidator(params.guard, **tokens), quarantine=shelf, builder=NoBuilds(),
        tracker=MlflowTracker("sqlite://", artifacts=workspace.scratch), memory=shelf,
        erasure_sweep=WorkspaceSweep(workspace), progress=_silent, now=clock.now, clock=clock.seconds,
        scratch=workspace.scratch, readers=readers(Formats.of(params.store.formats)),
    )  # fmt: skip
    return Rehearsal(resources, ledger, changed)


def _silent(_label: str, _done: int, _total: int) -> None:
    """Show no progress of a single step."""


def _counter(workspace: WorkspaceFolder, params: Params) -> Any:
    """Return what counts the embedder's tokens; its weights are not opened."""
    from pointsman.adapters.models.embedders.sentence_embedder import SentenceEmbedder

    folder = resolve(params.retriever.model, workspace=workspace.root, models=models_folder(Endpoints()))
    return SentenceEmbedder(folder, fingerprint=params.retriever.model).count_tokens
