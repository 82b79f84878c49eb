"""Erasure in MLflow: texts are rewritten, versions are marked as tainted, certificates are written as runs."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pointsman.adapters.mlflow.registry import MODELS, equals, version, versions

CERTIFICATE, TAINTED = "pointsman.certificate", "tainted"
"""Tag of a run: id of its certificate. Tag of a version: the request because of which it must be trained again."""
ALL_RUNS = 3
"""``ViewType.ALL``: includes deleted runs, whose data MLflow keeps."""
NOTE = "mlflow.note.content"


def rewrite_texts(client: Any, experiment: str, change: Callable[[str], str]) -> int:
    """Replace every text of every run and version by ``change(text)``; return the number of texts that changed."""
    changed = 0
    for run in _all_runs(client, experiment):
        changed += _rewrite_artefacts(client, run.info.run_id, change)
        rewritten = {name: new for name, old in run.data.tags.items() if (new := change(old)) != old}
        for name, new in rewritten.items():
            client.set_tag(run.info.run_id, name, new)
        changed += len(rewritten)
    return changed + _rewrite_versions(client, change)


def _all_runs(client: Any, experiment: str) -> Iterator[Any]:
    token = None
    while True:
        some = client.search_runs([experiment], "", run_view_type=ALL_RUNS, page_token=token)
        yield from some
        if not (token := some.token):
            return


def _rewrite_artefacts(client: Any, run_id: str, change: Callable[[str], str], below: str | None = None) -> int:
    changed = 0
    for entry in client.list_artifacts(run_id, below):
        if entry.is_dir:
            changed += _rewrite_artefacts(client, run_id, change, entry.path)
            continue
        old = _text(client, run_id, entry.path)
        new = None if old is None else change(old)
        if new is not None and new != old:
            client.log_text(run_id, new, entry.path)
            changed += 1
    return changed


def _text(client: Any, run_id: str, path: str) -> str | None:
    """Return the text of an artefact; None if it is not text."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(client.download_artifacts(run_id, path, folder)).read_bytes()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _rewrite_versions(client: Any, change: Callable[[str], str]) -> int:
    changed = 0
    for part in MODELS:
        for each in versions(client, part):
            new = change(each.description or "")
            if new != (each.description or ""):
                client.update_model_version(each.name, each.version, new)
                changed += 1
    return changed


def tag_tainted(client: Any, part: str, content: str, by: str | None) -> bool:
    """Tag the version of a part with this content, or remove the tag (None); return whether the version exists."""
    found = version(client, part, content)
    if found is not None and by is not None:
        client.set_model_version_tag(found.name, found.version, TAINTED, by)
    elif found is not None and TAINTED in found.tags:
        client.delete_model_version_tag(found.name, found.version, TAINTED)
    return found is not None


def log_certificate(client: Any, experiment: str, certificate: Mapping[str, Any], note: str) -> str:
    """Write a certificate as a run called ``forget``; a second call returns the same run id."""
    name = str(certificate["id"])
    known = client.search_runs([experiment], equals(CERTIFICATE, name))
    if known:
        return str(known[0].info.run_id)
    state = "complete" if certificate.get("complete") else "incomplete"
    own = {CERTIFICATE: name, NOTE: note, "forget": state, "mlflow.source.name": "pointsman"}
    run = client.create_run(experiment, tags=own, run_name="forget")
    client.log_text(run.info.run_id, json.dumps(certificate, indent=2, sort_keys=True), "certificate.json")
    client.log_text(run.info.run_id, note, "certificate.md")
    client.set_terminated(run.info.run_id, "FINISHED")
    return str(run.info.run_id)
