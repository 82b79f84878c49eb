"""What a stage opens: params.yaml, the ledger, the models.

Each is a function of its own, so that the code digest of a stage covers only what that stage opens.
"""

from pointsman.adapters.ledger.open import open_ledger
from pointsman.adapters.models.folders import ModelFolders
from pointsman.adapters.models.loader import ModelLoader
from pointsman.core.corpus.manifest import Manifest
from pointsman.core.erasure.tombstones import Forgotten
from pointsman.core.index.filters import Filter
from pointsman.ports.ledger import Ledger
from pointsman.settings.environment import Endpoints, models_folder
from pointsman.settings.params import Params
from pointsman.stages.shared.artifacts import WORKSPACE
from pointsman.stages.shared.messages import show_progress
from pointsman.steps.ledger.restricted import restricted_now
from pointsman.steps.ledger.tombstones import forgotten


def params() -> Params:
    """Return params.yaml of the workspace."""
    return WORKSPACE.params()


def ledger() -> Ledger:
    """Return the ledger of the workspace."""
    return open_ledger(WORKSPACE, Endpoints(), max_wait=params().qdrant.max_wait_seconds)


def tombstones() -> Forgotten:
    """Return what was forgotten: a stage accepts the same documents, examples and probes as a refresh."""
    return forgotten(ledger())


def restricted(manifest: Manifest) -> frozenset[str]:
    """Return the documents that not everybody may read: a stage learns from no other documents than a refresh would."""
    return restricted_now(manifest, ledger=ledger())


def for_all() -> Filter:
    """Return what everybody may see of an index: its points name the readers, the ledger those who lost one since."""
    return Filter(hidden=restricted_now(Manifest(), ledger=ledger()))


def model_folders() -> ModelFolders:
    """Return the folders of base models and adapters; enough for a training."""
    return ModelFolders(WORKSPACE, models_folder(Endpoints()))


def model_loader() -> ModelLoader:
    """Return what opens embedders, generators and rerankers; it shows progress on standard output."""
    endpoints = Endpoints()
    return ModelLoader(
        WORKSPACE,
        params(),
        models=models_folder(endpoints),
        progress=show_progress,
        engine=endpoints.pointsman_engine,
    )
