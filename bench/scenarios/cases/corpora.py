"""The two corpora: the handbook in ``sample/``, and Flask's documentation, which ``make corpora`` fetches."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bench.scenarios.cases.edits import of_probe
from bench.scenarios.world import Base, Row, World
from pointsman.core.errors import UsageError

ROOT = Path(__file__).parents[3]
FLASK = ROOT / ".demo" / "flask"
LIVE_EDITION, NEXT_EDITION = "3.0.3", "3.1.2"
REVIEWED = "Last reviewed: November 2025."
"""A line in the first fifty pages of the Flask corpus; a scenario changes its date."""
DATED = 50
SPARE = 12
"""Examples that are never trained on, so that new behaviour is judged on unseen questions."""


@cache
def base(name: str) -> Base:
    """Return the user's files when the live release of ``name`` was made.

    Raises:
        UsageError: there is no such base, or Flask's documentation is missing.
    """
    corpus, _, state = name.partition("-")
    makers = {"yard": _yard, "flask": _flask}
    if corpus not in makers or state not in {"plain", "taught"}:
        raise UsageError(f"no base {name!r}; there are {', '.join(f'{c}-{s}' for c in makers for s in STATES)}")
    documents, examples, probes = makers[corpus]()
    learned = examples[::2] if state == "taught" else ()
    world = World(documents, examples=learned, probes=probes)
    return Base(name, world, tuple(of_probe(row) for row in probes), examples[1::2] if learned else examples)


STATES = ("plain", "taught")
BASES = tuple(f"{corpus}-{state}" for corpus in ("yard", "flask") for state in STATES)

Files = tuple[dict[str, bytes], tuple[Row, ...], tuple[Row, ...]]


def _yard() -> Files:
    home = ROOT / "sample"
    return folder(home / "documents"), lines(home / "examples"), lines(home / "probes")


def _flask() -> Files:
    documents = edition(LIVE_EDITION)
    for name in sorted(documents)[:DATED]:
        documents[name] = dated(documents[name], REVIEWED)
    examples = tuple(row for row in lines(ROOT / "demo" / "examples") if set(row["cites"]) <= documents.keys())
    probes = tuple(row for row in lines(ROOT / "demo" / "probes") if set(row["documents"]) <= documents.keys())
    return documents, examples, probes


def dated(raw: bytes, line: str) -> bytes:
    """Return a page with ``line`` as a last paragraph."""
    return raw.rstrip() + f"\n\n{line}\n".encode()


def edition(version: str) -> dict[str, bytes]:
    """Return the pages of one release of Flask's documentation.

    Raises:
        UsageError: it is missing.
    """
    if not (FLASK / version).is_dir():
        raise UsageError(f"{FLASK / version} is not there; run `make corpora` first")
    return {name: raw for name, raw in folder(FLASK / version).items() if name.endswith(".rst")}


def folder(place: Path) -> dict[str, bytes]:
    """Return path → bytes of every file below a folder."""
    return {p.relative_to(place).as_posix(): p.read_bytes() for p in sorted(place.rglob("*")) if p.is_file()}


def lines(place: Path) -> tuple[Row, ...]:
    """Return the objects of all JSON Lines files in a folder."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(place.glob("*.jsonl"))]
    rows: list[Mapping[str, object]] = [
        json.loads(line) for text in texts for line in text.splitlines() if line.strip()
    ]
    return tuple(rows)
