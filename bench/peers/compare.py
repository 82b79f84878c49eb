"""The same work with LangChain, LlamaIndex and Pointsman: wall time, process time, embedded chunks.

    make peers                                    # makes bench/peers/.venv from requirements.txt, then runs this
    python -m bench.peers.compare [--keep FOLDER]

The corpus is Flask's documentation 2.3.3 (75 files; ``make corpora`` fetches it). Every run is a new process, as in a
cron job, so imports count. Chunkers differ: compare a tool with its own cold build, not chunk counts between tools.
"""

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.new_workspace import new_workspace

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CORPUS = ROOT / ".demo" / "flask" / "2.3.3"
PEER = HERE / ".venv" / "bin" / "python"
POINTSMAN = str(Path(sys.executable).parent / "pointsman")
RESULT = ROOT / "bench" / "results" / "peers.json"

Row = dict[str, Any]


class Peer:
    """A script of this folder, run in the peers' environment."""

    def __init__(self, name: str, script: str, work: Path, store: Path) -> None:
        """Name the script and its folders."""
        self.name, self._script, self._work, self._store = name, script, work.resolve(), store.resolve()

    def __call__(self, what: str = "run") -> Row:
        """Run once and return its report; a killed run has an empty report."""
        command = [str(PEER), "-m", f"bench.peers.{self._script}", str(self._work), str(self._store), what]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        if what == "kill" and done.returncode == -signal.SIGKILL:
            return {}
        if done.returncode:
            sys.exit(f"{self.name}: {done.stderr[-2000:]}")
        return {} if what == "lose" else dict(json.loads(done.stdout.strip().splitlines()[-1]))


