"""The files below ``build/`` that one stage writes and another reads."""

import gzip
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.corpus.documents import Block, Document, Kind
from pointsman.settings.workspace import WorkspaceFolder

WORKSPACE = WorkspaceFolder()
"""The current folder: dvc runs every stage in the folder of the workspace."""

BUILD = WORKSPACE.build
SNAPSHOT = BUILD / "snapshot.json.gz"
DOCUMENTS = BUILD / "documents.jsonl.gz"
VALIDATED = BUILD / "validated.json"
CHUNKS = BUILD / "chunks.jsonl.gz"
INDEX = BUILD / "index"
INDEX_REPORT = BUILD / "index.json"
LINEAGE = BUILD / "lineage.json"
CHAMPION = BUILD / "champion.json"
EXAMPLES = BUILD / "examples.json"
PAIRS = BUILD / "pairs.jsonl"
PAIRS_REPORT = BUILD / "pairs.json"
GENERATOR = BUILD / "generator"
GENERATOR_REPORT = BUILD / "generator.json"
RETRIEVER = BUILD / "retriever"
RETRIEVER_REPORT = BUILD / "retriever.json"
EVALUATION = BUILD / "evaluation.json"

SKIPPED = "skipped.txt"
"""File in the place of an adapter that says why there is none."""

REVISION = 1
"""A collection built from scratch has this revision only."""


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON object, keys sorted, the same bytes for the same value; ``.gz`` compresses."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, sort_keys=True, indent=None if path.suffix == ".gz" else 1)
    raw = text.encode("utf-8")
    path.write_bytes(gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)


def write_skipped(folder: Path, reason: str) -> None:
    """Write a folder that says why it holds no adapter, in the place of whatever was there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / SKIPPED).write_text(f"{reason}\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Return the object that ``write_json`` wrote."""
    raw = path.read_bytes()
    value: dict[str, Any] = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    return value


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write gzipped JSON lines, the same bytes for the same rows, and return their number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        for row in rows:
            packed.write(json.dumps(row, sort_keys=True).encode("utf-8") + b"\n")
            count += 1
    return count


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows that ``write_lines`` wrote."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def document_row(document: Document) -> dict[str, Any]:
    """Return a document as a row."""
    blocks = [[b.kind.value, b.text, b.level, b.anchor, b.start, b.end, b.marks] for b in document.blocks]
    return {
        "id": document.id,
        "blocks": blocks,
        "metadata": dict(document.metadata),
        "byte_digest": document.byte_digest,
        "size": document.size,
    }


def document_from_row(row: Mapping[str, Any]) -> Document:
    """Return the document of a row."""
    blocks = tuple(
        Block(
            Kind(kind),
            text,
            level=level,
            anchor=anchor,
            start=start,
            end=end,
            marks=tuple((at, there) for at, there in marks),
        )
        for kind, text, level, anchor, start, end, marks in row["blocks"]
    )
    return Document(row["id"], blocks, row["metadata"], byte_digest=row["byte_digest"], size=row["size"])


def chunk_row(chunk: Chunk) -> dict[str, Any]:
    """Return a chunk as a row."""
    return {name: getattr(chunk, name) for name in Chunk.__dataclass_fields__} | {"metadata": dict(chunk.metadata)}


def chunk_of(row: Mapping[str, Any]) -> Chunk:
    """Return the chunk of a row."""
    return Chunk(**{**row, "headings": tuple(row["headings"])})
