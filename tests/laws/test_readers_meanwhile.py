"""Readers during promotions, rebuilds, rollbacks and collections: every answer is one release's content, whole."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import QdrantClient

from pointsman.adapters.ledger.file_ledger import FileLedger
from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.adapters.qdrant.server_index import QdrantIndex
from pointsman.core.errors import IndexBusy, IndexDamaged
from pointsman.settings.params import Chunking, Gate
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.release.rollback import roll_back
from pointsman.steps.serving.answer import read_live, search
from tests.fakes.calls import examined
from tests.fakes.index import FakeIndex
from tests.fakes.resources import fake_resources, page, pages, run, served

PROMOTIONS = int(os.environ.get("POINTSMAN_PROMOTIONS", "20"))
"""200 by hand and in bench/robustness/crash_histories.py; a machine of two cores takes minutes over them."""
PAUSE_SECONDS = 0.01
"""Between two reads of one reader: readers share one interpreter with the writer."""
READERS = 3

LEDGER_READER = """
import sys
from pathlib import Path
from pointsman.adapters.ledger.file_ledger import FileLedger
from pointsman.steps.ledger.releases import live_release, manifest_of, moves
from tests.fakes.calls import examined
root, stop = Path(sys.argv[1]), Path(sys.argv[2])
ledger, reads, seen = FileLedger(root), 0, set()
while not stop.exists() or not reads:
    live = live_release(ledger)
    if live is not None:
        manifest = manifest_of(ledger, live)
        assert manifest.id == live.corpus and len(manifest) == live.documents
        seen.add(live.id)
        reads += 1
