"""Opens the models that params.yaml or a release names."""

from pathlib import Path

from pointsman.adapters.models import constrained_decoding
from pointsman.adapters.models.causal_generator import CausalGenerator
from pointsman.adapters.models.embedders.embedding_cache import CachedEmbedder
from pointsman.adapters.models.embedders.openvino_embedder import Engine, OpenvinoEmbedder
from pointsman.adapters.models.folders import ModelFolders
from pointsman.adapters.models.onnx_reranker import CrossEncoder, reranker_folder
from pointsman.core.errors import ModelMismatch
from pointsman.core.release import MISSING, Model, Reranking
from pointsman.ports.progress import Progress
from pointsman.settings.params import Params
from pointsman.settings.workspace import WorkspaceFolder


class ModelLoader:
    """Opens embedders, generators and rerankers. Weights are loaded when first used, each model once."""

    def __init__(
        self,
        workspace: WorkspaceFolder,
        params: Params,
        *,
        models: Path,
        progress: Progress,
        engine: Engine = "auto",
        keep: bool = True,
    ) -> None:
        """Name the folders and the engine; nothing is read or created.

        Args:
            workspace: keeps adapters, and a cache of vectors and fingerprints.
            params: of the workspace.
            models: folder of prepared base models.
            progress: called after each batch.
            engine: computes the vectors.
            keep: whether new vectors are written to the workspace's cache.
        """
        self._keep = keep
        self._workspace = workspace
        self._params = params
        self._folders = ModelFolders(workspace, models, keep=keep)
        self._progress = progress
        self._engine = engine
        self._embedders: dict[str, CachedEmbedder] = {}
        self._generators: dict[str, CausalGenerator] = {}
        self._rerankers: dict[str, CrossEncoder] = {}

    def folder(self, model: str) -> Path:
        """Return the folder of a base model."""
        return self._folders.base(model)

    def base(self, role: str) -> Model:
        """Return the base model of params.yaml with its fingerprint; no weights are loaded.

        Raises:
            UsageError: params.yaml asks for constrained answers, and the package for them is not installed.
        """
        if role == "retriever":
            return self._folders.base_model(self._params.retriever.model)
        if self._params.generator.constrained:
            constrained_decoding.require()
        return self._folders.base_model(self._params.generator.model)

    def embedder(self, model: Model) -> CachedEmbedder:
        """Return the embedder of a release; its vectors are cached in the workspace."""
        if model.fingerprint not in self._embedders:
            self._embedders[model.fingerprint] = CachedEmbedder(
                self._uncached(model), self._workspace.state / "cache" / "embeddings.sqlite", keep=self._keep
            )
        return self._embedders[model.fingerprint]

    def engine(self, model: Model) -> str:
        """Return the engine that embeds with ``model`` and why; prepares what the engine needs."""
        return self._uncached(model).engine

    def _uncached(self, model: Model) -> OpenvinoEmbedder:
        adapter = self._adapter(model)
        return OpenvinoEmbedder(
            self._checked(model),
            fingerprint=model.base,
            place=adapter / ".openvino" if adapter else self._folders.prepared / "openvino" / model.base,
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
        """Return the reranking of params.yaml with the model's fingerprint; None when it is off."""
        setting = self._params.retriever.rerank
        if setting is None:
            return None
        folder = self._reranker_folder(setting.model)
        return Reranking(setting.model, self._folders.fingerprint(folder), setting.candidates)

    def reranker(self, reranking: Reranking) -> CrossEncoder:
        """Return the cross-encoder of a release."""
        if reranking.base not in self._rerankers:
            folder = self._reranker_folder(reranking.model)
            self._check(folder, reranking.model, reranking.base)
            self._rerankers[reranking.base] = CrossEncoder(folder, fingerprint=reranking.base)
        return self._rerankers[reranking.base]

    def _reranker_folder(self, model: str) -> Path:
        return reranker_folder(model, workspace=self._workspace.root, models=self._folders.prepared)

    def store_adapter(self, role: str) -> str:
        """Store the adapter that dvc has just built under its content id, and return the id."""
        return self._folders.store_adapter(self._workspace.build / role, base=self.base(role).base)

    def _adapter(self, model: Model) -> Path | None:
        return None if model.adapter is None else self._folders.adapter(model.adapter)

    def _checked(self, model: Model) -> Path:
        folder = self.folder(model.model)
        self._check(folder, model.model, model.base)
        return folder

    def _check(self, folder: Path, name: str, expected: str) -> None:
        """Require that a folder contains the weights that a release names.

        Raises:
            ModelMismatch: it contains other weights.
        """
        if expected == MISSING:
            raise ModelMismatch(
                f"the live release was made while {name} was not installed; run `pointsman refresh`: it is there now"
            )
        found = self._folders.fingerprint(folder)
        if found != expected:
            raise ModelMismatch(
                f"{name} has fingerprint {found} but the release names {expected}; "
                "put the older weights back, or run `pointsman refresh` to build with the new ones"
            )
