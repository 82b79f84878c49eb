"""Open a backtest: the git history of documents, replayed in memory for each variant of params.yaml."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from pointsman.adapters.backtest.in_memory import CountingIndex, InMemoryLedger, InMemoryState, NoBuilds, NoLines
from pointsman.adapters.backtest.in_memory_models import NamedModels, ParsedOnce
from pointsman.adapters.erasure.sweep import WorkspaceSweep
from pointsman.adapters.intake.reader import bounded_reader
from pointsman.adapters.minhash import sketch
from pointsman.adapters.mlflow.tracker import MlflowTracker
from pointsman.adapters.models.resolve import resolve
from pointsman.adapters.parsers.document import readers
from pointsman.adapters.parsers.formats import Formats
from pointsman.adapters.stores.git.history import GitHistory, StoreVersion
from pointsman.adapters.stores.names import Chosen
from pointsman.adapters.validation.allow_list import AllowList, read_allow_list
from pointsman.adapters.validation.plain import PlainValidator
from pointsman.adapters.workspace.files import FileMemory
from pointsman.bootstrap.backtest_variants import AS_IS, parse_end, parse_time, parse_variants
from pointsman.core.backtest import HistoryStep, cumulated, differences, new_share, summary
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Models
from pointsman.ports.progress import Progress
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.settings.params import Params
from pointsman.settings.workspace import WorkspaceFolder
from pointsman.steps.backtest.replay_history import Moment, rates, simulate_refresh
from pointsman.steps.history.throughput import THROUGHPUT
from pointsman.steps.resources import Resources

BAR = "replayed moments"


@dataclass
class Clock:
    """The clock of the replayed moment."""

    at: int = 0

    def seconds(self) -> float:
        """Return the seconds since the epoch."""
        return float(self.at)

    def now(self) -> str:
        """Return the time as ISO 8601 in UTC."""
        return datetime.fromtimestamp(self.at, UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Variant:
    """One variant of params.yaml: its ports, and its steps so far."""

    resources: Resources
    ledger: InMemoryLedger
    changed: Mapping[str, Any]
    """``section.key`` → value, where it differs from params.yaml."""
    steps: list[HistoryStep] = field(default_factory=list)


@dataclass
class Backtest:
    """A backtest that can be stopped after any moment: its report covers the moments so far."""

    history: GitHistory
    versions: tuple[StoreVersion, ...]
    variants: Mapping[str, Variant]
    clock: Clock
    parser: ParsedOnce
    approve: bool
    asked: Mapping[str, Any]
    """The arguments, as the report repeats them: repository, path, revision, since, until, by."""
    progress: Progress
    measure: bool = False
    kept: ExitStack = field(default_factory=ExitStack)
    """Closed when the backtest ends: the indexes of one that measures."""

    def close(self) -> None:
        """Close and remove the indexes that were made for it."""
        self.kept.close()

    def __iter__(self) -> Iterator[StoreVersion]:
        """Replay one moment after the other, and yield each after all variants."""
        for nth, moment in enumerate(self.history.through(self.versions), 1):
            self.clock.at = moment.at
            here = Moment(moment.commit, moment.at, moment.subject, moment.commits)
            done = [
                simulate_refresh(
                    v.resources.intake,
                    here,
                    v.ledger.keep_since,
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
        """Return the backtest as a JSON value; ``seconds`` is the time that the replay took."""
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
        """Return variant → (rule → predicted seconds over time, share of new content over time), for plots."""
        return {
            name: (cumulated(v.steps, rates(memory=v.resources.memory, params=v.resources.params)), new_share(v.steps))
            for name, v in self.variants.items()
        }

    @property
    def _first(self) -> Variant:
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
    """Return a backtest of the workspace at ``root``; the history is listed, nothing is replayed yet.

    With ``measure`` texts are embedded into temporary indexes: call ``close`` afterwards.

    Raises:
        UsageError: params.yaml, allow.yaml, a variant, a date, the revision or the folder cannot be used.
        ListingFailed: there is no repository.
    """
    workspace = WorkspaceFolder(root)
    params = workspace.params()
    named = parse_variants(params, variants)
    history = GitHistory(repository, folder, Chosen.of(params.store.include, params.store.exclude))
    start, end = (None if since is None else parse_time(since)), (None if until is None else parse_end(until))
    versions = history.versions(revision, since=start, until=end, by=by)
    allowed = read_allow_list(root, datetime.now(UTC).date())
    clock, parser = Clock(), _parser(params, allowed)
    opened, kept = _open_variants(workspace, named, history, clock=clock, parser=parser, allow=allowed, measure=measure)
    asked = {
        "repository": repository.absolute().name, "path": history.folder or ".", "revision": revision,
        "since": since, "until": until, "by": by,
    }  # fmt: skip
    return Backtest(
        history, versions,
        variants=opened, clock=clock, parser=parser, approve=approve, asked=asked, progress=progress,
        measure=measure, kept=kept,
    )  # fmt: skip


def _parser(params: Params, allowed: AllowList) -> ParsedOnce:
    """Return a parser that reads the same bytes once, but apart for each document that the allow-list names."""
    formats = Formats.of(params.store.formats)

    def kind_of(document: str) -> str:
        named = any(each.is_for(document) for each in allowed.entries)
        return f"{formats.format_of(document)} {document if named else ''}"

    parse = bounded_reader(formats, params.access.rule, seconds=params.guard.max_seconds, allowed=allowed)
    return ParsedOnce(parse, kind_of)


def _open_variants(
    workspace: WorkspaceFolder,
    named: Mapping[str, tuple[Mapping[str, Any], Params]],
    history: GitHistory,
    *,
    clock: Clock,
    parser: ParsedOnce,
    allow: AllowList,
    measure: bool,
) -> tuple[dict[str, Variant], ExitStack]:
    """Return (name → variant, what to close afterwards); the models are shared by all variants."""
    _, params = named[AS_IS]
    models, kept = _models(workspace, params, measure=measure), ExitStack()
    known = {THROUGHPUT: FileMemory(workspace.state / "memory").get(THROUGHPUT)}
    opened = {
        name: _variant(
            workspace, changed, params=each, history=history, clock=clock, parser=parser, allowed=allow.id,
            models=models, known=known, index=_index_of_vectors(workspace, kept) if measure else CountingIndex(),
        )
        for name, (changed, each) in named.items()
    }  # fmt: skip
    return opened, kept


def _models(workspace: WorkspaceFolder, params: Params, *, measure: bool) -> Models:
    """Return the models: the real ones with ``measure``, else their names and the embedder's tokenizer."""
    if measure:
        from pointsman.adapters.models.loader import ModelLoader

        endpoints = Endpoints()
        folder, engine = models_folder(endpoints), endpoints.pointsman_engine
        return ModelLoader(workspace, params, models=folder, progress=_silent, engine=engine)
    names = {"retriever": params.retriever.model, "generator": params.generator.model}
    return NamedModels(names, _counter(workspace, params))


