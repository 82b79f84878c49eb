"""Releases and objects of the ledger as artefacts of MLflow's runs, over the client it is given."""

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
"""What the run with the ledger's objects has in the place of a decision."""
FOLDER, ENDING = "ledger", ".json.gz"
"""Objects are the artefacts ``ledger/<kind>/<id>.json.gz`` of that run."""
CLEANED = frozenset({"decision"})
"""Kinds that hold params.yaml and so may hold a URL with a password; all others are named by their content."""


def keep(client: Any, run: Any, objects: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
    """Write objects as artefacts, each whole or not at all, as far as the artefact store can."""
    with tempfile.TemporaryDirectory() as folder:
        for kind, id_, value in objects:
            raw = json.dumps(clean(value) if kind in CLEANED else dict(value), sort_keys=True, allow_nan=False)
            path = Path(folder) / f"{id_}{ENDING}"
            path.write_bytes(gzip.compress(raw.encode("utf-8", "surrogatepass"), mtime=0))
            client.log_artifact(run.info.run_id, str(path), f"{FOLDER}/{kind}")
    if run.info.status == "RUNNING":
        client.set_tag(run.info.run_id, "mlflow.runName", "the ledger, kept")
        client.set_terminated(run.info.run_id, "FINISHED")


def kept(client: Any, run: Any) -> Iterator[tuple[str, str]]:
    """Yield kind and id of every object in a run."""
    for kind in client.list_artifacts(run.info.run_id, FOLDER):
        for entry in client.list_artifacts(run.info.run_id, kind.path) if kind.is_dir else ():
            if entry.path.endswith(ENDING):
                yield kind.path.rsplit("/", 1)[-1], entry.path.rsplit("/", 1)[-1].removesuffix(ENDING)


def recalled(client: Any, run: Any, kind: str, id_: str) -> dict[str, Any] | None:
    """Return an object of a run, or None when it is not there or its file was cut off."""
    if (kind, id_) not in set(kept(client, run)):
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(client.download_artifacts(run.info.run_id, f"{FOLDER}/{kind}/{id_}{ENDING}", folder))
        try:
            value = json.loads(gzip.decompress(path.read_bytes()))
        except (ValueError, OSError, EOFError):
            return None
    return value if isinstance(value, dict) else None


def let_go(run: Any, objects: Sequence[tuple[str, str]], *, tracking_uri: str) -> None:
    """Delete objects of a run from its artefact store; MLflow's client has no call for it, its stores have."""
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    store = get_artifact_repository(run.info.artifact_uri, tracking_uri=tracking_uri)
    for kind, id_ in objects:
        store.delete_artifacts(f"{FOLDER}/{kind}/{id_}{ENDING}")


def log_release(client: Any, run: Any, release: Record) -> None:
    """Write a release as an artefact of its decision's run."""
    held = run.data.tags.get(RELEASE)
    name = "release.json" if held in {None, release["id"]} else f"release-{release['id']}.json"
    client.log_text(run.info.run_id, json.dumps(release, indent=2, ensure_ascii=False, sort_keys=True), name)
    if held is None:
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
