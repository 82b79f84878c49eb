"""MLflow as the record of decisions: decisions are runs, releases and their parts are registered versions.

MLflow's process-wide state is never changed: every call uses one explicit client.
"""

import json
import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pointsman.adapters.mlflow import erasure
from pointsman.adapters.mlflow.ledger_backup import (
    KEEPER,
    RELEASE,
    log_release,
    read_object,
    remove_preserved,
    store_objects,
    stored_objects,
    texts,
)
from pointsman.adapters.mlflow.new_database import made_whole
from pointsman.adapters.mlflow.reachability import problem_with, sqlite_path
from pointsman.adapters.mlflow.registry import CONTENT, ensure_models, equals, register, set_aliases, versions
from pointsman.adapters.mlflow.runs import DECISION, find_runs, run_of, write_files, write_inputs, write_values
from pointsman.adapters.reports.record import Record, clean, parts, section
from pointsman.core.credentials import without_credentials as public
from pointsman.core.errors import PointsmanError

EXPERIMENT = "Each run is one decision: what changed, what was done about it, why, and whether it was promoted."
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""MLflow prints nothing on standard output, which is for the command's JSON, and sends no telemetry."""


class MlflowTracker:
    """A Tracker over an MLflow database (sqlite, PostgreSQL, …) or server.

    Args:
        uri: ``sqlite:///…``, another database, or the address of a server.
        artifacts: folder for the artefacts of a new experiment; by default beside a sqlite database. A server decides
            itself.
        experiment: name of the experiment.
    """

    def __init__(self, uri: str, *, artifacts: Path | None = None, experiment: str = "pointsman") -> None:
        self._uri, self._artifacts, self._experiment = uri, artifacts, experiment
        self._opened: tuple[Any, str] | None = None

    def warm(self) -> None:
        """Import MLflow and open the experiment ahead of time; errors are reported at the first write."""
        with suppress(PointsmanError), self._connected():
            pass

    def reachable(self) -> str | None:
        """Return None if the tracker can be written to, else the reason; takes seconds and imports no MLflow."""
        problem = problem_with(self._uri)
        return f"MLflow at {public(self._uri)}: {problem}" if problem else None

    def record(self, decision: Mapping[str, Any], *, files: Mapping[str, Path]) -> str:
        """Write a decision as one run with ``files`` as artefacts; return the run id.

        The same decision id written again updates the same run; parameters that are written stay.

        Raises:
            PointsmanError: the decision has no id, a file is missing, or MLflow cannot be written to.
        """
        record: Record = clean(decision)
        decision_id = record.get("decision_id") or section(record, "report").get("decision_id")
        if not decision_id:
            raise PointsmanError("the decision record has no decision_id; nothing was recorded")
        if missing := [f"{key}: {path}" for key, path in files.items() if not path.exists()]:
            raise PointsmanError(f"files to record are missing: {'; '.join(missing)}; nothing was recorded")
        with self._connected() as (client, experiment):
            start = _milliseconds(record.get("at"))
            run = run_of(client, experiment, str(decision_id), start)
            write_values(client, run, record)
            write_inputs(client, run, section(record, "datasets"))
            with tempfile.TemporaryDirectory() as folder:
                write_files(client, run, record=record, files=files, folder=Path(folder))
            seconds = section(record, "report").get("seconds") or 0
            client.set_terminated(run.info.run_id, "FINISHED", end_time=run.info.start_time + int(1000 * seconds))
            return str(run.info.run_id)

    def sync(self, release: Mapping[str, Any], *, live: str | None, previous: str | None) -> None:
        """Register the release and its parts, and set the aliases live, previous and candidate.

        The same content is registered once. An alias of a release that is not registered is removed.

        Raises:
            PointsmanError: MLflow cannot be written to.
        """
        release = clean(release)
        found = parts(release)
        name = found["release"][0]
        with self._connected() as (client, experiment):
            run = run_of(client, experiment, str(release.get("decision") or f"release:{name}"), None)
            log_release(client, run, release)
            ensure_models(client)
            register(client, run, found)
            set_aliases(client, {"live": live, "previous": previous, "candidate": name if name != live else None})

    def preserve(self, objects: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        """Store objects of the ledger (kind, id, value) as artefacts. A lost ledger can be rebuilt from them.

        Raises:
            PointsmanError: MLflow cannot be written to.
        """
        with self._connected() as (client, experiment):
            store_objects(client, run_of(client, experiment, KEEPER, None), objects)

    def preserved(self) -> set[tuple[str, str]]:
        """Return (kind, id) of every object that ``preserve`` stored.

        Raises:
            PointsmanError: MLflow cannot be read.
        """
        with self._connected() as (client, experiment):
            runs = find_runs(client, experiment, equals(DECISION, KEEPER))
            return {key for run in runs for key in stored_objects(client, run)}

    def recall(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return an object that ``preserve`` stored, or None if it is missing or cannot be read.

        Raises:
            PointsmanError: MLflow cannot be read.
        """
        with self._connected() as (client, experiment):
            runs = find_runs(client, experiment, equals(DECISION, KEEPER))
            found = (read_object(client, run, kind, id_) for run in runs)
            return next((value for value in found if value is not None), None)

    def remove_preserved(self, objects: Collection[tuple[str, str]]) -> None:
        """Delete these objects (kind, id) from the artefacts. Unknown ones are ignored.

        Raises:
            PointsmanError: MLflow cannot be written to.
        """
        with self._connected() as (client, experiment):
            for run in find_runs(client, experiment, equals(DECISION, KEEPER)):
                remove_preserved(run, sorted(set(objects) & set(stored_objects(client, run))), tracking_uri=self._uri)

    def recorded(self) -> set[str]:
        """Return the ids of the decisions that have a finished run.

        Raises:
            PointsmanError: MLflow cannot be read.
        """
        with self._connected() as (client, experiment):
            runs = find_runs(client, experiment, "tags.`mlflow.note.content` LIKE '%'")
            return {run.data.tags[DECISION] for run in runs if DECISION in run.data.tags} - {KEEPER}

    def releases(self) -> list[dict[str, Any]]:
        """Return every release that ``sync`` registered, oldest first, to rebuild a lost ledger.

        Raises:
            PointsmanError: MLflow cannot be read.
        """
        with self._connected() as (client, experiment):
            runs = find_runs(client, experiment, f"tags.`{RELEASE}` LIKE '%'")
            found = [json.loads(text) for run in runs for text in texts(client, run.info.run_id, "release")]
        return list({release["id"]: release for release in found}.values())

    def manifests(self) -> dict[str, Any]:
        """Return the manifests that were recorded as file ``manifest``, by corpus id.

        Raises:
            PointsmanError: MLflow cannot be read.
        """
        with self._connected() as (client, experiment):
            runs = find_runs(client, experiment, "tags.corpus != 'none'")
            return {
                run.data.tags["corpus"]: json.loads(text)
                for run in runs
                for text in texts(client, run.info.run_id, "manifest")
            }

    def rewrite(self, change: Callable[[str], str]) -> int:
        """Replace every artefact, tag and description by ``change(text)``; return the number of texts that changed.

        Raises:
            PointsmanError: MLflow cannot be written to.
        """
        with self._connected() as (client, experiment):
            ensure_models(client)
            return erasure.rewrite_texts(client, experiment, change)

    def taint(self, part: str, content: str, by: str | None) -> bool:
        """Mark a registered version of ``part`` as tainted by ``by`` (None: not tainted). Return whether it exists.

        Raises:
            PointsmanError: MLflow cannot be written to.
        """
        with self._connected() as (client, _):
            ensure_models(client)
            return erasure.tag_tainted(client, part, content, by)

    def certify(self, certificate: Mapping[str, Any], note: str) -> str:
        """Write a certificate, and ``note`` for people, as one run called ``forget``; return the run id.

        Raises:
            PointsmanError: MLflow cannot be written to.
        """
        with self._connected() as (client, experiment):
            return erasure.log_certificate(client, experiment, certificate, note)

    def aliases(self, part: str) -> dict[str, str]:
        """Return the content id behind each alias of ``part`` (index, retriever, generator or release)."""
        with self._connected() as (client, _):
            ensure_models(client)
            contents = {int(v.version): v.tags[CONTENT] for v in versions(client, part)}
            named = client.get_registered_model(f"pointsman-{part}").aliases
            return {alias: contents[int(version)] for alias, version in named.items() if int(version) in contents}

    def versions(self, part: str) -> list[str]:
        """Return the content ids registered for ``part``, oldest first."""
        with self._connected() as (client, _):
            return [v.tags[CONTENT] for v in sorted(versions(client, part), key=lambda v: int(v.version))]

    @contextmanager
    def _connected(self) -> Iterator[tuple[Any, str]]:
        """Yield the client and the experiment id; every error of MLflow becomes a PointsmanError."""
        if problem := self.reachable():
            raise PointsmanError(
                f"{problem}; the live release still answers, and `pointsman doctor --repair` completes the record later"
            )
        errors = _errors()
        try:
            if self._opened is None:
                with made_whole(self._uri):
                    client = _client(self._uri)
                    self._opened = (client, self._experiment_id(client))
            yield self._opened
        except errors as error:
            raise PointsmanError(
                f"MLflow at {public(self._uri)} reported an error: {public(str(error))}; it is safe to run this again"
            ) from error

    def _experiment_id(self, client: Any) -> str:
        known = client.get_experiment_by_name(self._experiment)
        if known is not None:
            if known.lifecycle_stage == "deleted":
                client.restore_experiment(known.experiment_id)
            return str(known.experiment_id)
        kind = {"mlflow.experimentKind": "custom_model_development", "mlflow.note.content": EXPERIMENT}
        return str(client.create_experiment(self._experiment, self._artifact_location(), tags=kind))

    def _artifact_location(self) -> str | None:
        if urlsplit(self._uri).scheme in {"http", "https"}:
            return None
        if self._artifacts is not None:
            return self._artifacts.resolve().as_uri()
        if self._uri.startswith("sqlite"):
            return (sqlite_path(self._uri).resolve().parent / "mlartifacts").as_uri()
        raise PointsmanError(f"MLflow at {public(self._uri)} needs a folder for artefacts; name one")


def _errors() -> tuple[type[Exception], ...]:
    """Return what MLflow raises when it refuses."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    from mlflow.exceptions import MlflowException

    return (MlflowException, OSError)


def _client(uri: str) -> Any:
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _milliseconds(at: Any) -> int | None:
    return int(datetime.fromisoformat(at).timestamp() * 1000) if at else None
