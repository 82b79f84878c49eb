"""Does a crash lose anything? Random histories with crashes at any write, and real refreshes killed with SIGKILL.

    python -m bench.robustness.crash_histories [--histories 500] [--kills 24] [--seed 17] [--light]     (make faults)

Prints a table and writes bench/results/crash_histories.json and .log. The product has no hooks for it: the crashes come
from wrappers around its ports, here and in tests/fakes/tap.py.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "bench" / "results"
CHILD = "child"
CACHE, BUILD = "cache.commit", "inside dvc build"
BUILD_SECONDS = 3.0
"""Seconds of a dvc build until the process is killed."""
UPDATE, REBUILD = "update", "rebuild"
TARGETS: tuple[tuple[str, str, int, str], ...] = (
    (UPDATE, "memory.put", 1, "before"), (UPDATE, "memory.put", 1, "after"), (UPDATE, "quarantine.replace", 1, "after"),
    (UPDATE, CACHE, 1, "before"), (UPDATE, CACHE, 1, "after"), (UPDATE, "index.create", 1, "before"),
    (UPDATE, "index.upsert", 1, "before"), (UPDATE, "index.upsert", 1, "after"), (UPDATE, "index.retire", 1, "before"),
    (UPDATE, "index.retire", 1, "after"), (UPDATE, "index.retire", 2, "after"), (UPDATE, "index.delete", 1, "after"),
    (UPDATE, "ledger.set_lease", 1, "after"), (UPDATE, "ledger.put", 1, "after"), (UPDATE, "ledger.put", 3, "after"),
    (UPDATE, "ledger.put", 4, "after"), (UPDATE, "ledger.swap", 1, "before"), (UPDATE, "ledger.swap", 1, "after"),
    (UPDATE, "tracker.record", 1, "before"), (UPDATE, "tracker.record", 1, "after"),
    (UPDATE, "tracker.sync", 1, "after"), (UPDATE, "tracker.preserve", 1, "before"),
    (REBUILD, BUILD, 1, "before"), (REBUILD, "builder.build", 1, "after"), (REBUILD, "index.upsert", 1, "after"),
)  # fmt: skip
"""The kills, in this order and repeated: (kind of change, write, number of the write, before or after it).

``ledger.swap`` is the move of the ``live`` pointer.
"""


@dataclass
class Kill:
    """One killed refresh, and the state afterwards."""

    change: str
    write: str
    nth: int
    when: str
    killed: bool = False
    live_was_old: bool = False
    whole: bool = False
    """Whether search answered from exactly one release, the live one."""
    converged: bool = False
    healthy: bool = False
    embedded: int = 0
    """Number of texts that the next refresh embedded."""
    seconds: float = 0.0
    said: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether the process was killed and nothing was lost."""
        return self.killed and self.whole and self.converged and self.healthy


def without_models() -> None:
    """Let every desk of this process have an embedder of words in the place of a model, and no dvc: much quicker."""
    import pointsman.bootstrap.workspace
    from tests.fakes.model_loader import FakeBuilder, FakeLines, FakeModels

    plain = pointsman.bootstrap.workspace.make_resources

    def light(*args: Any, **named: Any) -> Any:
        resources, models = plain(*args, **named), FakeModels("words", "none")
        return replace(
            resources, models=models, builder=FakeBuilder(FakeLines(), models, resources.params, resources.ledger)
        )

    pointsman.bootstrap.workspace.make_resources = light


def child(root: Path, write: str, nth: int, when: str) -> None:
    """Run ``pointsman refresh`` in ``root`` and kill this process at the given write."""
    import pointsman.bootstrap.workspace
    from pointsman.adapters.models.embedders.embedding_cache import CachedEmbedder
    from tests.fakes.tap import tapped

    seen: Counter[str] = Counter()

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def at(_number: int, name: str, now: str) -> None:
        seen[name] += now == "before"
        if write == BUILD and name == "builder.build" and now == "before":
            threading.Timer(BUILD_SECONDS, die).start()
        elif (name, seen[name], now) == (write, nth, when):
            die()

    def written(self: CachedEmbedder, *args: Any) -> None:
        at(0, CACHE, "before")
        plain_write(self, *args)
        at(0, CACHE, "after")

    plain_write, plain_desk = CachedEmbedder._write, pointsman.bootstrap.workspace.make_resources  # noqa: SLF001 - the commit is the write
    CachedEmbedder._write = written  # type: ignore[method-assign]  # noqa: SLF001
    pointsman.bootstrap.workspace.make_resources = lambda *args, **named: tapped(plain_desk(*args, **named), at)[0]
    os.chdir(root)
    sys.argv = ["pointsman", "refresh", "--json"]
    from pointsman.cli import main as command

    command()


