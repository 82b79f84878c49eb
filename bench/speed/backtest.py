"""How long does a backtest take? On a real history, or on one that is made here.

    python -m bench.speed.backtest [REPOSITORY --path DIR] [--commits 2000] [--plot docs/backtest.png]

Without a repository, one is made: 700 files of about 6,000 bytes; each commit edits a paragraph in one to three files.
Limit: 2,000 commits of 700 files in 10 minutes.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pointsman.adapters.reports.backtest_plots import history_png
from pointsman.bootstrap.backtest import Backtest, open_backtest
from pointsman.bootstrap.backtest_variants import AS_IS
from pointsman.cli.progress import Bars

ROOT = Path(__file__).parents[2]
RESULT = ROOT / "bench" / "results" / "backtest.json"
LIMIT_SECONDS = 600.0
FILES, PARAGRAPHS = 700, 20
WORDS = (
    "lamp", "boiler", "garden", "library", "kitchen", "bridge", "stable", "orchard", "opens", "closes", "morning"
)  # fmt: skip


def made(root: Path, commits: int) -> Path:
    """Make a repository with a random history, through ``git fast-import``."""
    repository = root / "made.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(repository)], check=True)
    stream = "".join(_commands(random.Random(17), commits)).encode()  # noqa: S311 - a corpus, not a secret
    subprocess.run(["git", f"--git-dir={repository}", "fast-import", "--quiet"], input=stream, check=True)
    subprocess.run(["git", f"--git-dir={repository}", "symbolic-ref", "HEAD", "refs/heads/main"], check=True)
    return repository


def _commands(draw: random.Random, commits: int) -> Iterator[str]:
    """Yield commands for fast-import: all files first, then one commit an hour."""
    pages = [[_paragraph(draw) for _ in range(PARAGRAPHS)] for _ in range(FILES)]
    for nth in range(commits):
        touched = range(FILES) if nth == 0 else draw.sample(range(FILES), draw.randint(1, 3))
        yield f"commit refs/heads/main\ncommitter A <a@example.org> {1_700_000_000 + 3600 * nth} +0000\ndata 4\nedit\n"
        for page in touched:
            if nth:
                pages[page][draw.randrange(PARAGRAPHS)] = _paragraph(draw)
            text = "\n\n".join(f"## Part {n}\n\n{p}" if n % 5 == 0 else p for n, p in enumerate(pages[page]))
            text = f"# Page {page}\n\n{text}\n"
            yield f"M 100644 inline docs/section-{page % 20}/page-{page}.md\ndata {len(text.encode())}\n{text}\n"


def _paragraph(draw: random.Random) -> str:
    return " ".join(draw.choices(WORDS, k=45)).capitalize() + "."


def measured(test: Backtest) -> dict[str, object]:
    """Run the backtest and return its size, seconds and memory."""
    started, spent = time.monotonic(), time.process_time()
    for _ in test:
        pass
    seconds = time.monotonic() - started
    report = test.report(seconds=seconds)
    ((_, variant),) = test.variants.items()
    return {
        **{key: report[key] for key in ("repository", "path", "from", "to", "moments", "documents_parsed")},
        "head": test.versions[-1].commit,
        "documents": variant.steps[-1].documents,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(time.process_time() - spent, 1),
        "limit_seconds": LIMIT_SECONDS,
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "summary": report["variants"][0]["summary"],
    }


def main() -> int:
    """Run a backtest over the last commits; exit code 1 above the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", nargs="?", type=Path)
    parser.add_argument("--path", default="docs")
    parser.add_argument("--commits", type=int, default=2000)
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        repository = asked.repository or made(Path(folder), asked.commits)
        test = open_backtest(ROOT, repository, asked.path, progress=Bars())
        test.versions = test.versions[-asked.commits :]
        found = measured(test)
    known = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    RESULT.write_text(json.dumps({**known, str(found["repository"]): found}, indent=2) + "\n", encoding="utf-8")
    if asked.plot is not None:
        title = f"{found['repository']}, {found['path']}: {found['moments']} commits"
        asked.plot.write_bytes(history_png(title, _steps(test), *test.curves()[AS_IS]))
    print(json.dumps({key: value for key, value in found.items() if key != "summary"}, indent=2))
    return 0 if float(str(found["seconds"])) <= LIMIT_SECONDS else 1


def _steps(test: Backtest) -> list[dict[str, object]]:
    return [step.as_json() for step in test.variants[AS_IS].steps]


if __name__ == "__main__":
    sys.exit(main())
