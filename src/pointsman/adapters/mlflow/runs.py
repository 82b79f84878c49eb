"""What a run of MLflow is given of a decision: parameters, metrics, tags, inputs and files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from time import time
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pointsman.adapters.reports.decision_html import page
from pointsman.adapters.reports.markdown import note
from pointsman.adapters.reports.record import Record, headline, metrics, params, section, tags

Item = TypeVar("Item")

OWN = ("decision.json", "report.html", "release.json")
"""Artefacts that the tracker itself writes; a file of the same name goes below ``files/``."""
PER_CALL, METRICS_PER_CALL = 100, 1000
"""Parameters or tags, and metrics, that MLflow takes at once."""


def write_values(client: Any, run: Any, record: Record) -> None:
    """Write parameters, metrics, tags and the readable note; what the run holds already stays."""
    from mlflow.entities import Param, RunTag

    run_id = run.info.run_id
    fresh = [Param(k, v) for k, v in params(record).items() if k not in run.data.params]
    for some in _slices(fresh, PER_CALL):
        client.log_batch(run_id, params=some)
    for some in _slices(_fresh_metrics(client, run, metrics(record)), METRICS_PER_CALL):
        client.log_batch(run_id, metrics=some)
    told = tags(record) | {"mlflow.note.content": note(record)}
    client.log_batch(run_id, tags=[RunTag(k, v) for k, v in told.items()])
    client.update_run(run_id, name=headline(record))


def _fresh_metrics(client: Any, run: Any, values: Mapping[str, Sequence[tuple[int, float]]]) -> list[Any]:
    """Return what a run does not hold yet, so that a repeat leaves no double points in a chart."""
    from mlflow.entities import Metric

    now = int(time() * 1000)
    found = []
    for name, points in values.items():
        held: set[tuple[int, float]] = set()
        if name in run.data.metrics:
            latest = {m.step: m.value for m in client.get_metric_history(run.info.run_id, name)}
            held = set(latest.items())
        found += [Metric(name, value, now, step) for step, value in points if (step, value) not in held]
    return found


def write_inputs(client: Any, run: Any, datasets: Record) -> None:
    """Name the data sets that the decision was made on as inputs of the run."""
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


def write_files(client: Any, run: Any, record: Record, files: Mapping[str, Path], folder: Path) -> None:
    """Keep the files of a decision, the decision itself and its report as artefacts; ``folder`` is empty and ours."""
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
    """Return the key as an artefact's path, with the file's ending: inside the run and not over our own."""
    safe = PurePosixPath(*[p for p in PurePosixPath(key).parts if p not in {"/", ".."}])
    if path.is_file() and safe.suffix != path.suffix:
        safe = safe.with_name(safe.name + path.suffix)
    return PurePosixPath("files") / safe if str(safe) in OWN else safe


def _slices(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[i : i + size] for i in range(0, len(items), size))
