"""The configuration of params.yaml, compared with the live release."""

from dataclasses import asdict, dataclass, replace

from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.errors import ModelMissing
from pointsman.core.policy.evidence import ConfigurationChanges
from pointsman.core.policy.limits import Limits
from pointsman.core.prompt import prompt_fingerprint
from pointsman.core.release import MISSING, Model, Release, Reranking
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Models, Role
from pointsman.settings.params import Params


@dataclass(frozen=True)
class Configured:
    """The models and the prompt that params.yaml asks for."""

    embedder: Model
    """The embedder, with the live adapter if its base is unchanged."""
    generator: Model
    """The generator, with the live adapter if its base is unchanged; its base is ``MISSING`` if it is not there."""
    prompt: str
    """Fingerprint of the prompt's layout."""
    reranking: Reranking | None
    """The reranker; None if params.yaml names none."""

    @classmethod
    def for_live(cls, live: Release | None, *, models: Models, params: Params) -> "Configured":
        """Return the configuration. Adapters of the live release are kept if their base models are unchanged."""
        embedder, generator = inherited(models, "retriever", live), _generator(models, live, params.generator.model)
        prompt = prompt_fingerprint(params.generator.passages, params.generator.passage_tokens)
        return cls(embedder, generator, prompt, models.reranking())

    def changes(self, live: Release | None, *, vector_index: VectorIndex, params: Params) -> ConfigurationChanges:
        """Return the parts of the live release that differ from params.yaml, each as "old → new"."""
        if live is None:
            return ConfigurationChanges()
        pairs = {
            "embedder_changed": (live.embedder.fingerprint, self.embedder.fingerprint),
            "chunking_changed": (live.index.chunking, chunking_fingerprint(params.chunking.max_tokens)),
            "generator_changed": (live.generator.fingerprint, self.generator.fingerprint),
            "prompt_changed": (live.prompt, self.prompt),
            "reranker_changed": (str(live.reranking), str(self.reranking)),
        }
        changed = {name: f"{old} → {new}" for name, (old, new) in pairs.items() if old != new}
        if live.index.collection not in vector_index.collections():
            changed["collection_lost"] = f"collection {live.index.collection} does not exist"
        return ConfigurationChanges(**changed)


def limits_of(params: Params) -> Limits:
    """Return the limits for a decision: the keys of ``Limits``, from whichever section of params.yaml has them."""
    p = params
    keys = Limits.keys()
    sections = (asdict(part) for part in (p.policy, p.guard, p.budget, p.gate))
    flat = {name: value for part in sections for name, value in part.items() if name in keys}
    own = {
        path: {name: value for name, value in limits.items() if value is not None}
        for path, limits in flat["paths"].items()
    }
    return Limits.from_json(flat | {"paths": own or None})


def inherited(models: Models, role: Role, live: Release | None) -> Model:
    """Return the base model of params.yaml, with the live adapter if that was trained on the same base."""
    base = models.base(role)
    if live is None:
        return base
    before = live.embedder if role == "retriever" else live.generator
    return replace(base, adapter=before.adapter) if before.base == base.base else base


def _generator(models: Models, live: Release | None, named: str) -> Model:
    """Return the generator; if it is missing, that of the live release, or one with the base ``MISSING``.

    Raises:
        ModelMissing: it is missing, and the live release has another one.
    """
    try:
        return inherited(models, "generator", live)
    except ModelMissing:
        if live is None:
            return Model(named, MISSING)
        if live.generator.model == named:
            return live.generator
        raise
