"""Histories of a store: edits, refreshes, crashes and rollbacks, and what must hold after each of them."""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from pointsman.adapters.parsers.dispatch import read_document
from pointsman.core.corpus.chunking import chunk_document
from pointsman.core.corpus.documents import Document
from pointsman.core.errors import UsageError
from pointsman.core.hashing import digest
from pointsman.core.release import Index
from pointsman.settings.params import Chunking, Gate, Guard
from pointsman.steps.ledger.releases import live_release, manifest_of
from pointsman.steps.maintenance.doctor import diagnose
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.release.rollback import roll_back
from tests.fakes.index import FakeIndex, Fault
from tests.fakes.resources import FakeResources, Served, disturbed, fake_resources, run
from tests.fakes.tap import tapped

ROCK = ("rock.md", "# The rock\n\nThe rock of the harbour has never moved and never will.\n")


NAMES = ("a.md", "b.md", "deep/c.md")


PARAGRAPHS = (
    "The keeper opens the gate every morning at six.",
    "Whoever finds the key brings it to the tower.",
    "On holidays the gate stays shut until noon and the bell is silent.",
    "The old bridge carries four carts and not one more.",
)


NARROW, WIDE = 18, 26


CORRUPT = b"\x00\x01\x02"


STEPS = ("observe", "build index", "prepare", "stage", "assess", "release", "record")


CALLS = ("create", "upsert", "retire", "delete", "optimize", "*")


names, shares = st.sampled_from(NAMES), st.sampled_from((0.0, 0.5, 1.0))


texts = st.lists(st.integers(0, len(PARAGRAPHS) - 1), min_size=1, max_size=4).map(tuple)


edits = st.one_of(
    st.tuples(st.just("write"), names, texts),
    st.tuples(st.just("write"), names, texts),
    st.tuples(st.just("remove"), names),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("metadata"), names, st.sampled_from(("staff", "all"))),
    st.tuples(st.just("cosmetic"), names),
    st.tuples(st.just("corrupt"), names),
    st.tuples(st.just("take back"), names),
    st.tuples(st.just("take back"), names),
)


fatal = st.tuples(st.just("die before"), st.sampled_from(STEPS))


index_fault = st.tuples(st.just("index fails"), st.sampled_from(CALLS), st.integers(1, 3), shares)


ledger_fault = st.tuples(st.just("ledger fails"), st.sampled_from(("put", "swap", "*")), st.integers(1, 5), shares)


numbered = st.tuples(st.just("die at write"), st.integers(1, 30), st.sampled_from(("before", "after")))


refresh = st.tuples(st.just("refresh"), st.booleans())


refused = st.tuples(st.just("be refused"))


runs = st.one_of(refresh, refresh, fatal, index_fault, ledger_fault, numbered, numbered, refused)


odds = st.one_of(st.tuples(st.just("roll back")), st.tuples(st.just("forget what was remembered")))


settled = st.one_of(
    st.tuples(st.just("maintain"), st.booleans()), st.tuples(st.just("cut otherwise"), st.sampled_from((NARROW, WIDE)))
)


Op = tuple[Any, ...]


BEGIN: list[Op] = [("write", "a.md", (0, 1)), ("write", "b.md", (1, 2)), ("refresh", False)]


def days(*more: st.SearchStrategy[Op]) -> st.SearchStrategy[list[Op]]:
    """Return histories of days: some edits, a refresh that goes well or not, and now and then something else."""
    day = st.tuples(st.lists(edits, max_size=3), runs, st.lists(st.one_of(*more), max_size=1))
    return st.lists(day, max_size=5).map(
        lambda found: [op for before, op, after in found for op in (*before, op, *after)]
    )


def text_of(paragraphs: tuple[int, ...], *, access: str = "") -> str:
    front = f"---\naccess: [{access}]\n---\n" if access else ""
    body = "".join(f"\n{PARAGRAPHS[p]}\n" + f"\n## Part {n}\n" * (n % 2) for n, p in enumerate(paragraphs))
    return f"{front}# The place\n{body}\nIt ends here.\n"


