"""Fake ports, entirely in memory: the loop runs on it as on the real one, only quickly, and can be disturbed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pointsman.adapters.minhash import sketch
from pointsman.adapters.parsers.dispatch import read_and_measure, read_document
from pointsman.adapters.parsers.hidden.texts import hidden_texts
from pointsman.adapters.validation.pii import find_personal
from pointsman.core.corpus.documents import Document, Refusal
from pointsman.core.corpus.instructions.marks import column_of
from pointsman.core.corpus.instructions.screen import screen
from pointsman.core.erasure.redaction import redacted_text
from pointsman.core.erasure.traces import Trace
from pointsman.settings.params import (
    Chunking,
    Examples,
    Gate,
    GeneratorModel,
    Guard,
    Params,
    Policy,
    Probes,
    Retriever,
    Store,
)
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.refresh.check import check_state
from pointsman.steps.refresh.loop import refresh
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.resources import Resources
from pointsman.steps.runner import run_here
from pointsman.steps.serving.answer import search
from pointsman.steps.supervision.accept import SUPERVISION, note_examples
from tests.fakes.index import FakeIndex
from tests.fakes.ledger import FakeLedger
from tests.fakes.model_loader import FakeBuilder, FakeLines, FakeModels
from tests.fakes.store import FakeStore
from tests.fakes.tracker import FakeTracker
from tests.fakes.validator import FakeValidator

T = TypeVar("T")

THINGS = ("lamp", "boiler", "garden", "library", "kitchen", "bridge", "stable", "orchard", "cellar", "tower")

Served = set[tuple[str, str, str]]
"""(chunk id, payload digest, text)."""


class FakeMemory:
    """Values go through JSON, as they would through a file."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def get(self, name: str) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.texts.get(name, "{}"))
        return value

    def put(self, name: str, value: Mapping[str, Any]) -> None:
        self.texts[name] = json.dumps(dict(value))


