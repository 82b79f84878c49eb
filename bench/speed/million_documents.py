"""A million documents: the size of the manifest, and the memory and seconds of two manifests and their diff.

    python -m bench.speed.million_documents [--documents 1000000] [--bytes 6000]

Documents are synthetic: an id like a path, digests of the id, a size of about ``--bytes`` (Flask's have 6,000 bytes).
Each step runs in its own process; its peak resident memory comes from the kernel (ru_maxrss).
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pointsman.adapters.ledger.file_ledger import FileLedger
from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.manifest import Manifest, ManifestEntry
from pointsman.core.hashing import digest
from pointsman.steps.ledger.releases import MANIFEST

RESULT = Path(__file__).parents[1] / "results" / "million_documents.json"
MEMORY_LIMIT_GB = 2.0
SHARE_LIMIT = 0.02
NO_METADATA = digest("{}")
KINDS = 100
"""Of a hundred documents one is edited, one renamed, one removed and one added."""


def entries(documents: int, size: int, *, later: bool) -> Iterator[tuple[str, ManifestEntry]]:
    """Yield (document id, entry) of a corpus; ``later`` is the same corpus after changes of every kind."""
    for number in range(documents):
        name = f"handbook/section-{number // 1000:04}/page-{number:07}.md"
        kind = number % KINDS if later else KINDS
        text = f"{name} edited" if kind == 0 else name
        if kind == 1:
            name = name.replace("page", "moved")
        if kind != 2:  # noqa: PLR2004 - removed
            yield name, ManifestEntry(digest(text + " bytes"), digest(text), NO_METADATA, size + number % 997 - 498)
        if kind == 3:  # noqa: PLR2004 - added
            yield f"{name}.new", ManifestEntry(digest(f"{name} new bytes"), digest(f"{name} new"), NO_METADATA, size)


def save(root: Path, documents: int, size: int, *, later: bool) -> dict[str, object]:
    """Make a manifest and write it into the ledger; return sizes and seconds."""
    manifest = Manifest(dict(entries(documents, size, later=later)))
    started = time.monotonic()
    id_ = manifest.id
    FileLedger(root).put(MANIFEST, id_, manifest.as_json())
    corpus = sum(entry.size for entry in manifest.entries.values())
    stored = sum(path.stat().st_size for path in (root / MANIFEST).glob(f"{id_}*"))
    return {"id": id_, "corpus_bytes": corpus, "manifest_bytes": stored, "seconds": time.monotonic() - started}


def compare(root: Path, old: str, new: str) -> dict[str, object]:
    """Load two manifests and derive their diff; return counts and seconds."""
    ledger = FileLedger(root)
    started = time.monotonic()
    before, after = (Manifest.from_json(ledger.get(MANIFEST, id_) or {}) for id_ in (old, new))
    diff = Diff.between(before, after)
    return {**diff.counts, "seconds": time.monotonic() - started}


def step(*words: str) -> dict[str, object]:
    """Run one step of this bench in its own process."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.speed.million_documents", *words], check=True, capture_output=True, text=True
    )
    value: dict[str, object] = json.loads(done.stdout)
    return value


def main() -> None:
    """Measure, print the table, write the result; exit with 1 above a limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--bytes", type=int, default=6_000)
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.step:
        what, root, *rest = chosen.step
        if what == "compare":
            found = compare(Path(root), *rest)
        else:
            found = save(Path(root), chosen.documents, chosen.bytes, later=what == "later")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(json.dumps({**found, "peak_gb": round(peak, 3)}))
        return
    size = ["--documents", str(chosen.documents), "--bytes", str(chosen.bytes)]
    with tempfile.TemporaryDirectory() as root:
        old = step("--step", "first", root, *size)
        new = step("--step", "later", root, *size)
        diff = step("--step", "compare", root, str(old["id"]), str(new["id"]))
    share = float(str(old["manifest_bytes"])) / float(str(old["corpus_bytes"]))
    peak = max(float(str(each["peak_gb"])) for each in (old, new, diff))
    table = Table("what", "measured", "limit", title=f"{chosen.documents:,} documents of about {chosen.bytes:,} bytes")
    table.add_row("manifest, share of the corpus", f"{share:.2%}", f"{SHARE_LIMIT:.0%}")
    table.add_row("manifest made and saved, peak memory", f"{old['peak_gb']} GB", f"{MEMORY_LIMIT_GB} GB")
    table.add_row("two manifests loaded and compared, peak memory", f"{diff['peak_gb']} GB", f"{MEMORY_LIMIT_GB} GB")
    table.add_row("the same, seconds", f"{float(str(diff['seconds'])):.1f}", "-")
    Console().print(table)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"share": share, "saved": old, "compared": diff}, indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if share > SHARE_LIMIT or peak > MEMORY_LIMIT_GB else 0)


if __name__ == "__main__":
    main()
