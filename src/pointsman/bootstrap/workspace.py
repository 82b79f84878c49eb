"""Choose the adapter of every port. Opening a workspace loads no model, engine or tracker."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pointsman.adapters.dvc_builder import DvcBuilder, step_progress
from pointsman.adapters.erasure.sweep import WorkspaceSweep
from pointsman.adapters.intake.reader import bounded_parser, bounded_reader
from pointsman.adapters.minhash import sketch
from pointsman.adapters.mlflow.tracker import MlflowTracker
from pointsman.adapters.models.loader import ModelLoader
from pointsman.adapters.parsers.document import readers
from pointsman.adapters.parsers.formats import Formats
from pointsman.adapters.stores.open import configured_store
from pointsman.adapters.validation.allow_list import read_allow_list
from pointsman.adapters.validation.cached import validator_of
from pointsman.adapters.validation.findings import screen
from pointsman.adapters.validation.json_schema import open_schema
from pointsman.adapters.workspace.files import FileMemory, JsonLines
from pointsman.adapters.workspace.private_files import private_files, set_private_umask
from pointsman.adapters.workspace.quarantine import QuarantineFiles
from pointsman.adapters.workspace.query import QueryLedger, QueryMemory, QueryQuarantine
from pointsman.bootstrap.this_process import this_writer
from pointsman.core.errors import IndexBusy, UsageError
from pointsman.ports.index import VectorIndex
from pointsman.ports.ledger import Ledger
from pointsman.ports.progress import Progress
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.settings.params import Params
from pointsman.settings.workspace import WorkspaceFolder
from pointsman.steps.ledger.lease_record import holder
from pointsman.steps.resources import Resources

WRITER_PATIENCE_SECONDS = 10.0
"""How long a second writer waits for the first one before it fails."""


def silent(_label: str, _done: int, _total: int) -> None:
    """Show no progress."""


def open_index(workspace: WorkspaceFolder, endpoints: Endpoints, params: Params) -> tuple[VectorIndex, Ledger]:
    """Return the index and the ledger: on the server that ``QDRANT_URL`` names, else embedded in the workspace."""
    if endpoints.qdrant_url:
        from pointsman.adapters.ledger.qdrant_ledger import QdrantLedger
        from pointsman.adapters.qdrant.server_client import open_client
        from pointsman.adapters.qdrant.server_index import QdrantIndex

        wait, build = params.qdrant.max_wait_seconds, params.qdrant.max_build_seconds
        client = open_client(endpoints.qdrant_url, endpoints.qdrant_api_key, max_wait=wait)
        return QdrantIndex(client, max_wait=wait, max_build=build), QdrantLedger(client)
    from pointsman.adapters.ledger.file_ledger import FileLedger
    from pointsman.adapters.qdrant.edge_index import EdgeIndex

    return EdgeIndex(workspace.state / "qdrant"), FileLedger(workspace.state / "ledger")


def tracking_uri(workspace: WorkspaceFolder, endpoints: Endpoints) -> str:
    """Return where MLflow keeps its record: ``MLFLOW_TRACKING_URI``, else a sqlite file in the workspace."""
    return endpoints.mlflow_tracking_uri or f"sqlite:///{workspace.state / 'mlflow.db'}"


def make_resources(
    root: Path,
    progress: Progress = silent,
    *,
    params: Params | None = None,
    before_judging: Callable[[], None] | None = None,
    keep: bool = True,
) -> Resources:
    """Return the ports of a workspace.

    ``params`` is its params.yaml where that was read already. ``before_judging`` is called once, before Great
    Expectations is loaded. With ``keep`` off, no cache is written.

    Raises:
        UsageError: params.yaml is missing or cannot be used.
    """
    workspace, endpoints = WorkspaceFolder(root), Endpoints()
    params = workspace.params() if params is None else params
    index, ledger = open_index(workspace, endpoints, params)
    tracker = MlflowTracker(tracking_uri(workspace, endpoints), artifacts=workspace.state / "mlartifacts")
    return Resources(
        **_readers(workspace, params),
        **_inputs(workspace, params),
        params=params,
        models=_open_models(workspace, params, progress, keep=keep),
        index=index,
        ledger=ledger,
        validator=validator_of(workspace, params, before=before_judging, keep=keep),
        quarantine=QuarantineFiles(workspace.state / "quarantine"),
        builder=DvcBuilder(workspace.root, say=step_progress(progress), meanwhile=tracker.warm),
        tracker=tracker,
        memory=FileMemory(workspace.state / "memory"),
        erasure_sweep=WorkspaceSweep(workspace),
        progress=progress,
        now=_now,
        clock=time.time,
        scratch=workspace.state / "scratch",
    )


def _readers(workspace: WorkspaceFolder, params: Params) -> dict[str, Any]:
    """Return the fields of ``Resources`` that read, measure and screen a document."""
    formats, rule = Formats.of(params.store.formats), params.access.rule
    allowed = read_allow_list(workspace.root, datetime.now(UTC).date())
    return {
        "read": bounded_parser(formats, rule, seconds=params.guard.max_seconds),
        "parse_and_measure": bounded_reader(formats, rule, seconds=params.guard.max_seconds, allowed=allowed),
        "sketch": sketch,
        "readers": readers(formats, rule),
        "screen": screen,
        "allowed": allowed.id,
    }


def _inputs(workspace: WorkspaceFolder, params: Params) -> dict[str, Any]:
    """Return the fields of ``Resources`` for what people write: documents, examples with their schema, and probes."""
    return {
        "store": configured_store(params.store, workspace.root),
        "examples": JsonLines(workspace.root / params.examples.path),
        "probes": JsonLines(workspace.root / params.probes.path),
        "schema": open_schema(workspace.root, params.examples.schema),
    }


def _open_models(workspace: WorkspaceFolder, params: Params, progress: Progress, *, keep: bool) -> ModelLoader:
    endpoints = Endpoints()
    return ModelLoader(
        workspace, params, models=models_folder(endpoints), progress=progress, engine=endpoints.pointsman_engine,
        keep=keep,
    )  # fmt: skip


def _now() -> str:
    """Return the time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def open_resources(
    root: Path, progress: Progress = silent, *, before_judging: Callable[[], None] | None = None
) -> Iterator[Resources]:
    """Yield the ports of a workspace (see ``make_resources``), and close the index afterwards."""
    workspace = WorkspaceFolder(root)
    params = workspace.params()
    with private_files(workspace, params.state.group):
        resources = make_resources(root, progress, params=params, before_judging=before_judging)
        try:
            yield resources
        finally:
            resources.index.close()


