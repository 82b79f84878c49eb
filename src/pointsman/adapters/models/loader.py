"""The models of a workspace: bases as params.yaml names them, adapters kept under their fingerprint."""

import os
import shutil
from pathlib import Path

from pointsman.adapters.models import constrained_decoding
from pointsman.adapters.models.causal_generator import CausalGenerator
from pointsman.adapters.models.embedding_cache import CachedEmbedder
from pointsman.adapters.models.fingerprint import fingerprint
from pointsman.adapters.models.lora import adapter_fingerprint
from pointsman.adapters.models.onnx_reranker import CrossEncoder, reranker_folder
from pointsman.adapters.models.openvino_embedder import Engine, OpenvinoEmbedder
from pointsman.adapters.models.resolve import resolve
from pointsman.core.errors import ModelMismatch, ModelMissing
from pointsman.core.release import Model, Reranking
from pointsman.ports.index import Progress
from pointsman.settings.params import Params
from pointsman.settings.workspace import Workspace


class ModelShelf:
    """Opens models by what a release says of them; weights are loaded when first used."""

    def __init__(
        self, workspace: Workspace, params: Params, models: Path, progress: Progress, *, engine: Engine = "auto"
    ) -> None:
        """Name the places, and the engine that embeds; nothing is read or made."""
        self._workspace = workspace
        self._params = params
        self._models = models
        self._progress = progress
        self._engine = engine
        self._embedders: dict[str, CachedEmbedder] = {}
        self._generators: dict[str, CausalGenerator] = {}
        self._rerankers: dict[str, CrossEncoder] = {}

    def folder(self, model: str) -> Path:
        """Return the folder of a base model."""
        return resolve(model, workspace=self._workspace.root, models=self._models)

    def base(self, role: str) -> Model:
        """Return the base model of params.yaml, fingerprinted, without loading it.

        Raises:
            UsageError: params.yaml asks the generator for what is not installed.
        """
        if role == "generator" and self._params.generator.constrained:
            constrained_decoding.require()
        name = self._params.retriever.model if role == "retriever" else self._params.generator.model
        return Model(name, self._fingerprint(self.folder(name)))

    def embedder(self, model: Model) -> CachedEmbedder:
        """Return the embedder of a release, with its vectors cached in the workspace."""
        if model.fingerprint not in self._embedders:
            self._embedders[model.fingerprint] = CachedEmbedder(
                self._uncached(model), self._workspace.state / "cache" / "embeddings.sqlite"
            )
        return self._embedders[model.fingerprint]

    def engine(self, model: Model) -> str:
        """Return which engine embeds with ``model`` and why; what that engine needs is made if it is not there."""
        return self._uncached(model).engine

    def _uncached(self, model: Model) -> OpenvinoEmbedder:
        adapter = self._adapter(model)
        return OpenvinoEmbedder(
            self._checked(model),
            fingerprint=model.base,
            place=adapter / ".openvino" if adapter else self._models / "openvino" / model.base,
            adapter=adapter,
            engine=self._engine,
            batch_size=self._params.retriever.batch_size,
            progress=self._progress,
        )

    def generator(self, model: Model) -> CausalGenerator:
        """Return the generator of a release."""
        if model.fingerprint not in self._generators:
            self._generators[model.fingerprint] = CausalGenerator(
                self._checked(model),
                fingerprint=model.base,
                adapter=self._adapter(model),
                max_length=self._params.generator.lora.max_length,
                progress=self._progress,
            )
        return self._generators[model.fingerprint]

    def reranking(self) -> Reranking | None:
        """Return the reranking of params.yaml, fingerprinted, without loading it; None when it is off."""
        asked = self._params.retriever.rerank
        if asked is None:
            return None
        return Reranking(asked.model, self._fingerprint(self._reranker_folder(asked.model)), asked.candidates)

    def reranker(self, reranking: Reranking) -> CrossEncoder:
        """Return the cross-encoder of a release."""
        if reranking.base not in self._rerankers:
            folder = self._reranker_folder(reranking.model)
            self._check(folder, reranking.model, reranking.base)
            self._rerankers[reranking.base] = CrossEncoder(folder, fingerprint=reranking.base)
        return self._rerankers[reranking.base]

    def _reranker_folder(self, model: str) -> Path:
        return reranker_folder(model, workspace=self._workspace.root, models=self._models)

    def adopt(self, role: str) -> str:
        """Keep the adapter that dvc just built under its fingerprint, and return the fingerprint."""
        built = self._workspace.build / role
        id_ = adapter_fingerprint(built, base=self.base(role).base)
        kept = self._kept(id_)
        if not kept.is_dir():
            aside = kept.with_name(f".{id_}.{os.getpid()}")
            shutil.rmtree(aside, ignore_errors=True)
            shutil.copytree(built, aside)
            aside.replace(kept)
        return id_

    def kept(self, adapter: str) -> Path:
        """Return the folder of an adapter that was adopted.

        Raises:
            ModelMissing: it is not there.
        """
        place = self._kept(adapter)
        if not place.is_dir():
            raise ModelMissing(
                f"adapter {adapter} is not in {place.parent}; copy it there, or roll back to a release without it"
            )
        return place

    def _kept(self, id_: str) -> Path:
        return self._workspace.state / "adapters" / id_

    def _adapter(self, model: Model) -> Path | None:
        return None if model.adapter is None else self.kept(model.adapter)

    def _checked(self, model: Model) -> Path:
        folder = self.folder(model.model)
        self._check(folder, model.model, model.base)
        return folder

    def _check(self, folder: Path, name: str, base: str) -> None:
        """Make sure that a folder holds the weights that a release names.

        Raises:
            ModelMismatch: it holds others.
        """
        found = self._fingerprint(folder)
        if found != base:
            raise ModelMismatch(
                f"{name} has fingerprint {found} but the release names {base}; "
                "put the older weights back, or run `pointsman refresh` to build with the new ones"
            )

    def _fingerprint(self, folder: Path) -> str:
        return fingerprint(folder, cache=self._workspace.state / "cache" / "fingerprints.json")
