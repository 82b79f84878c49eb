"""Opens the ledger of a workspace: on the server that the environment names, else in the state folder."""

from pointsman.adapters.qdrant.server_client import MAX_WAIT_SECONDS
from pointsman.ports.ledger import Ledger
from pointsman.settings.environment import Endpoints
from pointsman.settings.workspace import WorkspaceFolder


def open_ledger(workspace: WorkspaceFolder, endpoints: Endpoints, *, max_wait: float = MAX_WAIT_SECONDS) -> Ledger:
    """Return the ledger; a server is contacted only if the environment names one."""
    if endpoints.qdrant_url:
        from pointsman.adapters.ledger import qdrant_ledger

        return qdrant_ledger.connect(endpoints.qdrant_url, endpoints.qdrant_api_key, max_wait=max_wait)
    from pointsman.adapters.ledger.file_ledger import FileLedger

    return FileLedger(workspace.state / "ledger")
