"""The search graph of a collection on a server: it is built in the background, and changes what a search finds."""

import logging
import time
from typing import TYPE_CHECKING

from pointsman.core.errors import ServerUnusable

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

LOG = logging.getLogger("pointsman.qdrant")

MAX_BUILD_SECONDS = 3600.0
"""Seconds to wait for a search graph, where params.yaml is not at hand."""

POLL_SECONDS = 1.0
"""Seconds between two looks at a search graph that is being built."""

IDLE_SECONDS = 45.0
"""Most seconds in which the server may leave a graph unbuilt after it was asked to build it."""

GREEN_LOOKS = 3
"""Looks in a row that must find a collection finished after a graph was asked for: a server begins a little later."""


def wait_green(client: "QdrantClient", name: str, *, seconds: float, looks: int = 1) -> None:
    """Return when the server has built the search graph of a collection, and is found so at ``looks`` looks in a row.

    Raises:
        ServerUnusable: the server cannot build it, does not begin, or is not ready within ``seconds``.
    """
    from qdrant_client import models

    status = models.CollectionStatus
    began, idle, green, said = time.monotonic(), 0.0, 0, False
    while True:
        info = client.get_collection(name)
        spent = time.monotonic() - began
        if info.status == status.RED:
            raise _unbuilt(name, f"its optimizer failed: {info.optimizer_status}; look into the server's log")
        green = green + 1 if info.status == status.GREEN else 0
        if green >= looks:
            return
        if info.status == status.GREY and not idle:
            idle = spent or POLL_SECONDS
            client.update_collection(name, optimizers_config=models.OptimizersConfigDiff())
        idle = idle if info.status == status.GREY else 0.0
        if idle and spent - idle > IDLE_SECONDS:
            raise _unbuilt(name, f"it has stayed grey for {IDLE_SECONDS:g} s; restart the server")
        if spent > seconds:
            raise _unbuilt(name, f"not within {seconds:g} s (qdrant.max_build_seconds)")
        if not said and info.status != status.GREEN:
            said = True
            LOG.warning("waiting until the server has built the search graph of %s", name)
        time.sleep(POLL_SECONDS)


def _unbuilt(name: str, why: str) -> ServerUnusable:
    return ServerUnusable(
        f"the Qdrant server has not built the search graph of {name!r}: {why}; nothing was switched, run the command "
        "again when the collection is green"
    )
