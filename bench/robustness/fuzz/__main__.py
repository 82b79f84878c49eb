"""Does any document, example, probe or question stop the rest? Hostile items through the real reading path.

    python -m bench.robustness.fuzz [--documents 150000] [--lines 50000] [--questions 20000] [--seed 1] [--embed 500]

Every item must end as read, or quarantined with a reason that is a plain sentence; anything that is raised is a fault,
and the smallest item of each fault is kept below --keep. Prints the counts and adds them to bench/results/fuzz.json.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from bench.robustness.fuzz.hostile_documents import ROOT, HostileDocuments
from bench.robustness.fuzz.hostile_lines import HostileLines
from bench.robustness.fuzz.reading import Outcome, ReadingPath
from pointsman.adapters.models.loader import ModelLoader
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.settings.workspace import WorkspaceFolder

RESULT = ROOT / "bench" / "results" / "fuzz.json"
SECONDS = 20
"""Seconds after which an item counts as a fault: it hangs."""
FILE_LINES = 50
"""Lines of examples or probes in one file."""


class TooSlow(Exception):
    """An item took longer than ``SECONDS``."""


class Tally:
    """What became of the items, and the smallest item of each fault."""

    def __init__(self, keep: Path) -> None:
        """Take the folder for items that fail."""
        self.counts: Counter[str] = Counter()
        self.checks: Counter[str] = Counter()
        self.faults: dict[str, int] = {}
        self.texts: list[str] = []
        self._keep, self._smallest = keep, dict[str, int]()

    def take(self, kind: str, name: str, raw: bytes, step: Callable[[], Outcome]) -> None:
        """Run one item."""
        signal.alarm(SECONDS)
        try:
            outcome = step()
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            self.fault(kind, name, raw, error)
            return
        finally:
            signal.alarm(0)
        self.counts[f"{kind}: {'read' if outcome.read else 'quarantined'}"] += 1
        self.checks.update(f"{kind}: {row.check}" for row in outcome.reasons)
        self.texts += outcome.texts[:1]

    def fault(self, kind: str, name: str, raw: bytes, error: BaseException) -> None:
        """Count a fault, and keep its item where it is the smallest so far."""
        last = traceback.extract_tb(error.__traceback__)[-1]
        key = f"{kind} {type(error).__name__} {Path(last.filename).name}:{last.lineno}"
        self.counts[f"{kind}: FAULT"] += 1
        self.faults[key] = self.faults.get(key, 0) + 1
        if len(raw) < self._smallest.get(key, sys.maxsize):
            self._smallest[key] = len(raw)
            self._keep.mkdir(parents=True, exist_ok=True)
            stem = "".join(c if c.isalnum() else "-" for c in key)
            (self._keep / f"{stem}{Path(name).suffix}").write_bytes(raw)
            (self._keep / f"{stem}.log").write_text(f"{name}\n{error!r}\n{traceback.format_exc()}", "utf-8", "replace")


def run(arguments: argparse.Namespace, path: ReadingPath) -> Tally:
    """Run all items."""
    tally, said = Tally(Path(arguments.keep)), time.monotonic()
    documents, lines = HostileDocuments(arguments.seed), HostileLines(arguments.seed)
    for number in range(arguments.documents):
        name, raw = next(documents)
        tally.take("documents", name, raw, lambda n=name, r=raw: path.document(n, r))  # type: ignore[misc]
        if time.monotonic() - said > 60:  # noqa: PLR2004 - once a minute
            said = time.monotonic()
            print(number + 1, dict(tally.counts), flush=True)
    for kind in ("examples", "probes"):
        for _ in range(arguments.lines // FILE_LINES // 2):
            _file(tally, path, kind, [getattr(lines, kind[:-1])() for _ in range(FILE_LINES)])
    for _ in range(arguments.questions):
        text = lines.question()
        tally.take("questions", "q.txt", text.encode("utf-8", "surrogatepass"), lambda t=text: path.question(t))  # type: ignore[misc]
    return tally


def _file(tally: Tally, path: ReadingPath, kind: str, lines: list[bytes]) -> None:
    """Run one file of lines: each must be accepted or refused."""
    raw = b"\n".join(lines)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.jsonl").write_bytes(raw)
        signal.alarm(SECONDS)
        try:
            found = path.lines(Path(folder), probes=kind == "probes")
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            tally.fault(kind, "a.jsonl", raw, error)
            return
        finally:
            signal.alarm(0)
    for _, reasons in found:
        tally.counts[f"{kind}: {'quarantined' if reasons else 'read'}"] += 1
        tally.checks.update(f"{kind}: {row.check}" for row in reasons)


def _embed(embedder: Any, texts: list[str], most: int) -> int:
    """Embed a sample of the texts that were read, and return how many vectors are finite."""
    import numpy as np

    sample = texts[:: max(1, len(texts) // most)][:most] if most and texts else []
    return int(np.isfinite(embedder.embed(sample)).all(axis=1).sum()) if sample else 0


def stop_slow_items() -> None:
    """Let an item that takes longer than ``SECONDS`` raise ``TooSlow``."""
    signal.signal(signal.SIGALRM, _alarm)


def _alarm(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlow


def main() -> int:
    """Run, print the counts, and return the number of faults (at most 1 as exit code)."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--documents", type=int, default=150_000)
    parser.add_argument("--lines", type=int, default=50_000)
    parser.add_argument("--questions", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--embed", type=int, default=500)
    parser.add_argument("--keep", default=str(Path(tempfile.gettempdir()) / "pointsman-fuzz"))
    arguments = parser.parse_args()
    stop_slow_items()
    workspace = WorkspaceFolder(ROOT)
    loader = ModelLoader(
        workspace, workspace.params(), models=models_folder(Endpoints()), progress=lambda *_: None, keep=False
    )
    embedder = loader.embedder(loader.base("retriever"))
    started = time.monotonic()
    tally = run(arguments, ReadingPath(embedder.count_tokens))
    embedded = _embed(embedder, tally.texts, arguments.embed)
    found = {
        "seed": arguments.seed, "counts": dict(sorted(tally.counts.items())), "embedded": embedded,
        "checks": dict(tally.checks.most_common()), "faults": tally.faults,
        "seconds": round(time.monotonic() - started),
    }  # fmt: skip
    print(json.dumps(found, indent=1))
    before = json.loads(RESULT.read_text()) if RESULT.is_file() else []
    kept = [each for each in before if each["seed"] != arguments.seed]
    RESULT.write_text(json.dumps([*kept, found], indent=1) + "\n")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
