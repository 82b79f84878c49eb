"""Two machines on one ledger and one set of collections, whose requests arrive late, twice, or when nobody waits."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pointsman.core.errors import IndexBusy, IndexDamaged, LedgerConflict, StoreMoved
from pointsman.core.release import Release
from pointsman.steps.ledger.lease_record import LEASE_SECONDS
from pointsman.steps.ledger.leased_ports import leased
from pointsman.steps.ledger.releases import all_releases, live_release
from pointsman.steps.ledger.write_lease import WriteLease
from tests.fakes.index import FakeIndex
from tests.fakes.machines import Machine, Time
from tests.fakes.model_loader import FakeModels
from tests.fakes.resources import FakeMemory, FakeQuarantine, fake_resources, page, pages, run, served
from tests.fakes.tap import WRITES

DAY = 86_400.0
SENT = {"index": WRITES["index"] | {"erase"}, "ledger": WRITES["ledger"] - {"set_lease"} | {"replace"}}
"""Port → the requests that may be late."""


class Paused(BaseException):
    """The process stands still for ever; its request is on the way."""


@dataclass
class Process:
    """One process with its own view of the server; at one of its requests something happens."""

    index: FakeIndex
    trouble: str = "none"
    """``pause``: its request arrives later and it never goes on. ``timeout``: the same, and it goes on with an error.
    ``answer``: its request arrives, its answer does not. ``kill``: nothing arrives."""
    at: int = 0
    """Number of the request at which it happens, among those to ``role``."""
    role: str = "index"
    late: list[Callable[[], object]] = field(default_factory=list)
    between: Callable[[], object] = lambda: None
    """What others do before each request."""
    number: int = 0
    seen: dict[str, int] = field(default_factory=dict)

    def send(self, role: str, request: Callable[[], object], collection: str) -> object:
        """Send a request; on the server, a collection that was fenced since this process looked is another one."""
        there = self.index._collections.get(collection)
        seen = self.seen.setdefault(collection, there.fenced if there else 0)

        def arrive() -> object:
            now = self.index._collections.get(collection)
            if role == "index" and now is not None and now.fenced != seen:
                raise LedgerConflict(f"{collection} is another collection now")
            return request()

        self.between()
        self.number += role == self.role
        if role != self.role or self.number != self.at:
            return arrive()
        if self.trouble in {"pause", "timeout"}:
            self.late.append(arrive)
        if self.trouble == "answer":
            arrive()
        raise Paused if self.trouble == "pause" else TimeoutError(self.trouble)


class Remote:
    """A port whose writes are requests of a process."""

    def __init__(self, process: Process, role: str, port: Any) -> None:
        self._process, self._role, self._port = process, role, port

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name not in SENT[self._role]:
            return found

        def sent(*args: Any, **named: Any) -> object:
            collection = str(args[0]) if self._role == "index" else ""
            return self._process.send(self._role, lambda: found(*args, **named), collection)

        return sent


@dataclass
class World:
    """The store, the server and the two machines of a history."""

    rng: random.Random
    resources: Any
    time: Time = field(default_factory=Time)
    late: list[Callable[[], object]] = field(default_factory=list)
    """Requests on the way."""
    promised: dict[str, Any] = field(default_factory=dict)
    """Release → what its readers got when it went live."""
    refused: int = 0
    """Late requests that were refused."""
    fences: bool = True

    def machines(self) -> list[Machine]:
        return [Machine(self.time, "a"), Machine(self.time, "b")]

    def arrive(self, chance: float = 0.03) -> None:
        """Let one request arrive, with luck."""
        if self.late and self.rng.random() < chance:
            try:
                self.late.pop(self.rng.randrange(len(self.late)))()
            except (LedgerConflict, IndexDamaged):
                self.refused += 1
            self.check()

    def check(self) -> None:
        """Check that readers of every release that was live get what they got first."""
        live = live_release(self.resources.ledger)
        if live is not None:
            self.promised.setdefault(live.id, of_release(self.resources, live))
        for release in all_releases(self.resources.ledger):
            if release.id in self.promised:
                assert of_release(self.resources, release) == self.promised[release.id], "a mixed release"

    def refresh(self, machine: Machine, process: Process) -> None:
        """Run a refresh of a new process of ``machine``."""
        lease = machine.lease(self.resources.ledger)
        mine = replace(
            self.resources, memory=FakeMemory(), quarantine=FakeQuarantine(),
            models=FakeModels("tiny-embedder", "tiny-generator"),
            index=Remote(process, "index", self.resources.index),
            ledger=Remote(process, "ledger", self.resources.ledger),
        )  # fmt: skip
        lease.take()
        self.arrive()
        if self.fences:
            lease.fence(self.resources.index)
        with given_back(lease):
            run(leased(mine, lease))

    def edit(self) -> None:
        name = f"doc{self.rng.randrange(6):02d}.md"
        if self.rng.random() < 0.25 and len(list(self.resources.store.listing())) > 3:
            self.resources.store.remove(next(iter(self.resources.store.listing())).document)
        else:
            self.resources.store.write(name, page(self.rng.randrange(60)))


@contextmanager
def given_back(lease: WriteLease) -> Iterator[None]:
    """Give the lease back, unless the process stands still."""
    try:
        yield
    except Paused:
        raise
    except BaseException:
        lease.give_back()
        raise
    lease.give_back()


def of_release(resources: Any, release: Release) -> Any:
    """Return what a reader of a release gets."""
    at = release.index
    return {
        (p.chunk.chunk, p.chunk.payload_digest, p.chunk.text)
        for p in resources.index.stored_points(at.collection, revision=at.revision)
    }


def history(seed: int, scratch: Path, *, steps: int = 8, fences: bool = True) -> World:
    """Play one history and return how it ended, after one more refresh without trouble."""
    rng = random.Random(seed)
    world = World(rng, fake_resources(scratch, pages(4)), fences=fences)
    machines = world.machines()
    for _ in range(steps):
        world.edit()
        machine = rng.choice(machines)
        machine.ahead = rng.choice([0.0, 0.0, -DAY, -30.0, 30.0, DAY])
        trouble = rng.choice(["none", "pause", "pause", "timeout", "answer", "kill"])
        role = rng.choice(["index", "index", "ledger"])
        at = rng.randrange(1, 6 if role == "index" else 10)
        process = Process(world.resources.index, trouble, at=at, role=role, late=world.late, between=world.arrive)
        try:
            world.refresh(machine, process)
        except (Paused, TimeoutError, IndexBusy, LedgerConflict, StoreMoved):
            world.time.at += rng.choice([1.0, LEASE_SECONDS / 2, 3 * LEASE_SECONDS])
        world.check()
        world.arrive(0.3)
    world.time.at += 3 * LEASE_SECONDS
    world.refresh(machines[0], Process(world.resources.index))
    world.check()
    while world.late:
        world.arrive(1.0)
    assert served(world.resources) == from_scratch(scratch, world.resources)
    return world


def from_scratch(scratch: Path, resources: Any) -> Any:
    """Return what a build of the present store serves."""
    fresh = fake_resources(scratch, {d.document: resources.store.read(d.document) for d in resources.store.listing()})
    run(fresh)
    return served(fresh)
