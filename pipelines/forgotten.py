"""What was forgotten, for the stages that read the user's files: they must accept what the refresh accepts."""

from pipelines.files import WORKSPACE
from pointsman.adapters.ledgers import open_ledger
from pointsman.core.forgetting import Forgotten
from pointsman.settings import Endpoints
from pointsman.steps.forgotten import forgotten


def tombstones() -> Forgotten:
    """Return the tombstones of the workspace's ledger."""
    return forgotten(open_ledger(WORKSPACE, Endpoints()))