class FakeQuarantine:
    """Refusals by suite."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Refusal]] = {s: [] for s in ("documents", "chunks", "examples", "probes", "pairs")}

    def replace(self, suite: str, refusals: Sequence[Refusal]) -> None:
        self._rows[suite] = list(refusals)

    def rows(self, suite: str) -> list[Refusal]:
        return self._rows[suite]

    def counts(self) -> dict[str, int]:
        return {suite: len({r.item for r in rows}) for suite, rows in self._rows.items()}


class FakeErasureSweep:
    """Files by name: caches and builds, which a sweep removes when they tell of the document."""

    def __init__(self, memory: FakeMemory) -> None:
        self.files: dict[str, bytes] = {}
        self.certificates: dict[str, tuple[dict[str, Any], str]] = {}
        self._memory = memory

    def sweep(self, trace: Trace, instead: str) -> dict[str, int]:
        telling = [name for name, raw in self.files.items() if trace.find_in(raw)]
        for name in telling:
            del self.files[name]
        told = {name: redacted_text(text, trace.occurs_in, instead) for name, text in self._memory.texts.items()}
        self._memory.texts.update(told)
        return {"files": len(telling)}

    def scan(self, trace: Trace) -> tuple[dict[str, int], list[dict[str, Any]], list[str]]:
        held = self.files | {f"memory {name}": text.encode() for name, text in self._memory.texts.items()}
        sights = {name: trace.find_in(raw) for name, raw in held.items()}
        found = [{"place": n, "named": s.named, "shingles": s.shingles} for n, s in sights.items() if s]
        return {"files": len(held), "bytes": sum(map(len, held.values()))}, found, []

    def keep(self, name: str, certificate: Mapping[str, Any], note: str) -> None:
        self.certificates[name] = (dict(certificate), note)


class FakeClock:
    """Moves a second on whenever it is read."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def __call__(self) -> float:
        self.at += 1
        return self.at

    def now(self) -> str:
        return datetime.fromtimestamp(self(), UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class FakeResources(Resources):
    """A workspace whose ports are known to be fakes."""

    store: FakeStore
    examples: FakeLines
    probes: FakeLines
    models: FakeModels
    index: FakeIndex
    ledger: FakeLedger
    quarantine: FakeQuarantine
    builder: FakeBuilder
    tracker: FakeTracker
    memory: FakeMemory
    erasure_sweep: FakeErasureSweep
    clock: FakeClock

    def with_params(self, **sections: Any) -> "FakeResources":
        """Return the ports after somebody edited params.yaml, which builds read too; what it has written stays."""
        self.builder.params = replace(self.params, **sections)
        return replace(self, params=self.builder.params)


def opened(document: str, raw: bytes) -> tuple[Document | None, dict[str, Any]]:
    """Return a document's blocks and the columns that it is judged by, without the search for credentials."""
    blocks, facts = read_and_measure(document, raw)
    personal = ", ".join(find_personal(raw.decode(errors="replace"))) or None
    orders = None if blocks is None else column_of(screen(blocks, hidden_texts("markdown", raw)))
    return blocks, asdict(facts) | {"secrets": None, "personal": personal, "instructions": orders}


def silent(_label: str, _done: int, _total: int) -> None:
    """Show no progress."""


def fake_params(**sections: Any) -> Params:
    """Return small limits, so that a handful of documents and examples decides."""
    usual: dict[str, Any] = {
        "store": Store("memory"),
        "examples": Examples("examples"),
        "probes": Probes("probes"),
        "retriever": Retriever("tiny-embedder", top_k=3),
        "generator": GeneratorModel("tiny-generator"),
        "chunking": Chunking(40),
        "policy": Policy(min_examples=8, min_probes=4),
        "gate": Gate(min_items=2, min_answers=2),
        "guard": Guard(crowd_count=None, contradicting=None),  # the pages of most tests are made from one template
        "seed": 21,  # holds out 6 of the first 20 pages: fewer can prove nothing to the gate
    }
    return Params(**{**usual, **sections})


def stale_in(memory: FakeMemory) -> set[str]:
    """Return the digests of the examples that the last look set aside."""
    return {each["digest"] for each in memory.get(SUPERVISION)["stale"]}


def fake_resources(scratch: Path, documents: Mapping[str, bytes | str] | None = None, **sections: Any) -> FakeResources:
    """Return a workspace over ``documents``; ``sections`` are sections of params.yaml."""
    params = fake_params(**sections)
    examples, clock, memory = FakeLines(), FakeClock(), FakeMemory()
    models, ledger = FakeModels(params.retriever.model, params.generator.model), FakeLedger()
    return FakeResources(
        params=params, store=FakeStore(documents), read=read_document, parse_and_measure=opened, sketch=sketch,
        examples=examples, probes=FakeLines(), models=models, index=FakeIndex(), ledger=ledger,
        validator=FakeValidator(params.guard, max_chunk_tokens=200), quarantine=FakeQuarantine(),
        builder=FakeBuilder(examples, models, params, ledger, accepts=lambda digest: digest not in stale_in(memory)),
        tracker=FakeTracker(), memory=memory, erasure_sweep=FakeErasureSweep(memory), progress=silent,
        now=clock.now, clock=clock, scratch=scratch,
    )  # fmt: skip


def run(resources: Resources, *, approved: bool = False, do: Any = run_here) -> Outcome:
    """Refresh as the command line does: look first, and go through the loop only when there is something to do."""
    seen = check_state(
        resources.intake,
        approved=approved,
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
    )
    if isinstance(seen, Outcome):
        note_examples(
            resources.intake, seen.state.manifest, seen.state.supervision, served=seen.state.known_examples,
            records=resources.records,
        )  # fmt: skip
        return seen
    return refresh(
        resources.intake, state=seen, do=do, serving=resources.serving, records=resources.records,
        builder=resources.builder, progress=resources.progress,
    )  # fmt: skip


def served(resources: FakeResources) -> Served:
    """Return everything that a reader of the live release can get."""
    live = live_release(resources.ledger)
    if live is None:
        return set()
    name = live.index.collection
    everyone = {point.document for point in resources.index.points(name)}
    found = resources.index.chunks(name, revision=live.index.revision, documents=everyone)
    return {(w.chunk, w.payload_digest, w.text) for w in found}


def disturbed(before: Callable[[str], None]) -> Any:
    """Return a ``do`` that first calls ``before(name of the step)``: it may raise, or change the world."""

    def do(name: str, step: Callable[..., T], /, *args: Any, **named: Any) -> T:
        before(name)
        return step(*args, **named)

    return do


def begun(resources: FakeResources) -> FakeResources:
    """Return the ports after its first refresh, counters at zero."""
    run(resources)
    resources.index.faults.calls.clear()
    for embedder in resources.models.embedders.values():
        embedder.embedded = 0
    return resources


def live_id(resources: FakeResources) -> str:
    """Return the id of the live release."""
    live = live_release(resources.ledger)
    assert live is not None, "nothing is live"
    return live.id


def documents_found(resources: FakeResources, question: str) -> set[str]:
    """Return the documents of everything that a search gets."""
    return {hit["document"] for hit in search(resources.serving, question, top_k=1000)["hits"]}


def page(nth: int, *, extra: str = "") -> str:
    """Return a small document of two sections, a chunk each."""
    thing = f"{THINGS[nth % len(THINGS)]}{nth}"
    return (
        f"# The {thing}\n\nEvery morning the keeper of the {thing} opens its door and looks around.\n\n"
        f"## Repairs\n\nWhen the {thing} breaks, somebody must call number {nth} in the village.\n{extra}"
    )


def pages(n: int) -> dict[str, bytes | str]:
    """Return ``n`` documents."""
    return {f"doc{nth:02d}.md": page(nth) for nth in range(n)}


assert {f.name for f in fields(FakeResources)} == {f.name for f in fields(Resources)}, "the fakes have all ports"