class WatchedIndex(FakeIndex):
    """Looks at what readers see after every write, whether it went well or not."""

    def __init__(self) -> None:
        super().__init__()
        self.watch: Callable[[], None] = lambda: None

    def upsert(self, *args: Any, **kwargs: Any) -> None:
        self._watched(super().upsert, *args, **kwargs)

    def retire(self, *args: Any, **kwargs: Any) -> None:
        self._watched(super().retire, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> None:
        self._watched(super().delete, *args, **kwargs)

    def _watched(self, write: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        try:
            write(*args, **kwargs)
        finally:
            self.watch()


class World:
    """A store that people edit, a workspace that follows it, and every version of every document there ever was."""

    def __init__(self, scratch: Path) -> None:
        index = WatchedIndex()
        self.scratch = scratch
        self.resources: FakeResources = replace(new_desk(scratch, {}), index=index)
        self.raws: dict[str, bytes] = {}
        self.texts: dict[str, tuple[tuple[int, ...], str]] = {}
        self.lost: dict[str, list[bytes]] = {}
        """What each document was before its last changes."""
        self.once_bad: set[str] = set()
        self.struck: list[str] = []
        """Where refreshes crashed, such as ``index.upsert, after``."""
        self.put(*ROCK)
        index.watch = self.check

    def put(self, name: str, content: bytes | str) -> None:
        raw = content.encode() if isinstance(content, str) else content
        self.raws[digest(raw)] = raw
        if name in self.documents():
            self.lost.setdefault(name, []).append(self.resources.store.read(name))
        self.resources.store.write(name, raw)

    def documents(self) -> dict[str, bytes]:
        return {
            listed.document: self.resources.store.read(listed.document) for listed in self.resources.store.listing()
        }

    def check(self) -> None:
        """Require that readers of the live release get its whole manifest and nothing else."""
        live = live_release(self.resources.ledger)
        if live is not None:
            entries = manifest_of(self.resources.ledger, live).entries.items()
            found = by_document(self.resources, live.index)
            for name, entry in entries:
                assert found.pop(name, set()) in self.forms(name, self.raws[entry.byte_digest], live.max_tokens)
            assert found == {}

    def forms(self, name: str, raw: bytes, max_tokens: int) -> list[Served]:
        """Return what may be served of a document: once its source is bad, it may stay cut as it was before."""
        return [content_of(name, raw, n) for n in ((NARROW, WIDE) if name in self.once_bad else (max_tokens,))]

    def does(self, op: Op) -> None:
        kind, *rest = op
        getattr(self, "_" + kind.replace(" ", "_"))(*rest)
        self.check()

    def _write(self, name: str, paragraphs: tuple[int, ...]) -> None:
        self.texts[name] = paragraphs, ""
        self.put(name, text_of(paragraphs))

    def _remove(self, name: str) -> None:
        if name in self.documents():
            self.resources.store.remove(name)
            self.texts.pop(name)

    def _rename(self, old: str, new: str) -> None:
        if old in self.documents() and new not in self.documents():
            self.resources.store.rename(old, new)
            self.texts[new] = self.texts.pop(old)

    def _metadata(self, name: str, access: str) -> None:
        if name in self.documents():
            self.texts[name] = self.texts[name][0], access
            self.put(name, text_of(self.texts[name][0], access=access))

    def _cosmetic(self, name: str) -> None:
        if name in self.documents():
            paragraphs, access = self.texts[name]
            self.put(name, text_of(paragraphs, access=access).replace("\n\n", "\n\n\n"))

    def _corrupt(self, name: str) -> None:
        if name in self.documents():
            self.put(name, CORRUPT)
            self.once_bad.add(name)

    def _take_back(self, name: str) -> None:
        if name in self.documents() and self.lost.get(name):
            self.resources.store.write(name, self.lost[name].pop())

    def _cut_otherwise(self, max_tokens: int) -> None:
        self.resources = self.resources.with_params(chunking=Chunking(max_tokens))

    def _refresh(self, approved: bool) -> None:
        self.embeds_what_is_new(lambda: run(self.resources, approved=approved, do=disturbed(lambda _: self.check())))

    def embeds_what_is_new(self, refresh: Callable[[], Outcome]) -> None:
        """Require that a refresh embeds no text whose vector some collection holds: a crash costs what it lost."""
        held = self.digests()
        outcome = refresh()
        assert outcome.work.chunks_embedded <= len(self.digests() - held)

    def digests(self) -> set[str]:
        return {
            point.digest for name in self.resources.index.collections() for point in self.resources.index.points(name)
        }

    def _die_at_write(self, nth: int, when: str) -> None:
        def die(number: int, name: str, now: str) -> None:
            if (number, now) == (nth, when):
                self.struck.append(f"{name}, {when}")
                raise Fault(name)

        self._disturbed(lambda _: self.check(), tapped(self.resources, die)[0])

    def _be_refused(self) -> None:
        """Refresh while a staged point vanishes, so that the gate refuses the stage and takes it back."""

        def spoil(step: str) -> None:
            if step == "assess":
                for collection in self.resources.index._collections.values():
                    newest = max((p.point.born for p in collection.points.values()), default=0)
                    fresh = [id_ for id_, p in collection.points.items() if p.point.born == newest]
                    live = live_release(self.resources.ledger)
                    if live is not None and newest > live.index.revision and fresh:
                        del collection.points[min(fresh)]

        self._disturbed(spoil)

    def _die_before(self, fatal: str) -> None:
        def die(step: str) -> None:
            self.check()
            if step == fatal:
                raise Fault(step)

        self._disturbed(die)

    def _index_fails(self, call: str, nth: int, landed: float) -> None:
        self.resources.index.faults.plant(call, nth=nth, landed=landed)
        self._disturbed(lambda _: self.check())

    def _ledger_fails(self, call: str, nth: int, landed: float) -> None:
        self.resources.ledger.faults.plant(call, nth=nth, landed=landed)
        self._disturbed(lambda _: self.check())

    def _roll_back(self) -> None:
        try:
            roll_back(self.resources.records, None, vector_index=self.resources.index)
        except UsageError as error:
            assert "first" in str(error) or "nothing is live" in str(error)  # noqa: PT017 - either is right

    def _forget_what_was_remembered(self) -> None:
        self.resources.memory.texts.clear()

    def _maintain(self, repair: bool) -> None:
        diagnose(
            self.resources.intake,
            repair=repair,
            serving=self.resources.serving,
            records=self.resources.records,
            progress=self.resources.progress,
            erasure_sweep=self.resources.erasure_sweep,
        )

    def _disturbed(self, before: Callable[[str], None], resources: Any = None) -> None:
        """Refresh in a process that may die, and start another one."""
        crashes = len(self.struck)
        try:
            run(resources or self.resources, do=disturbed(before))
        except Fault as fault:
            if len(self.struck) == crashes:
                self.struck.append(str(fault).split(" failed")[0])
            self.resources.models.embedders.clear()
        self.resources.index.faults.planted.clear()
        self.resources.ledger.faults.planted.clear()


def new_desk(scratch: Path, documents: dict[str, bytes | str]) -> FakeResources:
    limits = Guard(removed_count=1, removed_share=0.3)
    return fake_resources(
        scratch,
        documents,
        chunking=Chunking(NARROW),
        guard=limits,
        gate=Gate(keep_releases=3, grace_hours=0, min_overlap=0),
    )


@cache
def content_of(name: str, raw: bytes, max_tokens: int) -> Served:
    parsed = read_document(name, raw)
    document = Document(name, parsed.blocks, parsed.metadata)
    chunks = chunk_document(document, max_tokens=max_tokens, count=lambda text: len(text.split()))
    return {(w.chunk, w.payload_digest, w.text) for w in chunks}


def by_document(resources: FakeResources, at: Index) -> dict[str, Served]:
    """Return everything that a reader of an index can get."""
    found: dict[str, Served] = {}
    everyone = {point.document for point in resources.index.points(at.collection)}
    for w in resources.index.chunks(at.collection, revision=at.revision, documents=everyone):
        found.setdefault(w.document, set()).add((w.chunk, w.payload_digest, w.text))
    return found


def converges(scratch: Path, history: list[Op]) -> list[str]:
    """Live a history, and require that the next refresh ends equal to a build from scratch; return its crashes."""
    world = World(scratch)
    for op in (*BEGIN, *history):
        world.does(op)
    live = live_release(world.resources.ledger)
    before = manifest_of(world.resources.ledger, live).entries if live else {}
    world._refresh(approved=True)
    world.check()
    live = live_release(world.resources.ledger)
    assert live is not None
    found = by_document(world.resources, live.index)
    bad = {d for d, raw in world.documents().items() if raw == CORRUPT}
    assert bad & found.keys() == bad & before.keys()
    fresh = new_desk(scratch, {d: raw for d, raw in world.documents().items() if d not in bad})
    fresh = fresh.with_params(chunking=world.resources.params.chunking)
    scratch_built = run(fresh).release
    assert scratch_built is not None
    built = by_document(fresh, scratch_built.index)
    assert found.keys() - bad == built.keys()
    entries = manifest_of(world.resources.ledger, live).entries
    for name, rows in built.items():
        if entries[name].byte_digest == digest(world.documents()[name]):
            assert found[name] == rows
        else:
            assert placeless(found[name]) == placeless(rows)
    return world.struck


def placeless(rows: Served) -> set[tuple[str, str]]:
    """Return what is served, wherever in the source it stood."""
    return {(chunk, text) for chunk, _, text in rows}


def drawn(draw: random.Random) -> list[Op]:
    """Return a random history of the same events, for bench.robustness.crash_histories."""
    history: list[Op] = []
    for _ in range(draw.randint(1, 6)):
        for _ in range(draw.randint(0, 3)):
            name, paragraphs = draw.choice(NAMES), tuple(draw.choices(range(len(PARAGRAPHS)), k=draw.randint(1, 4)))
            edits: list[Op] = [
                ("write", name, paragraphs), ("write", name, paragraphs), ("remove", name), ("cosmetic", name),
                ("rename", name, draw.choice(NAMES)), ("metadata", name, draw.choice(("staff", "all"))),
                ("corrupt", name), ("take back", name),
            ]  # fmt: skip
            history.append(draw.choice(edits))
        crash: Op = ("die at write", draw.randint(1, 30), draw.choice(("before", "after")))
        torn: Op = ("index fails", draw.choice(CALLS), draw.randint(1, 2), draw.choice((0.0, 0.5, 1.0)))
        history.append(draw.choice([crash, crash, crash, torn, ("refresh", False), ("be refused",)]))
        more: list[Op] = [
            ("roll back",), ("maintain", True), ("cut otherwise", draw.choice((NARROW, WIDE))),
            ("forget what was remembered",),
        ]  # fmt: skip
        history += [draw.choice(more)] if draw.random() < 0.4 else []
    return history
