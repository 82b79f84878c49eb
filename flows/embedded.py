"""Prefect without a server of one's own: quiet, kept in the workspace, and nothing left running after a kill."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

SERVER = "prefect.server.api.server"
"""In the command line of the server that Prefect starts for a flow when no ``PREFECT_API_URL`` is set."""

STARTUP_SECONDS = "120"
"""How long that server may take to start; Prefect's own 20 s are too few on a busy machine of two cores."""

ORPHANED = 1
"""Parent of a process whose own parent is gone."""


def settle_prefect(home: Path) -> None:
    """Keep Prefect embedded in ``home`` and quiet, unless the environment says otherwise; end what a kill left."""
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
    if "PREFECT_API_URL" in os.environ:
        return
    os.environ.setdefault("PREFECT_HOME", str(home))
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", STARTUP_SECONDS)
    for pid in orphans(Path(os.environ["PREFECT_HOME"])):
        os.kill(pid, signal.SIGTERM)


def orphans(home: Path) -> Iterator[int]:
    """Yield the servers that Prefect started for flows of ``home`` and that outlived them (Linux only)."""
    if sys.platform != "linux":
        return
    mark = f"PREFECT_HOME={home}".encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            command = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            ours = SERVER.encode() in command and parent == ORPHANED
            if ours and mark in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it ended meanwhile, or is somebody else's
