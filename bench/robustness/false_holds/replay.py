"""Replay a real history with the product's observation and guards; a person approves every hold at once.

Nothing is cut into chunks and no model is loaded: guards look at documents only.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from pointsman.adapters.backtest.in_memory import CountingIndex
from pointsman.adapters.backtest.in_memory_models import ParsedOnce
from pointsman.adapters.parsers import dispatch
from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.adapters.parsers.formats import Formats
from pointsman.adapters.stores.git.history import GitHistory, StoreVersion
from pointsman.adapters.stores.names import Chosen
from pointsman.bootstrap.backtest import Clock, open_backtest
from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.corpus.documents import Document
from pointsman.core.edits.sections import Texts
from pointsman.core.policy.evidence import GuardInputs
from pointsman.core.policy.guards.judge import alarms
from pointsman.core.release import Index, Release
from pointsman.settings.params import Params
from pointsman.settings.workspace import WorkspaceFolder
from pointsman.steps.ledger.releases import DECISION, put_release
from pointsman.steps.observe.contradictions import passages_of
from pointsman.steps.observe.state import WorkspaceState, state_now
from pointsman.steps.refresh.check import approve_listed
from pointsman.steps.release.promote import promote
from pointsman.steps.resources import Resources

ROOT = Path(__file__).parents[3]
STEPS = ("commit", "day", "week")
"""Sizes of a step: every commit, the last commit of a day, the last commit of a week."""
REMEMBERED = 400_000_000
"""Bytes of documents whose blocks are remembered, at most."""
BY = "bench"
"""Name of the person who approves."""


@dataclass(frozen=True)
class Step:
    """One step of a history, as the guards saw it."""

    commit: str
    at: int
    """Seconds since the epoch."""
    subject: str
    changes: dict[str, int]
    """Documents of each kind of change."""
    live: int
    """Documents that were live before."""
    alarms: tuple[tuple[str, Any, Any, str], ...]
    """(signal, value, limit, sentence) of every guard that stopped it."""
    inputs: dict[str, Any]
    """What the guards looked at, where it is not the default."""

    @property
    def touched(self) -> float:
        """Share of the live documents that the step removed or edited, 0 to 1."""
        return (self.changes["removed"] + self.changes["edited"]) / self.live if self.live else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the step as a JSON value."""
        return asdict(self)


class ServedTexts(CountingIndex):
    """An index that keeps the passages of what is live: guards ask what readers get now."""

    def __init__(self) -> None:
        """Begin without a document."""
        super().__init__()
        self.texts: dict[str, Texts] = {}

    def chunks(self, collection: str, *, revision: int, documents: Collection[str]) -> list[Chunk]:  # noqa: ARG002
        """Return the passages of ``documents`` that are live."""
        return [
            Chunk(f"{document}#{nth}", document, digest="", text=text, embed_text=text, headings=headings, start=nth)
            for document in documents
            for nth, (headings, text) in enumerate(self.texts.get(document, ()))
        ]

    def publish(self, resources: Resources, state: WorkspaceState) -> None:
        """Keep the passages of the documents that changed; a refused one keeps those that it has."""
        for document in state.diff.touched - state.carried:
            self.texts.pop(document, None)
            if document in state.manifest.entries:
                self.texts[document] = passages_of(resources.read(document, resources.store.read(document)))


@dataclass(frozen=True)
class Replay:
    """A history that is ready to be replayed, and the empty workspace that follows it."""

    history: GitHistory
    versions: tuple[StoreVersion, ...]
    clock: Clock
    resources: Resources


@dataclass(frozen=True)
class History:
    """A corpus with its history."""

    name: str
    repository: Path
    folder: str
    left_out: tuple[str, ...] = ()
    """Patterns of documents that are not read."""

    def opened(self, commits: int, size: str, parser: ParsedOnce) -> Replay:
        """Return the last ``commits`` commits, in steps of a size."""
        test = open_backtest(ROOT, self.repository, self.folder, progress=silent)
        (variant,) = test.variants.values()
        store = variant.resources.params.store
        history = GitHistory(self.repository, self.folder, Chosen.of(store.include, (*store.exclude, *self.left_out)))
        ports = {
            "store": history,
            "index": ServedTexts(),
            "read": parser.read,
            "parse_and_measure": parser.parse_and_measure,
        }
        versions = batched(test.versions[-commits:], size)
        return Replay(history, versions, test.clock, replace(variant.resources, **ports))  # type: ignore[arg-type]


