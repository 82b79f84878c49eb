"""What an unchanged store costs: process time of ``plan`` and ``refresh`` over N documents, beside the least there is.

    python -m bench.speed.no_change [--documents 2000] [--look 10000]

Baselines in the same run: ``python -c pass`` (a process), and listing the same folder with os.scandir and stat. With
``--look 10000`` documents the look alone is measured inside one process (nothing is embedded: a release is written by
hand), against the walk; the limit is a ratio of 3.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

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
    """Make a workspace of ``documents`` short documents."""
    for name in ("pipelines", ".dvc"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "tmp", "cache"))
    for name in ("dvc.yaml",):
        shutil.copyfile(ROOT / name, root / name)
    (root / ".dvc" / "config.local").write_text("[core]\n    no_scm = true\n", encoding="utf-8")
    for folder in ("examples", "probes"):
        (root / folder).mkdir()
    for number in range(documents):
        path = root / "documents" / f"{number % 40:02}" / f"{number:06}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"# Valve {number}\n\nValve number {number} opens at {number * 7 % 997} kPa.\n", encoding="utf-8"
        )
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["store"]["url"], params["examples"]["path"], params["probes"]["path"] = "documents", "examples", "probes"
    (root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")


def process_seconds(command: Sequence[str], root: Path, repeat: int = 5) -> float:
    """Return the least user and system seconds of ``repeat`` runs, children included."""
    best = float("inf")
    for _ in range(repeat):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def released(root: Path, documents: int) -> None:
    """Write a release of the documents of a workspace by hand, as if they had been embedded."""
    from pointsman.bootstrap.workspace import make_desk
    from pointsman.core.corpus.chunking import chunking_fingerprint
    from pointsman.core.release import Index, Release
    from pointsman.steps.ledger.releases import PROMOTE, move_pointer, put_release
    from pointsman.steps.observe.state import survey

    desk = make_desk(root)
    seen = survey(desk.intake, serving=desk.serving, records=desk.records, progress=desk.progress)
    chunking = chunking_fingerprint(desk.params.chunking.max_tokens)
    name = Index.name(seen.embedder.fingerprint, chunking)
    desk.index.create(name, desk.models.embedder(seen.embedder).dimension)
    desk.index.close()
    release = Release(
        seen.manifest.id, documents, desk.params.chunking.max_tokens,
        Index(name, 1, seen.embedder.fingerprint, chunking, documents), seen.embedder, seen.generator, seen.prompt,
        "by hand", seen.supervision.set_id,
    )  # fmt: skip
    put_release(desk.ledger, release, seen.manifest)
    move_pointer(desk.ledger, None, release.id, why=PROMOTE, decision="by hand", at=desk.now())


def look_ratio(documents: int) -> dict[str, float]:
    """Return milliseconds of a walk and of a refresh's look over unchanged documents, in one process."""
    from pointsman.bootstrap.workspace import make_desk
    from pointsman.steps.refresh.fast_path import glance
    from pointsman.steps.refresh.look import look

    def walk(folder: str) -> None:
        for entry in os.scandir(folder):
            walk(entry.path) if entry.is_dir() else entry.stat()

    def visit() -> None:
        desk = make_desk(root)
        seen = glance(desk.intake, beat=True, serving=desk.serving, records=desk.records)
        if seen is None or seen.report is None:
            look(desk.intake, seen=seen, serving=desk.serving, records=desk.records, progress=desk.progress)

    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        lay_out(root, documents)
        released(root, documents)
        time.sleep(SETTLED_SECONDS)  # what was written just now is not trusted, and is opened again
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
    """Measure and print the table."""
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
        f"look at {chosen.look} unchanged documents, in process: {ratio['look']} ms, "
        f"walk {ratio['walk']} ms: {inside:.2f}"
    )
    RESULT.parent.mkdir(exist_ok=True)
    kept = {"documents": documents, "process_seconds": seconds, "look_documents": chosen.look, "look_ms": ratio}
    RESULT.write_text(json.dumps({**kept, "look_over_walk": round(inside, 2)}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
