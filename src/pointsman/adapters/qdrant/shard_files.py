"""The files of an embedded collection: its shards, and ``collection.json``, which names the one in use."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import qdrant_edge as edge

from pointsman.adapters.qdrant import bm25, payloads
from pointsman.core.errors import IndexDamaged

ABOUT = "collection.json"
"""File that makes a folder a collection; written last, before the folder gets its final name."""
SHARD = "shard"
"""Subfolder of a new collection's shard; ``collection.json`` names another one after the shard was replaced."""


def make_shard(path: Path, dimension: int) -> None:
    """Create an empty shard with its payload indexes, and close it."""
    path.mkdir(parents=True)
    shard = edge.EdgeShard.create(str(path), shard_config(dimension))
    for field in payloads.KEYWORD_FIELDS:
        shard.update(edge.UpdateOperation.create_field_index(field, edge.PayloadSchemaType.Keyword))
    for field in payloads.INTEGER_FIELDS:
        shard.update(edge.UpdateOperation.create_field_index(field, edge.PayloadSchemaType.Integer))
    shard.flush()
    shard.close()


def shard_config(dimension: int, graph: Any = None) -> Any:
    """Return the engine's configuration of a collection; ``graph`` replaces that of the search graph."""
    dense = {payloads.DENSE: edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine)}
    terms = {bm25.BM25: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)}
    return edge.EdgeConfig(vectors=dense, sparse_vectors=terms, hnsw_config=graph, wal_enabled=True)


def load_shard(place: Path, config: Any = None) -> Any:
    """Open the shard that a collection uses.

    Raises:
        IndexDamaged: the collection does not exist or cannot be read.
    """
    if not (place / ABOUT).is_file():
        raise payloads.missing(place.name)
    try:
        return edge.EdgeShard.load(str(place / shard_name(place)), config)
    except Exception as error:  # qdrant-edge raises nothing narrower
        raise IndexDamaged(
            f"{place} cannot be opened ({error}); run `pointsman doctor --repair` to build it again"
        ) from error


def shard_name(place: Path) -> str:
    """Return the subfolder of a collection's shard."""
    try:
        return str(json.loads((place / ABOUT).read_text(encoding="utf-8")).get("shard", SHARD))
    except (ValueError, AttributeError) as error:
        raise IndexDamaged(f"{place / ABOUT} cannot be read ({error}); run `pointsman doctor --repair`") from error


def clear_shards(place: Path) -> None:
    """Remove the shards that ``collection.json`` does not name; a killed process left them."""
    shards = list(place.glob(f"{SHARD}*"))
    for shard in shards if len(shards) > 1 else ():
        if shard.name != shard_name(place):
            shutil.rmtree(shard)


def write_durably(path: Path, text: str) -> None:
    """Write a file, and wait until it is on disk."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def replace_durably(path: Path, text: str) -> None:
    """Replace the content of a file; readers see the old or the new one, even after a power cut."""
    aside = path.with_name(f".{path.name}")
    write_durably(aside, text)
    aside.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Write renames inside the folder ``path`` to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
