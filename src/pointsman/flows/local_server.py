"""Prefect's temporary server: quiet, stored in the workspace, and gone when this process ends.

Prefect starts a temporary server for a flow when ``PREFECT_API_URL`` is not set, and the flow waits about ten seconds
for it. This module starts the same server as soon as a refresh has work to do, so that it starts on another core while
this process loads what it needs to judge the documents.
"""

import atexit
import os
import socket
import subprocess
import sys
import time
import urllib.request
from functools import cache
from pathlib import Path
from urllib.error import URLError

from pointsman.adapters.child_process import end_with_parent
from pointsman.core.errors import PointsmanError

SERVER = "prefect.server.api.server:create_app"
START_SECONDS = 120.0
"""How long the server may take to answer; on an idle machine it takes about ten seconds."""
STOP_SECONDS = 1.0
"""How long it may take to end; the reports of flows are in its database by then."""
POLL_SECONDS = 0.05
AS_PREFECT_STARTS_IT = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
"""The environment of ``prefect.server.api.server.SubprocessASGIServer``."""
HEALTH_SECONDS = 5.0


def settle_prefect(home: Path) -> None:
    """Store Prefect's data in ``home`` and silence its log, unless the environment says otherwise."""
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    if not own_prefect():
        os.environ["PREFECT_HOME"] = str(home)


def own_prefect() -> bool:
    """Return whether the environment names a Prefect of the user's own, which is then used unchanged."""
    return "PREFECT_API_URL" in os.environ or "PREFECT_HOME" in os.environ


@cache
def server_of(home: Path) -> "TemporaryServer":
    """Return this process's server for a folder; ``pointsman watch`` uses one server for many refreshes."""
    return TemporaryServer(home)


class TemporaryServer:
    """Prefect's temporary server. It ends with this process, also after a kill (on Linux)."""

    def __init__(self, home: Path) -> None:
        """Set the folder of its database; nothing is started."""
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._url = ""

    def start(self) -> None:
        """Start the server unless it runs or the user has their own one; return before it answers."""
        if self._process is not None and self._process.poll() is None:
            return
        if self._process is None and own_prefect():
            return
        settle_prefect(self._home)
        port = _free_port()
        self._url = f"http://127.0.0.1:{port}/api"
        self._process = subprocess.Popen(  # noqa: S603 - the interpreter with fixed arguments
            [
                sys.executable, "-m", "uvicorn", "--factory", SERVER, "--host", "127.0.0.1", "--port", str(port),
                "--log-level", "critical", "--lifespan", "on",
            ],
            env={**os.environ, **AS_PREFECT_STARTS_IT},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - one prctl, no Python state
        )  # fmt: skip
        os.environ["PREFECT_API_URL"] = self._url
        atexit.register(self.stop)

    def wait(self) -> None:
        """Wait until the server answers.

        Raises:
            PointsmanError: it ended, or did not answer in time.
        """
        deadline = time.monotonic() + START_SECONDS
        while self._process is not None and not self._answers():
            ended = self._process.poll()
            if ended is not None or time.monotonic() > deadline:
                what = f"ended with {ended}" if ended is not None else f"did not answer within {START_SECONDS:g} s"
                raise PointsmanError(
                    f"Prefect's temporary server {what}; try again, or set PREFECT_API_URL to a server of your own"
                )
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End the server."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/health", timeout=HEALTH_SECONDS) as answer:  # noqa: S310 - http
                return bool(answer.status == 200)  # noqa: PLR2004 - OK
        except (URLError, TimeoutError, ConnectionError):
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