def changed(root: Path, change: str, number: int) -> str:
    """Edit, add, rename and remove documents, for a rebuild also the chunking; return a word of the new text."""
    import yaml

    word = f"wombat{number:03}"
    documents = sorted((root / "documents").rglob("*.md"))
    edited = documents[number % len(documents)]
    edited.write_text(f"{edited.read_text()}\n\nThe {word} relay opens at {number} volts.\n")
    added = root / "documents" / f"added-{number:03}.md"
    added.write_text(f"# Added {number}\n\nThe {word} switch is number {number} of its row.\n")
    old = root / "documents" / f"added-{number - 1:03}.md"
    if old.exists():
        old.rename(old.with_name(f"renamed-{number - 1:03}.md"))
    (root / "documents" / f"renamed-{number - 2:03}.md").unlink(missing_ok=True)
    if change == REBUILD:
        params = yaml.safe_load((root / "params.yaml").read_text())
        params["chunking"]["max_tokens"] += 7
        (root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    return word


def refreshed(root: Path) -> int:
    """Refresh in this process, without Prefect; return the number of embedded texts."""
    from pointsman.bootstrap.workspace import open_resources, sole_writer
    from pointsman.bootstrap.write_session import writing
    from pointsman.steps.refresh.check import check_state
    from pointsman.steps.refresh.loop import refresh
    from pointsman.steps.refresh.report import Outcome

    with sole_writer(root), open_resources(root) as resources:
        seen = check_state(
            resources.intake,
            approved=True,
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
        )
        if isinstance(seen, Outcome):
            return 0
        with writing(root, resources) as leased:
            return refresh(
                leased.intake,
                serving=leased.serving,
                records=leased.records,
                builder=leased.builder,
                progress=leased.progress,
            ).work.chunks_embedded


def found(root: Path, word: str) -> tuple[str, bool]:
    """Return the live release, and whether a search finds ``word``."""
    from pointsman.bootstrap.workspace import open_resources
    from pointsman.steps.serving.answer import search

    with open_resources(root) as resources:
        answer = search(resources.serving, word, top_k=20)
    return answer["release"], any(word in hit["text"] for hit in answer["hits"])


def examined(root: Path) -> dict[str, object]:
    """Return the findings of ``doctor``."""
    from pointsman.bootstrap.workspace import open_resources
    from pointsman.steps.maintenance.doctor import diagnose

    with open_resources(root) as resources:
        return diagnose(
            resources.intake,
            repair=False,
            serving=resources.serving,
            records=resources.records,
            progress=resources.progress,
            erasure_sweep=resources.erasure_sweep,
        ).as_json()


def kill_once(root: Path, number: int, target: tuple[str, str, int, str], *, light: bool = False) -> Kill:
    """Change the documents, kill a refresh, refresh again, and check the result."""
    change, write, nth, when = target
    kill, started = Kill(change, write, nth, when), time.monotonic()
    before = found(root, "relay")[0]
    word = changed(root, change, number)
    command = [
        sys.executable,
        "-m",
        "bench.robustness.crash_histories",
        CHILD,
        str(root),
        write,
        str(nth),
        when,
        *(["light"] if light else []),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    kill.killed = done.returncode == -signal.SIGKILL
    if not kill.killed:
        kill.said.append(f"the process ended with {done.returncode}: {done.stderr[-300:]}")
    live, has = found(root, word)
    kill.live_was_old = live == before
    kill.whole = has != kill.live_was_old
    kill.embedded = refreshed(root)
    kill.converged = found(root, word)[1]
    findings = examined(root)
    kill.healthy = bool(findings["healthy"]) and findings["unfinished"] == 0
    if not kill.healthy:
        kill.said.append(json.dumps({k: v for k, v in findings.items() if v}))
    kill.seconds = round(time.monotonic() - started, 1)
    return kill


def kills(count: int, scratch: Path, log: list[str], *, light: bool) -> list[Kill]:
    """Kill ``count`` refreshes in one workspace with the sample corpus, one after another."""
    from tests.e2e.conftest import lay_out

    if light:
        without_models()
    targets = [t for t in TARGETS if not light or (t[0] == UPDATE and t[1] != CACHE)]
    root = lay_out(scratch / "workspace").root
    refreshed(root)
    made = []
    for number in range(count):
        kill = kill_once(root, number, targets[number % len(targets)], light=light)
        made.append(kill)
        verdict = "good" if kill.good else "BAD"
        log.append(
            f"kill {number}: {kill.change}, {kill.when} {kill.write} #{kill.nth}: {verdict}, "
            f"{'old' if kill.live_was_old else 'new'} release answered whole: {kill.whole}, "
            f"{kill.embedded} texts embedded afterwards, {kill.seconds} s {' '.join(kill.said)}"
        )
        print(log[-1], flush=True)
    return made


def histories(count: int, seed: int, scratch: Path, log: list[str]) -> tuple[Counter[str], int]:
    """Run ``count`` random histories with crashes; return crashes by write, and the number of good histories."""
    from tests.laws.histories import converges, drawn

    draw, struck, good = random.Random(seed), Counter(), 0  # noqa: S311 - drawn with a seed
    for number in range(count):
        history = drawn(draw)
        try:
            crashes = converges(scratch, history)
        except AssertionError as error:
            log.append(f"history {number}: BAD {history!r}: {str(error)[:300]}")
            print(log[-1], flush=True)
            continue
        good += 1
        struck.update(crashes)
        log.append(f"history {number}: {len(history)} events, {len(crashes)} crashes, equal to a build from scratch")
    return struck, good


def main() -> int:
    """Run both parts, print the tables, write the results; return 1 if anything was lost."""
    if sys.argv[1:2] == [CHILD]:
        if sys.argv[6:] == ["light"]:
            without_models()
        child(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5])
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", type=int, default=500)
    parser.add_argument("--kills", type=int, default=24)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--light", action="store_true", help="kill refreshes without models and dvc builds (faster)")
    options = parser.parse_args()
    log: list[str] = []
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        struck, good = histories(options.histories, options.seed, Path(folder), log)
        made = kills(options.kills, Path(folder), log, light=options.light)
    _shown(struck, good, made, options.histories)
    RESULTS.mkdir(exist_ok=True)
    result = {
        "seed": options.seed, "light": options.light, "histories": options.histories, "converged": good,
        "crashes": dict(sorted(struck.items())),
        "kills": [vars(kill) | {"good": kill.good} for kill in made], "seconds": round(time.monotonic() - started, 1),
    }  # fmt: skip
    (RESULTS / "crash_histories.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "crash_histories.log").write_text("\n".join(log) + "\n", encoding="utf-8")
    return 0 if good == options.histories and all(kill.good for kill in made) else 1


def _shown(struck: Counter[str], good: int, made: list[Kill], total: int) -> None:
    table = Table("crash at", "times", title=f"{good} of {total} histories ended equal to a build from scratch")
    for name, times in sorted(struck.items()):
        table.add_row(name, str(times))
    Console().print(table)
    title = f"{sum(kill.good for kill in made)} of {len(made)} killed refreshes lost nothing"
    table = Table("change", "killed", "answered", "converged", "healthy", "embedded", title=title)
    for k in made:
        answered = f"{'old' if k.live_was_old else 'new'} release, {'whole' if k.whole else 'MIXED'}"
        where = f"{k.when} {k.write} #{k.nth}" if k.killed else f"NOT {k.write}"
        table.add_row(k.change, where, answered, str(k.converged), str(k.healthy), str(k.embedded))
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
