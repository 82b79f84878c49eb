"""What was forgotten, for the stages that read the user's files: they must accept what the refresh accepts."""

from pointsman.adapters.ledger.open import open_ledger
from pointsman.core.erasure.tombstones import Forgotten
from pointsman.settings.environment import Endpoints
from pointsman.stages.artifacts import WORKSPACE
from pointsman.steps.ledger.tombstones import forgotten


def tombstones() -> Forgotten:
    """Return the tombstones of the workspace's ledger."""
    return forgotten(open_ledger(WORKSPACE, Endpoints()))
