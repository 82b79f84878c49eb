"""Where the models of a workspace are: base models, and the adapters trained on them. Loads no weights."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from pointsman.adapters.models.fingerprint import fingerprint
from pointsman.adapters.models.lora import adapter_fingerprint
from pointsman.adapters.models.resolve import resolve
from pointsman.core.errors import ModelMismatch, ModelMissing
from pointsman.core.release import Model
from pointsman.settings.workspace import WorkspaceFolder


@dataclass(frozen=True, slots=True)
class ModelFolders:
    """The folders of base models and of trained adapters."""

    workspace: WorkspaceFolder
    prepared: Path
    """Folder of prepared base models; workspaces share it."""
    keep: bool = True
    """Whether fingerprints that were computed are written to the workspace's cache."""

    def base(self, model: str) -> Path:
        """Return the folder of a base model as params.yaml names it.

        Raises:
            ModelMissing: there is no such model, or its weights are not the expected ones.
        """
        return resolve(model, workspace=self.workspace.root, models=self.prepared)

    def base_model(self, model: str) -> Model:
        """Return a base model of params.yaml with its fingerprint."""
        return Model(model, self.fingerprint(self.base(model)))

    def fingerprint(self, folder: Path) -> str:
        """Return the content id (16 hex) of a model folder; asking again costs milliseconds."""
        return fingerprint(folder, cache=self.workspace.state / "cache" / "fingerprints.json", keep=self.keep)

    def adapter(self, id_: str) -> Path:
        """Return the folder of a stored adapter.

        Raises:
            ModelMissing: it is not there.
        """
        folder = self._adapter(id_)
        if not folder.is_dir():
            raise ModelMissing(
                f"adapter {id_} is not in {folder.parent}; copy it there, or roll back to a release without it"
            )
        return folder

    def store_adapter(self, built: Path, *, base: str) -> str:
        """Copy a trained adapter into the store, under its content id; return the id.

        Args:
            built: folder of the adapter.
            base: fingerprint of the base that it must be trained on.

        Raises:
            ModelMissing: the adapter is missing or damaged.
            ModelMismatch: it was trained on another base.
        """
        id_ = adapter_fingerprint(built, base=base)
        folder = self._adapter(id_)
        if not _is_whole(folder, id_, base=base):
            part = folder.with_name(f".{id_}.{os.getpid()}")
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(built, part)
            shutil.rmtree(folder, ignore_errors=True)
            part.replace(folder)
        return id_

    def _adapter(self, id_: str) -> Path:
        return self.workspace.state / "adapters" / id_


def _is_whole(folder: Path, id_: str, *, base: str) -> bool:
    """Tell whether a stored adapter is there and undamaged; a loss of power can tear a copy."""
    try:
        return folder.is_dir() and adapter_fingerprint(folder, base=base) == id_
    except (ModelMissing, ModelMismatch, OSError, ValueError):
        return False