print(reads, len(seen))
"""

FREE = Gate(keep_releases=2, grace_hours=0, min_overlap=0)
"""Nothing is kept longer than it must be, and no rebuild waits for a person."""


class OneAtATime:
    """Calls of qdrant-client's local mode, one at a time: its arrays are not made for threads, a server's are."""

    def __init__(self, index: Any) -> None:
        self._index, self._lock = index, threading.RLock()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._index, name)

        def locked(*args: Any, **named: Any) -> Any:
            with self._lock:
                result = found(*args, **named)
                return iter(list(result)) if isinstance(result, Iterator) else result

        return locked


@pytest.fixture(params=["fake", "edge", "local"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    made: Any = {
        "fake": FakeIndex,
        "edge": lambda: EdgeIndex(tmp_path / "index"),
        "local": lambda: OneAtATime(QdrantIndex(QdrantClient(":memory:"))),
    }[request.param]()
    yield made
    made.close()


def edition(nth: int) -> dict[str, str]:
    """Every document says which edition it is of, so that a mixture of two is seen in any answer."""
    return {f"doc{n}.md": page(n, extra=f"\nThis is edition number e{nth} of the book.\n") for n in range(3)}


def guarded(resources: Any, stop: threading.Event, answers: set[Any], failures: list[BaseException]) -> None:
    """Search again and again, and note each release with everything it was found to serve."""
    while not stop.wait(PAUSE_SECONDS):
        try:
            found = search(resources.serving, "the edition of the book", top_k=50)
        except BaseException as error:  # noqa: BLE001 - whatever a reader meets is what the test is about
            failures.append(error)
            return
        answers.add((found["release"], frozenset((hit["chunk"], hit["text"]) for hit in found["hits"])))


@contextmanager
def searched(resources: Any) -> Iterator[tuple[set[Any], list[BaseException]]]:
    """Let readers search all the while, and give what they note: their answers, and their failures."""
    answers: set[Any] = set()
    failures: list[BaseException] = []
    stop = threading.Event()
    readers = [
        threading.Thread(target=guarded, args=(replace(resources), stop, answers, failures), daemon=True)
        for _ in range(READERS)
    ]
    for reader in readers:
        reader.start()
    try:
        yield answers, failures
    finally:
        stop.set()
        for reader in readers:
            reader.join()


@contextmanager
def ledger_read(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process read the ledger all the while; afterwards it says how often, and how many releases."""
    command = [sys.executable, "-c", LEDGER_READER, str(folder / "ledger"), str(folder / "stop")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        (folder / "stop").touch()


def promoted(resources: Any, nth: int) -> Any:
    """Bring edition ``nth`` live; every so often another chunking, a rollback, or a collection comes with it."""
    for name, text in edition(nth).items():
        resources.store.write(name, text)
    if nth % 20 == 0:
        resources = resources.with_params(chunking=Chunking(30 + nth % 40))
    run(resources, approved=True)
    if nth % 7 == 0:
        roll_back(resources.records, None, vector_index=resources.index)
    if nth % 5 == 0:
        examined(resources, repair=True)
    return resources


def test_readers_see_whole_releases_only_during_promotions_rebuilds_rollbacks_and_collections(
    index: Any, tmp_path: Path
) -> None:
    ledger = FileLedger(tmp_path / "ledger")
    resources: Any = replace(
        fake_resources(tmp_path, edition(0), gate=Gate(keep_releases=2, grace_hours=0)), index=index, ledger=ledger
    )
    run(resources)
    contents: dict[str, set[Any]] = {}
    with ledger_read(tmp_path) as process, searched(resources) as (answers, failures):
        for nth in range(1, PROMOTIONS + 1):
            contents |= content_now(resources)
            resources = promoted(resources, nth)
            contents |= content_now(resources)
            assert failures == []
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    reads, seen = map(int, out.split())
    assert reads >= seen > 1
    assert failures == []
    known = {(release, frozenset(rows)) for release, rows in contents.items()}
    assert len({release for release, _ in answers}) > PROMOTIONS / 20
    assert {release for release, _ in answers if release in contents} == {r for r, _ in answers & known}
    assert {a for a in answers if a[0] in contents} <= known, "an answer mixed two releases, or missed some of one"
    strange = [a for a in answers if a[0] not in contents]
    assert all(
        len({word for _, text in rows for word in text.split() if edition_word(word)}) == 1 for _, rows in strange
    )


def edition_word(word: str) -> bool:
    return word.startswith("e") and word[1:].isdigit()


def content_now(resources: Any) -> dict[str, set[Any]]:
    live = live_release(resources.ledger)
    assert live is not None
    return {live.id: {(chunk, text) for chunk, _, text in served(resources)}}


def test_a_reader_whose_collection_is_collected_under_it_reads_the_live_release_instead(
    index: Any, tmp_path: Path
) -> None:
    resources: Any = replace(fake_resources(tmp_path, pages(3), gate=FREE), index=index)
    run(resources)
    first = live_release(resources.ledger)
    assert first is not None
    tries = []

    def read(release: Any) -> int:
        tries.append(release.id)
        if len(tries) == 1:
            for nth in (20, 21, 22):
                resources.store.write("doc00.md", page(nth))
                run(resources.with_params(chunking=Chunking(10 + nth)))
            narrow = resources.with_params(chunking=Chunking(32))
            examined(narrow, repair=True)
            assert first.index.collection not in index.collections()
        return len(index.search(release.index.collection, revision=release.index.revision, vector=None,
                                text="keeper", top_k=50))  # fmt: skip

    release, hits = read_live(read, ledger=resources.ledger, params=resources.params)
    assert (tries[0], release) == (first.id, live_release(resources.ledger))
    assert hits > 0


def outrun(resources: Any, releases: int) -> Callable[[Any], str]:
    """Return a read during which the pointer moves on by so many releases."""

    def read(release: Any) -> str:
        for _ in range(releases):
            resources.store.write("doc00.md", page(resources.store.listings + 100))
            run(resources)
        return str(release.id)

    return read


def test_a_read_stands_while_its_release_is_kept_and_is_made_anew_beyond(tmp_path: Path) -> None:
    resources = fake_resources(tmp_path, pages(3), gate=Gate(keep_releases=3, grace_hours=0))
    run(resources)
    first = live_release(resources.ledger)
    assert first is not None
    assert read_live(outrun(resources, 2), ledger=resources.ledger, params=resources.params)[1] == first.id
    with pytest.raises(IndexBusy, match="keep_releases"):
        read_live(outrun(resources, 3), ledger=resources.ledger, params=resources.params)


def test_a_live_collection_that_is_lost_is_no_reason_to_read_again(tmp_path: Path) -> None:
    resources = fake_resources(tmp_path, pages(3))
    run(resources)
    resources.index.drop(resources.index.collections()[0])
    with pytest.raises(IndexDamaged):
        search(resources.serving, "keeper")
