"""A copy of the ledger: releases and objects as artefacts of MLflow's runs."""

import gzip
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pointsman.adapters.reports.record import Record, clean

RELEASE = "pointsman.release"
"""Tag of a run: the release in its ``release.json``."""
KEEPER = "ledger"
"""Value of the decision tag of the run that has the ledger's objects."""
FOLDER, ENDING = "ledger", ".json.gz"
"""Objects are the artefacts ``ledger/<kind>/<id>.json.gz`` of that run."""
CLEANED = frozenset({"decision"})
"""Kinds that contain params.yaml, where a URL may have a password; the ids of all others depend on their content."""


def store_objects(client: Any, run: Any, objects: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
    """Write objects as artefacts, each completely or not at all, as far as the artefact store can."""
    with tempfile.TemporaryDirectory() as folder:
        for kind, id_, value in objects:
            raw = json.dumps(clean(value) if kind in CLEANED else dict(value), sort_keys=True, allow_nan=False)
            path = Path(folder) / f"{id_}{ENDING}"
            path.write_bytes(gzip.compress(raw.encode("utf-8", "surrogatepass"), mtime=0))
            client.log_artifact(run.info.run_id, str(path), f"{FOLDER}/{kind}")
    if run.info.status == "RUNNING":
        client.set_tag(run.info.run_id, "mlflow.runName", "copy of the ledger")
        client.set_terminated(run.info.run_id, "FINISHED")


def stored_objects(client: Any, run: Any) -> Iterator[tuple[str, str]]:
    """Yield kind and id of every object in a run."""
    for kind in client.list_artifacts(run.info.run_id, FOLDER):
        for entry in client.list_artifacts(run.info.run_id, kind.path) if kind.is_dir else ():
            if entry.path.endswith(ENDING):
                yield kind.path.rsplit("/", 1)[-1], entry.path.rsplit("/", 1)[-1].removesuffix(ENDING)


def read_object(client: Any, run: Any, kind: str, id_: str) -> dict[str, Any] | None:
    """Return an object of a run, or None if it is missing or its file is damaged."""
    if (kind, id_) not in set(stored_objects(client, run)):
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(client.download_artifacts(run.info.run_id, f"{FOLDER}/{kind}/{id_}{ENDING}", folder))
        try:
            value = json.loads(gzip.decompress(path.read_bytes()))
        except (ValueError, OSError, EOFError):
            return None
    return value if isinstance(value, dict) else None


def remove_preserved(run: Any, objects: Sequence[tuple[str, str]], *, tracking_uri: str) -> None:
    """Delete objects of a run. MLflow's client has no call for this, so its artefact store is used directly."""
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    store = get_artifact_repository(run.info.artifact_uri, tracking_uri=tracking_uri)
    for kind, id_ in objects:
        store.delete_artifacts(f"{FOLDER}/{kind}/{id_}{ENDING}")


def log_release(client: Any, run: Any, release: Record) -> None:
    """Write a release as an artefact of its decision's run."""
    first = run.data.tags.get(RELEASE)
    name = "release.json" if first in {None, release["id"]} else f"release-{release['id']}.json"
    client.log_text(run.info.run_id, json.dumps(release, indent=2, ensure_ascii=False, sort_keys=True), name)
    if first is None:
        client.set_tag(run.info.run_id, RELEASE, release["id"])
    if run.info.status == "RUNNING":
        client.set_terminated(run.info.run_id, "FINISHED")


def texts(client: Any, run_id: str, stem: str) -> Iterator[str]:
    """Yield the artefacts ``stem``, ``stem.json`` and ``stem-<id>.json`` of a run."""
    for entry in client.list_artifacts(run_id):
        name = entry.path.removesuffix(".json")
        if not entry.is_dir and (name == stem or name.startswith(f"{stem}-")):
            with tempfile.TemporaryDirectory() as folder:
                yield Path(client.download_artifacts(run_id, entry.path, folder)).read_text(encoding="utf-8")
