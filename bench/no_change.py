"""What an unchanged store costs: process time of ``plan`` and ``refresh`` over N documents, beside the least there is.

    python bench/no_change.py [--documents 2000]

Baselines in the same run: ``python -c pass`` (a process), and listing the same folder with os.scandir and stat.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
POINTSMAN = str(Path(sys.executable).parent / "pointsman")
SCAN = """
import os, sys
def walk(folder):
    for entry in os.scandir(folder):
        walk(entry.path) if entry.is_dir() else entry.stat()
walk(sys.argv[1])
"""


def lay_out(root: Path, documents: int) -> None:
    """Make a workspace of ``documents`` short documents."""
    for name in ("src", "pipelines", ".dvc"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "tmp", "cache"))
    for name in ("dvc.yaml", "requirements.lock"):
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


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    documents = parser.parse_args().documents
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


if __name__ == "__main__":
    main()
