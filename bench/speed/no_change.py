"""What does an unchanged store cost? Process time of ``plan`` and ``refresh`` over N documents.

    python -m bench.speed.no_change [--documents 2000] [--look 10000]

Baselines in the same run: ``python -c pass`` (a process), and listing the same folder with os.scandir and stat. The
check for changes is also measured alone, inside one process, over ``--look`` documents, and compared with the walk over
the folder; the limit is a ratio of 3. No text is embedded for that: the release is written by hand.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.new_workspace import new_workspace

ROOT = Path(__file__).parents[2]
POINTSMAN = str(Path(sys.executable).parent / "pointsman")
RESULT = Path(__file__).parents[1] / "results" / "no_change.json"
SETTLED_SECONDS = 2.5
SCAN = """
import os, sys
def walk(folder):
    for entry in os.scandir(folder):
        walk(entry.path) if entry.is_dir() else entry.stat()
walk(sys.argv[1])
"""


def lay_out(root: Path, documents: int) -> None:
    """Make a workspace with ``documents`` short documents."""
    new_workspace(root)
    for number in range(documents):
        path = root / "documents" / f"{number % 40:02}" / f"{number:06}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"# Valve {number}\n\nValve number {number} opens at {number * 7 % 997} kPa.\n", encoding="utf-8"
        )


def process_seconds(command: Sequence[str], root: Path, repeat: int = 5) -> float:
    """Return the lowest user and system seconds of ``repeat`` runs, with child processes."""
    best = float("inf")
    for _ in range(repeat):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def released(root: Path, documents: int) -> None:
    """Write a release by hand, as if the documents were embedded."""
    from pointsman.bootstrap.workspace import make_resources
    from pointsman.core.corpus.chunking import chunking_fingerprint
    from pointsman.core.release import Index, Release
    from pointsman.steps.ledger.releases import PROMOTE, move_pointer, put_release
    from pointsman.steps.observe.state import observe_state

    resources = make_resources(root)
    seen = observe_state(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )
    chunking = chunking_fingerprint(resources.params.chunking.max_tokens)
    name = Index.name(seen.embedder.fingerprint, chunking)
    resources.index.create(name, resources.models.embedder(seen.embedder).dimension)
    resources.index.close()
    release = Release(
        seen.manifest.id, documents, resources.params.chunking.max_tokens,
        Index(name, 1, seen.embedder.fingerprint, chunking, documents), seen.embedder, seen.generator, seen.prompt,
        "by hand", seen.supervision.set_id,
    )  # fmt: skip
    put_release(resources.ledger, release, seen.manifest)
    move_pointer(resources.ledger, None, release.id, why=PROMOTE, decision="by hand", at=resources.now())


def look_ratio(documents: int) -> dict[str, float]:
    """Return milliseconds of a walk over unchanged documents, and of the check of a refresh, in one process."""
    from pointsman.bootstrap.workspace import make_resources
    from pointsman.steps.refresh.check import check_state
    from pointsman.steps.refresh.fast_path import fast_path

    def walk(folder: str) -> None:
        for entry in os.scandir(folder):
            walk(entry.path) if entry.is_dir() else entry.stat()

    def visit() -> None:
        resources = make_resources(root)
        seen = fast_path(resources.intake, count_visit=True, serving=resources.serving, records=resources.records)
        if seen is None or seen.report is None:
            check_state(
                resources.intake,
                seen=seen,
                serving=resources.serving,
                records=resources.records,
                progress=resources.progress,
            )

    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        lay_out(root, documents)
        released(root, documents)
        time.sleep(SETTLED_SECONDS)  # a file that was just written is read again
        visit()
        best = {"walk": _best(lambda: walk(str(root / "documents"))), "look": _best(visit)}
    return {name: round(1000 * seconds, 1) for name, seconds in best.items()}


def _best(work: Callable[[], object], repeat: int = 7) -> float:
    seconds = []
    for _ in range(repeat):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return min(seconds)


def main() -> None:
    """Measure, print the table, write bench/results/no_change.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--look", type=int, default=10_000)
    chosen = parser.parse_args()
    documents = chosen.documents
    ratio = look_ratio(chosen.look)
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "workspace"
        root.mkdir()
        lay_out(root, documents)
        subprocess.run([POINTSMAN, "refresh"], cwd=root, check=True, env={**os.environ, "HF_HUB_OFFLINE": "1"})
        report = subprocess.run([POINTSMAN, "refresh", "--json"], cwd=root, check=True, capture_output=True, text=True)
        changes = json.loads(report.stdout)["changes"]
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "os.scandir and stat": [sys.executable, "-c", SCAN, "documents"],
            "pointsman plan --json": [POINTSMAN, "plan", "--json"],
            "pointsman refresh --json": [POINTSMAN, "refresh", "--json"],
        }
        seconds = {name: process_seconds(command, root) for name, command in commands.items()}
    table = Table(
        "command", "process seconds", "ratio to os.scandir", title=f"{changes['unchanged']} unchanged documents"
    )
    for name, took in seconds.items():
        table.add_row(name, f"{took:.3f}", f"{took / seconds['os.scandir and stat']:.1f}")
    Console().print(table)
    inside = ratio["look"] / ratio["walk"]
    print(
        f"check of {chosen.look} unchanged documents, in one process: {ratio['look']} ms, "
        f"walk {ratio['walk']} ms: {inside:.2f}"
    )
    RESULT.parent.mkdir(exist_ok=True)
    kept = {"documents": documents, "process_seconds": seconds, "look_documents": chosen.look, "look_ms": ratio}
    RESULT.write_text(json.dumps({**kept, "look_over_walk": round(inside, 2)}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
