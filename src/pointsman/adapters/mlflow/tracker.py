"""MLflow as the record and the review desk: decisions are runs, releases and their parts registered versions.

MLflow's process-wide state is never moved: every call goes through one explicit client.
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
from pointsman.adapters.mlflow.ledger_backup import KEEPER, RELEASE, keep, kept, let_go, log_release, recalled, texts
from pointsman.adapters.mlflow.reachability import problem_with, sqlite_path
from pointsman.adapters.mlflow.registry import CONTENT, ensure_models, equals, register, set_aliases, versions
from pointsman.adapters.mlflow.runs import write_files, write_inputs, write_values
from pointsman.adapters.reports.record import Record, clean, parts, section
from pointsman.core.credentials import without_credentials as public
from pointsman.core.errors import PointsmanError

DECISION = "pointsman.decision_id"
"""Tag of a run: the decision it records."""
EXPERIMENT = "Each run is one decision: what changed, what was done about it, why, and whether it was promoted."
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""Standard output belongs to the command's own JSON, and nothing is reported to anybody."""


class MlflowTracker:
    """A Tracker over an MLflow database (sqlite, PostgreSQL, …) or server.

    Args:
        uri: ``sqlite:///…``, another database, or the address of a server.
        artifacts: where a new experiment's artefacts go; beside a sqlite database by default, and a server's
            own affair.
        experiment: name of the experiment.
    """

    def __init__(self, uri: str, *, artifacts: Path | None = None, experiment: str = "pointsman") -> None:
        self._uri, self._artifacts, self._experiment = uri, artifacts, experiment
        self._opened: tuple[Any, str] | None = None

    def warm(self) -> None:
        """Load MLflow and open its record while something else is waited for; a fault shows when it is written to."""
        with suppress(PointsmanError), self._talking():
            pass

    def reachable(self) -> str | None:
        """Return None when the tracker can be written to, else why not; quickly, and without MLflow."""
        problem = problem_with(self._uri)
        return f"MLflow at {public(self._uri)}: {problem}" if problem else None

    def record(self, decision: Mapping[str, Any], *, files: Mapping[str, Path]) -> str:
        """Write one decision record as one run, with ``files`` as artefacts; return the run id.

        Recording the same decision id again updates the same run; a parameter, once written, stays.

        Raises:
            PointsmanError: there is no decision id, a file is missing, or MLflow cannot be written to.
        """
        record: Record = clean(decision)
        decision_id = record.get("decision_id") or section(record, "report").get("decision_id")
        if not decision_id:
            raise PointsmanError("the decision record has no decision_id; nothing was recorded")
        if missing := [f"{key}: {path}" for key, path in files.items() if not path.exists()]:
            raise PointsmanError(f"files to record are missing: {'; '.join(missing)}; nothing was recorded")
        with self._talking() as (client, experiment):
            start = _milliseconds(record.get("at"))
            run = _run_of(client, experiment, str(decision_id), start)
            write_values(client, run, record)
            write_inputs(client, run, section(record, "datasets"))
            with tempfile.TemporaryDirectory() as folder:
                write_files(client, run, record, files, Path(folder))
            seconds = section(record, "report").get("seconds") or 0
            client.set_terminated(run.info.run_id, "FINISHED", end_time=run.info.start_time + int(1000 * seconds))
            return str(run.info.run_id)

    def sync(self, release: Mapping[str, Any], *, live: str | None, previous: str | None) -> None:
        """Register the release and its parts, and set the aliases live, previous and candidate.

        The same content is registered once. An alias whose release was never registered is taken away.

        Raises:
            PointsmanError: MLflow cannot be written to.
        """
        release = clean(release)
        found = parts(release)
        name = found["release"][0]
        with self._talking() as (client, experiment):
            run = _run_of(client, experiment, str(release.get("decision") or f"release:{name}"), None)
            log_release(client, run, release)
            ensure_models(client)
            register(client, run, found)
            set_aliases(client, {"live": live, "previous": previous, "candidate": name if name != live else None})

    def preserve(self, objects: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        """Keep objects of the ledger (kind, id, value) as artefacts of one run, from which a lost ledger is rebuilt.

        Raises:
            PointsmanError: MLflow cannot be written to.
        """
        with self._talking() as (client, experiment):
            keep(client, _run_of(client, experiment, KEEPER, None), objects)

    def preserved(self) -> set[tuple[str, str]]:
        """Return kind and id of every object that is kept.

        Raises:
            PointsmanError: MLflow cannot be read.
        """
        with self._talking() as (client, experiment):
            runs = _runs(client, experiment, equals(DECISION, KEEPER))
            return {key for run in runs for key in kept(client, run)}

    def recall(self, kind: str, id_: str) -> dict[str, Any] | None:
        """Return an object as it was kept, or None when it is not there or cannot be read.

        Raises:
            PointsmanError: MLflow cannot be read.
        """
        with self._talking() as (client, experiment):
            runs = _runs(client, experiment, equals(DECISION, KEEPER))
            found = (recalled(client, run, kind, id_) for run in runs)
            return next((value for value in found if value is not None), None)

    def let_go(self, objects: Collection[tuple[str, str]]) -> None:
        """Delete kept objects (kind, id); unknown ones are passed over.

        Raises:
            PointsmanError: MLflow cannot be written to.
        """
        with self._talking() as (client, experiment):
            for run in _runs(client, experiment, equals(DECISION, KEEPER)):
                let_go(run, sorted(set(objects) & set(kept(client, run))), tracking_uri=self._uri)

    def recorded(self) -> set[str]:
        """Return the ids of the decisions that have a finished run.

        Raises:
            PointsmanError: MLflow cannot be read.
        """
        with self._talking() as (client, experiment):
            runs = _runs(client, experiment, "tags.`mlflow.note.content` LIKE '%'")
            return {run.data.tags[DECISION] for run in runs if DECISION in run.data.tags} - {KEEPER}

    def releases(self) -> list[dict[str, Any]]:
        """Return every release ever mirrored, as it was given, oldest first, to rebuild a lost ledger from.

        Raises:
            PointsmanError: MLflow cannot be read.
        """
        with self._talking() as (client, experiment):
            runs = _runs(client, experiment, f"tags.`{RELEASE}` LIKE '%'")
            found = [json.loads(text) for run in runs for text in texts(client, run.info.run_id, "release")]
        return list({release["id"]: release for release in found}.values())

    def manifests(self) -> dict[str, Any]:
        """Return the manifests that were recorded as file ``manifest``, by the corpus of their decision.

        Raises:
            PointsmanError: MLflow cannot be read.
        """
        with self._talking() as (client, experiment):
            runs = _runs(client, experiment, "tags.corpus != 'none'")
            return {
                run.data.tags["corpus"]: json.loads(text)
                for run in runs
                for text in texts(client, run.info.run_id, "manifest")
            }

    def rewrite(self, change: Callable[[str], str]) -> int:
        """Offer every artefact, tag and description to ``change`` and keep what it returns; return how many differ.

        Raises:
            PointsmanError: MLflow cannot be written to.
        """
        with self._talking() as (client, experiment):
            ensure_models(client)
            return erasure.rewrite(client, experiment, change)

    def taint(self, part: str, content: str, by: str | None) -> bool:
        """Tag the registered version of ``part`` with this content, or untag it (None); tell whether there is one.

        Raises:
            PointsmanError: MLflow cannot be written to.
        """
        with self._talking() as (client, _):
            ensure_models(client)
            return erasure.taint(client, part, content, by)

    def certify(self, certificate: Mapping[str, Any], note: str) -> str:
        """Write a certificate as one run called ``forget``; return the run id.

        Raises:
            PointsmanError: MLflow cannot be written to.
        """
        with self._talking() as (client, experiment):
            return erasure.certify(client, experiment, certificate, note)

    def aliases(self, part: str) -> dict[str, str]:
        """Return the content id behind each alias of ``part`` (index, retriever, generator or release)."""
        with self._talking() as (client, _):
            ensure_models(client)
            contents = {int(v.version): v.tags[CONTENT] for v in versions(client, part)}
            held = client.get_registered_model(f"pointsman-{part}").aliases
            return {alias: contents[int(version)] for alias, version in held.items() if int(version) in contents}

    def versions(self, part: str) -> list[str]:
        """Return the content ids registered for ``part``, oldest first."""
        with self._talking() as (client, _):
            return [v.tags[CONTENT] for v in sorted(versions(client, part), key=lambda v: int(v.version))]

    @contextmanager
    def _talking(self) -> Iterator[tuple[Any, str]]:
        """Give the client and the experiment id; whatever MLflow raises becomes one PointsmanError."""
        if problem := self.reachable():
            raise PointsmanError(f"{problem}; what is live still serves, and pointsman doctor mends the record")
        client, errors = _client(self._uri)
        try:
            if self._opened is None:
                self._opened = (client, self._experiment_id(client))
            yield self._opened
        except errors as error:
            raise PointsmanError(
                f"MLflow at {public(self._uri)} refused: {public(str(error))}; repeating is safe"
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
        raise PointsmanError(f"MLflow at {public(self._uri)} needs a place for artefacts; name a folder for them")


def _client(uri: str) -> tuple[Any, tuple[type[Exception], ...]]:
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    return MlflowClient(tracking_uri=uri, registry_uri=uri), (MlflowException, OSError)


def _run_of(client: Any, experiment: str, decision: str, start: int | None) -> Any:
    """Return the run of a decision, made now where there is none."""
    known = _runs(client, experiment, equals(DECISION, decision))
    if known:
        return known[0]
    own = {DECISION: decision, "mlflow.source.name": "pointsman", "mlflow.source.type": "LOCAL"}
    return client.create_run(experiment, start_time=start, tags=own, run_name=decision)


def _runs(client: Any, experiment: str, where: str) -> list[Any]:
    """Return the runs that match, oldest first."""
    found: list[Any] = []
    token = None
    while True:
        some = client.search_runs([experiment], where, order_by=["attributes.start_time ASC"], page_token=token)
        found += some
        if not (token := some.token):
            return found


def _milliseconds(at: Any) -> int | None:
    return int(datetime.fromisoformat(at).timestamp() * 1000) if at else None