def _index_of_vectors(workspace: WorkspaceFolder, kept: ExitStack) -> VectorIndex:
    """Return a temporary embedded index, which is removed when ``kept`` is closed."""
    from pointsman.adapters.qdrant.edge_index import EdgeIndex

    workspace.scratch.mkdir(parents=True, exist_ok=True)
    place = Path(kept.enter_context(TemporaryDirectory(prefix="backtest-", dir=workspace.scratch)))
    index = EdgeIndex(place)
    kept.callback(index.close)
    return index


def _variant(
    workspace: WorkspaceFolder,
    changed: Mapping[str, Any],
    *,
    params: Params,
    history: GitHistory,
    clock: Clock,
    parser: ParsedOnce,
    allowed: str,
    models: Models,
    known: Mapping[str, Mapping[str, Any]],
    index: VectorIndex,
) -> Variant:
    """Return a variant whose workspace is in memory; its tracker and erasure sweep are never used."""
    ledger, state = InMemoryLedger(), InMemoryState(known)
    tokens = {"max_tokens": params.generator.lora.max_length, "max_chunk_tokens": params.chunking.max_tokens}
    resources = Resources(
        params=params, store=history, read=parser.read, parse_and_measure=parser.parse_and_measure, sketch=sketch,
        examples=NoLines(), probes=NoLines(), models=models, index=index, ledger=ledger,
        validator=PlainValidator(params.guard, **tokens), quarantine=state, builder=NoBuilds(),
        tracker=MlflowTracker("sqlite://", artifacts=workspace.scratch), memory=state,
        erasure_sweep=WorkspaceSweep(workspace), progress=_silent, now=clock.now, clock=clock.seconds,
        scratch=workspace.scratch, readers=readers(Formats.of(params.store.formats), params.access.rule),
        allowed=allowed,
    )  # fmt: skip
    return Variant(resources, ledger, changed)


def _silent(_label: str, _done: int, _total: int) -> None:
    """Show no progress of a single step."""


def _counter(workspace: WorkspaceFolder, params: Params) -> Any:
    """Return a function that counts the embedder's tokens in a text; the weights are not loaded."""
    from pointsman.adapters.models.embedders.sentence_embedder import SentenceEmbedder

    folder = resolve(params.retriever.model, workspace=workspace.root, models=models_folder(Endpoints()))
    return SentenceEmbedder(folder, fingerprint=params.retriever.model).count_tokens
