"""Made-up packages and entry points, and their digests."""

from pathlib import Path

from pointsman.stages import code
from pointsman.stages.digest.reach import Reach, Sources

ENTRY = "pipelines/a.py"
Files = dict[str, str]


def written(place: Path, files: Files) -> Path:
    """Write a package ``pointsman`` and a folder ``pipelines``, and return the entry point."""
    (place / "pointsman").mkdir(exist_ok=True)
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return place / ENTRY


def found(place: Path, files: Files) -> Reach:
    """Return what the entry point ``a`` reaches."""
    entry = written(place, files)
    return Reach(Sources(place / "pointsman", entry.parent)).follow(entry)


def digest(place: Path, files: Files) -> str:
    """Return the digest of the entry point ``a``."""
    entry = written(place, files)
    return code.stage_digest(entry, Sources(place / "pointsman", entry.parent))


MAIN = "from pointsman.m import main\nmain()\n"