def new_parser(*, quick: bool) -> ParsedOnce:
    """Return a parser that reads each version of a document once, for all sizes of a step.

    A ``quick`` one looks for no secrets, personal data or instructions: no guard on texts, losses or access needs them.
    """
    formats = Formats.of(WorkspaceFolder(ROOT).params().store.formats)
    read = partial(_blocks_alone if quick else parse_and_measure, formats=formats)
    return ParsedOnce(read, formats.format_of, max_bytes=REMEMBERED)


def _blocks_alone(document: str, raw: bytes, formats: Formats) -> tuple[Document | None, dict[str, Any]]:
    blocks, facts = dispatch.read_and_measure(document, raw, formats)
    return blocks, asdict(facts) | dict.fromkeys(("secrets", "personal", "access", "instructions"))


def silent(_label: str, _done: int, _total: int) -> None:
    """Show no progress of a single step."""


def batched(versions: Sequence[StoreVersion], size: str) -> tuple[StoreVersion, ...]:
    """Return the last version of each step, and the first one of all: it was live before."""
    if size == "commit":
        return tuple(versions)
    days = 1 if size == "day" else 7
    groups = groupby(versions, key=lambda version: version.at // 86_400 // days)
    last = [list(group)[-1] for _, group in groups]
    return tuple(last if last[0] == versions[0] else (versions[0], *last))


def replayed(replay: Replay) -> Iterator[Step]:
    """Yield every step of a history after the first, which fills an empty workspace."""
    for nth, version in enumerate(replay.history.through(replay.versions)):
        replay.clock.at = version.at
        state = observed(replay.resources)
        stopped = alarms(state.evidence, state.limits) if state.decision.hold else ()
        publish(replay.resources, state, revision=nth + 1)
        if nth:
            yield Step(
                commit=version.commit,
                at=version.at,
                subject=version.subject,
                changes=state.diff.counts,
                live=len(state.live_manifest),
                alarms=tuple((a.signal, a.value, a.limit, a.because) for a in stopped),
                inputs=not_default(state.evidence.guards),
            )


def observed(resources: Resources) -> WorkspaceState:
    """Return the state of the store at this moment, as a refresh sees it."""
    return state_now(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )


def publish(resources: Resources, state: WorkspaceState, *, revision: int) -> None:
    """Make what the store has live, after an approval where a guard stopped it.

    The ledger keeps every release, because guards look back over days.
    """
    records = resources.records
    if state.decision.hold:
        state = approve_listed(state, by=BY, ledger=resources.ledger, now=records.now)
    release = _release(state, resources.params, revision)
    resources.index.create(release.index.collection, 0)
    if isinstance(resources.index, ServedTexts):
        resources.index.publish(resources, state)
    record = {"carried": sorted(state.carried), "evidence": state.evidence.as_json()}
    resources.ledger.put(DECISION, release.decision, record)
    put_release(resources.ledger, release, state.manifest)
    if state.live is None or state.live.corpus != release.corpus:
        promote(state, release, ledger=resources.ledger, now=records.now)


def _release(state: WorkspaceState, params: Params, revision: int) -> Release:
    """Return the release of a state; its index has no points."""
    chunking = chunking_fingerprint(params.chunking.max_tokens)
    embedder = state.embedder.fingerprint
    index = Index(Index.name(embedder, chunking), revision, embedder=embedder, chunking=chunking)
    return Release(
        corpus=state.manifest.id,
        documents=len(state.manifest),
        max_tokens=params.chunking.max_tokens,
        index=index,
        embedder=state.embedder,
        generator=state.generator,
        prompt=state.prompt,
        decision=state.decision.id,
    )


def not_default(inputs: GuardInputs) -> dict[str, Any]:
    """Return the inputs of the guards that are not the default."""
    return {each.name: value for each in fields(inputs) if (value := getattr(inputs, each.name)) != each.default}