class Pointsman:
    """The product's command line in its own workspace."""

    name = "Pointsman"

    def __init__(self, work: Path, store: Path) -> None:
        """Make a workspace for the store."""
        self._root = work
        new_workspace(work, store={"url": str(store)})

    def __call__(self, what: str = "run") -> Row:
        """Refresh; ``kill`` kills it after its decision and before the release; ``lose`` deletes points."""
        if what == "lose":
            return self._lose()
        started, before = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen(
            [POINTSMAN, "refresh", "--json"],
            cwd=self._root,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if what == "kill":
            return self._kill(process)
        output, _ = process.communicate()
        if process.returncode:
            sys.exit(f"pointsman refresh ended with {process.returncode}: {output}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        points, distinct = self._points()
        return {
            "embedded": json.loads(output)["work"]["chunks_embedded"],
            "points": points,
            "distinct": distinct,
            "seconds": round(time.time() - started, 2),
            "process_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        }

    def _kill(self, process: "subprocess.Popen[str]") -> Row:
        decisions = self._root / ".pointsman" / "ledger" / "decision"
        known = set(decisions.glob("*"))
        while process.poll() is None and set(decisions.glob("[!.]*")) <= known:
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        return {}

    def _index(self) -> tuple[Any, str, int]:
        from pointsman.adapters.ledger.file_ledger import FileLedger
        from pointsman.adapters.qdrant.edge_index import EdgeIndex
        from pointsman.steps.ledger.releases import live_release

        live = live_release(FileLedger(self._root / ".pointsman" / "ledger"))
        if live is None:
            sys.exit("nothing is live")
        return EdgeIndex(self._root / ".pointsman" / "qdrant"), live.index.collection, live.index.revision

    def _points(self) -> tuple[int, int]:
        index, collection, revision = self._index()
        seen = [p for p in index.points(collection) if p.seen_at(revision)]
        index.close()
        return len(seen), len({p.chunk for p in seen})

    def _lose(self) -> Row:
        index, collection, revision = self._index()
        ids = sorted(p.id for p in index.points(collection) if p.seen_at(revision))
        index.delete(collection, ids[::10])
        index.close()
        return {}

    def repair(self) -> Row:
        """Run ``pointsman doctor --repair``, as a nightly flow does, and return a report as of a run."""
        started, before = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([POINTSMAN, "doctor", "--repair"], cwd=self._root, check=False, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        points, distinct = self._points()
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {
            "embedded": None, "points": points, "distinct": distinct,
            "seconds": round(time.time() - started, 2), "process_seconds": round(spent, 2),
        }  # fmt: skip


def unchanged(_store: Path) -> None:
    """Change nothing."""


def renamed(store: Path) -> None:
    """Rename eight files."""
    for path in sorted(store.rglob("*.rst"))[:8]:
        path.rename(path.with_name(f"moved-{path.name}"))


def wrapped(store: Path) -> None:
    """Wrap the paragraphs of eight files differently: the same words on other lines."""
    for path in sorted(store.rglob("*.rst"))[20:28]:
        blocks = path.read_text(encoding="utf-8").split("\n\n")
        plain = [
            b if b[:1] in " .-=~^*|:" or "\n " in b or "::" in b or _underlined(b) else textwrap.fill(b, 60)
            for b in blocks
        ]
        path.write_text("\n\n".join(plain), encoding="utf-8")


def _underlined(block: str) -> bool:
    lines = block.strip().splitlines()
    return any(line and len(set(line)) == 1 and not line[0].isalnum() for line in lines)


def one_paragraph(store: Path) -> None:
    """Add a sentence to one document."""
    path = sorted(store.rglob("*.rst"))[40]
    path.write_text(
        path.read_text(encoding="utf-8") + "\n\nThis sentence was written for the comparison.\n", encoding="utf-8"
    )


SCENARIOS: tuple[tuple[str, Callable[[Path], None], str], ...] = (
    ("cold build", unchanged, "run"),
    ("unchanged", unchanged, "run"),
    ("8 of 75 files renamed", renamed, "run"),
    ("8 files re-wrapped", wrapped, "run"),
    ("one sentence added", one_paragraph, "run"),
    ("killed after the vectors were written, then run again", one_paragraph, "kill"),
    ("every tenth point lost, then run again", unchanged, "lose"),
)


def main() -> None:
    """Run every scenario with every tool, print the table, write bench/results/peers.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="work in this folder and do not delete it")
    keep = parser.parse_args().keep
    for needed, way in ((CORPUS, "make corpora"), (PEER, "make peers")):
        if not needed.exists():
            sys.exit(f"{needed} is not there; run `{way}` first")
    with tempfile.TemporaryDirectory() as scratch:
        rows = compare(keep or Path(scratch))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    table = Table("scenario", "tool", "embedded", "points", "distinct", "seconds", "process s", title="the same work")
    for row in rows:
        table.add_row(
            *(
                str(row[key])
                for key in ("scenario", "tool", "embedded", "points", "distinct", "seconds", "process_seconds")
            )
        )
    Console(width=140).print(table)


def compare(work: Path) -> list[Row]:
    """Return one row for each scenario and tool; each tool has its own copy of the corpus."""
    rows: list[Row] = []
    for tool in ("LangChain", "LlamaIndex", "Pointsman"):
        folder = work / tool.lower()
        store = folder / "documents"
        shutil.copytree(CORPUS, store)
        scripts = {"LangChain": "langchain_index", "LlamaIndex": "llama_index_pipeline"}
        run: Any
        if tool in scripts:
            run = Peer(tool, scripts[tool], folder / "work", store)
        else:
            (folder / "work").mkdir()
            run = Pointsman(folder / "work", store)
        for title, change, what in SCENARIOS:
            change(store)
            if what != "run":
                run(what)
            rows.append({"scenario": title, "tool": tool, **run()})
            print(json.dumps(rows[-1]), file=sys.stderr)
        if isinstance(run, Pointsman):
            rows.append({"scenario": "the nightly doctor, after that", "tool": tool, **run.repair()})
    return rows


if __name__ == "__main__":
    main()
