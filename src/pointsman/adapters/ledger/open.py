"""Opens the ledger of a workspace: on the server that the environment names, else in the state folder."""

from pointsman.ports.ledger import Ledger
from pointsman.settings.environment import Endpoints
from pointsman.settings.workspace import WorkspaceFolder


def open_ledger(workspace: WorkspaceFolder, endpoints: Endpoints) -> Ledger:
    """Return the ledger; a server is contacted only if the environment names one."""
    if endpoints.qdrant_url:
        from pointsman.adapters.ledger import qdrant_ledger

        return qdrant_ledger.connect(endpoints.qdrant_url, endpoints.qdrant_api_key)
    from pointsman.adapters.ledger.file_ledger import FileLedger

    return FileLedger(workspace.state / "ledger")
