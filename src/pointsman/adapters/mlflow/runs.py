"""Runs of MLflow: finding the run of a decision, and writing its parameters, metrics, tags, inputs and files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from time import time
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pointsman.adapters.mlflow.registry import equals
from pointsman.adapters.reports.decision_html import page
from pointsman.adapters.reports.markdown import decision_note
from pointsman.adapters.reports.record import Record, flat_params, headline, metrics, section, tags

Remote = TypeVar("Remote")

DECISION = "pointsman.decision_id"
"""Tag of a run: id of its decision."""
OWN = ("decision.json", "report.html", "release.json")
"""Artefacts that the tracker writes; another file with such a name goes below ``files/``."""
PER_CALL, METRICS_PER_CALL = 100, 1000
"""Most parameters or tags, and most metrics, in one call of MLflow."""


def run_of(client: Any, experiment: str, decision: str, start: int | None) -> Any:
    """Return the run of a decision; creates it if there is none."""
    known = find_runs(client, experiment, equals(DECISION, decision))
    if known:
        return known[0]
    own = {DECISION: decision, "mlflow.source.name": "pointsman", "mlflow.source.type": "LOCAL"}
    return client.create_run(experiment, start_time=start, tags=own, run_name=decision)


def find_runs(client: Any, experiment: str, where: str) -> list[Any]:
    """Return the runs that match, oldest first."""
    found: list[Any] = []
    token = None
    while True:
        some = client.search_runs([experiment], where, order_by=["attributes.start_time ASC"], page_token=token)
        found += some
        if not (token := some.token):
            return found


def write_values(client: Any, run: Any, record: Record) -> None:
    """Write parameters, metrics, tags and the note for people; existing parameters and metrics stay."""
    from mlflow.entities import Param, RunTag

    run_id = run.info.run_id
    fresh = [Param(k, v) for k, v in flat_params(record).items() if k not in run.data.params]
    for some in _slices(fresh, PER_CALL):
        client.log_batch(run_id, params=some)
    for some in _slices(_fresh_metrics(client, run, metrics(record)), METRICS_PER_CALL):
        client.log_batch(run_id, metrics=some)
    values = tags(record) | {"mlflow.note.content": decision_note(record)}
    client.log_batch(run_id, tags=[RunTag(k, v) for k, v in values.items()])
    client.update_run(run_id, name=headline(record))


def _fresh_metrics(client: Any, run: Any, values: Mapping[str, Sequence[tuple[int, float]]]) -> list[Any]:
    """Return the metrics that a run does not have yet, so that a repetition adds no points to a chart."""
    from mlflow.entities import Metric

    now = int(time() * 1000)
    found = []
    for name, points in values.items():
        existing: set[tuple[int, float]] = set()
        if name in run.data.metrics:
            latest = {m.step: m.value for m in client.get_metric_history(run.info.run_id, name)}
            existing = set(latest.items())
        found += [Metric(name, value, now, step) for step, value in points if (step, value) not in existing]
    return found


def write_inputs(client: Any, run: Any, datasets: Record) -> None:
    """Write the data sets of the decision as inputs of the run."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    inputs = []
    for name in datasets:
        known = section(datasets, name)
        if known.get("id"):
            source, kind = str(known.get("source") or name), "local"
            where = {"uri": source}
            if urlsplit(source).scheme in {"http", "https"}:
                kind, where = "http", {"url": source}
            rows = json.dumps({"num_rows": known.get("n")})
            dataset = Dataset(name, str(known["id"])[:36], kind, json.dumps(where), profile=rows)
            inputs.append(DatasetInput(dataset, [InputTag("mlflow.data.context", name)]))
    if inputs:
        client.log_inputs(run.info.run_id, inputs)


def write_files(client: Any, run: Any, record: Record, *, files: Mapping[str, Path], folder: Path) -> None:
    """Write the files of a decision, the decision and its report as artefacts; ``folder`` is an empty folder."""
    run_id = run.info.run_id
    for place, (key, path) in enumerate(files.items()):
        target = _artifact_name(key, path)
        if path.is_dir():
            client.log_artifacts(run_id, str(path), str(target))
            continue
        named = folder / str(place) / target.name
        named.parent.mkdir()
        named.symlink_to(path.resolve())
        client.log_artifact(run_id, str(named), str(target.parent) if target.parent.name else None)
    client.log_text(run_id, json.dumps(record, indent=2, ensure_ascii=False, sort_keys=True), "decision.json")
    client.log_text(run_id, page(record), "report.html")


def _artifact_name(key: str, path: Path) -> PurePosixPath:
    """Return an artefact path for a key, with the file's suffix; never outside the run, and never one of ``OWN``."""
    safe = PurePosixPath(*[p for p in PurePosixPath(key).parts if p not in {"/", ".."}])
    if path.is_file() and safe.suffix != path.suffix:
        safe = safe.with_name(safe.name + path.suffix)
    return PurePosixPath("files") / safe if str(safe) in OWN else safe


def _slices(items: Sequence[Remote], size: int) -> Iterator[Sequence[Remote]]:
    return (items[i : i + size] for i in range(0, len(items), size))