@contextmanager
def open_query(root: Path, progress: Progress = silent) -> Iterator[Resources]:
    """Yield the ports of a workspace for a query: nothing that a step writes leaves this process."""
    workspace = WorkspaceFolder(root)
    params = workspace.params()
    with private_files(workspace, params.state.group):
        resources = make_resources(root, progress, params=params, keep=False)
        try:
            yield replace(
                resources,
                ledger=QueryLedger(resources.ledger),
                memory=QueryMemory(resources.memory),
                quarantine=QueryQuarantine(resources.quarantine),
            )
        finally:
            resources.index.close()


@contextmanager
def sole_writer(root: Path, *, does: str = "a refresh") -> Iterator[None]:
    """Let only one process of this machine write to a workspace at a time; readers are not affected.

    ``does`` says what is done, for those who must wait.

    On a server, the deployments' concurrency limit does the same (infra/).

    Raises:
        IndexBusy: another process is writing.
    """
    place = WorkspaceFolder(root).state / "writer.lock"
    place.parent.mkdir(parents=True, exist_ok=True)
    lock, note = FileLock(place, timeout=WRITER_PATIENCE_SECONDS), FileMemory(place.parent / "writing")
    try:
        lock.acquire()
    except Timeout:
        raise IndexBusy(
            f"another refresh or repair has been running here for over {WRITER_PATIENCE_SECONDS:g} s: "
            f"{holder(note.get('writer'))}; wait until it ends and run this again, nothing was changed"
        ) from None
    try:
        note.put("writer", this_writer(root, does=does).as_json() | {"since": time.time()})
        yield
    finally:
        lock.release()


def private_umask(root: Path) -> None:
    """Let the program that takes the place of this process write private files: the dashboard."""
    set_private_umask(WorkspaceFolder(root).params().state.group)


def dashboard_command(root: Path, host: str, port: int) -> list[str]:
    """Return the command line of a workspace's MLflow dashboard, bound to ``host``.

    Raises:
        UsageError: the folder is no workspace, or the workspace has no MLflow record yet.
    """
    workspace, endpoints = WorkspaceFolder(root), Endpoints()
    workspace.params()  # a folder without params.yaml is no workspace
    if endpoints.mlflow_tracking_uri is None and not (workspace.state / "mlflow.db").is_file():
        raise UsageError(f"{workspace.state} holds no MLflow record yet; run `pointsman refresh` there first")
    places = ["--backend-store-uri", tracking_uri(workspace, endpoints)]
    places += ["--artifacts-destination", f"file://{workspace.state / 'mlartifacts'}"]
    places += ["--allowed-hosts", f"localhost:{port},127.0.0.1:{port},{host}:{port}"]
    mlflow = str(Path(sys.executable).parent / "mlflow")
    return [mlflow, "ui", "--host", host, "--port", str(port), "--workers", "1", *places]
