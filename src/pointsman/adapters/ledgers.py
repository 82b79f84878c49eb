"""The ledger of a workspace: on the server that the environment names, else in the state folder."""

from pointsman.ports import Ledger
from pointsman.settings import Endpoints, Workspace


def open_ledger(workspace: Workspace, endpoints: Endpoints) -> Ledger:
    """Return the ledger; its server is asked only when one is named."""
    if endpoints.qdrant_url:
        from pointsman.adapters import qdrant_ledger

        return qdrant_ledger.connect(endpoints.qdrant_url, endpoints.qdrant_api_key)
    from pointsman.adapters.file_ledger import FileLedger

    return FileLedger(workspace.state / "ledger")
