"""The schedule fires: a real Prefect server, the workspace's own infra/serve.py, and a run that nobody asked for."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from tests.e2e.conftest import Place

START_SECONDS, RUN_SECONDS, STOP_SECONDS = 90.0, 120.0, 10.0
"""How long the server may take to answer, a scheduled run to end after it is served, and a process to stop. On an idle
machine these are 10, 20 and 1 seconds."""
EARLY = timedelta(seconds=10)
"""How long before it is due a run may be taken: PREFECT_RUNNER_PREFETCH_SECONDS."""
EVERY_SECONDS = 15
PREFECT = str(Path(sys.executable).parent / "prefect")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    words: list[str], cwd: Path, environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process and whatever it starts; all of it has ended when the block is left."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            words, cwd=cwd, env=dict(environment), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield process
    finally:
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, how)
                process.wait(STOP_SECONDS)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


def asked(url: str, body: Mapping[str, Any] | None = None) -> Any:
    """Return what the server answers; a body makes it a POST."""
    data = None if body is None else json.dumps(body).encode("utf-8")
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 - http
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - http
        return json.loads(answer.read())


def waited(look: Callable[[], Any], process: subprocess.Popen[bytes], seconds: float, log: Path) -> Any:
    """Return what ``look`` finds as soon as it finds something; fail when the process ends or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            found = look()
        except (URLError, TimeoutError, ConnectionError):
            found = None
        if found:
            return found
        assert process.poll() is None, f"ended with {process.returncode}:\n{log.read_text()[-4000:]}"
        time.sleep(0.5)
    pytest.fail(f"nothing after {seconds:g} s:\n{log.read_text()[-4000:]}")


def test_a_scheduled_refresh_ends_completed(place: Place, tmp_path: Path) -> None:
    place.run("init")  # flows/ and infra/ beside the files that are there
    api = f"http://127.0.0.1:{(port := free_port())}/api"
    environment = {
        **os.environ,
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_API_URL": api,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
        "PREFECT_LOGGING_LEVEL": "INFO",
    }
    server_log, serve_log = tmp_path / "server.log", tmp_path / "serve.log"
    start = [PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    serve = [sys.executable, "infra/serve.py", "--every", str(EVERY_SECONDS)]
    completed = {
        "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}, "tags": {"all_": ["auto-scheduled", "pointsman"]}},
        "flows": {"name": {"any_": ["pointsman-refresh"]}},
    }
    with running(start, tmp_path, environment, server_log) as server:
        waited(lambda: asked(f"{api}/health"), server, START_SECONDS, server_log)
        with running(serve, place.root, environment, serve_log) as serving:
            runs = waited(lambda: asked(f"{api}/flow_runs/filter", completed), serving, RUN_SECONDS, serve_log)
    run = runs[0]
    assert run["auto_scheduled"]
    assert run["parameters"] == {"root": str(place.root), "trigger": "schedule"}
    due, began, ended = (datetime.fromisoformat(run[f"{name}_time"]) for name in ("expected_start", "start", "end"))
    assert due - EARLY <= began <= ended, "the runner takes a run up to ten seconds before it is due"
