"""What params.yaml asks for, compared with what the live release has."""

from dataclasses import asdict, dataclass, replace

from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.policy.evidence import ConfigurationChanges
from pointsman.core.policy.limits import Limits
from pointsman.core.prompt import prompt_fingerprint
from pointsman.core.release import Model, Release, Reranking
from pointsman.ports.index import VectorIndex
from pointsman.ports.models import Models, Role
from pointsman.settings.params import Params


@dataclass(frozen=True)
class Configured:
    """What params.yaml has passages found and answers written with."""

    embedder: Model
    generator: Model
    prompt: str
    """Fingerprint of how a prompt is built."""
    reranking: Reranking | None

    @classmethod
    def beside(cls, live: Release | None, *, models: Models, params: Params) -> "Configured":
        """Return what is configured; the adapters of the live release stay where their bases do."""
        embedder, generator = (inherited(models, role, live) for role in ("retriever", "generator"))
        prompt = prompt_fingerprint(params.generator.passages, params.generator.passage_tokens)
        return cls(embedder, generator, prompt, models.reranking())

    def changes(self, live: Release | None, *, vector_index: VectorIndex, params: Params) -> ConfigurationChanges:
        """Return what the live release has otherwise than params.yaml asks for."""
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
            changed["collection_lost"] = f"collection {live.index.collection} is not there"
        return ConfigurationChanges(**changed)


def limits_of(params: Params) -> Limits:
    """Return the limits of params.yaml that a decision depends on: what is called so in one of its sections."""
    p = params
    keys = Limits.keys()
    sections = (asdict(part) for part in (p.policy, p.guard, p.budget, p.gate))
    return Limits.from_json({name: value for part in sections for name, value in part.items() if name in keys})


def inherited(models: Models, role: Role, live: Release | None) -> Model:
    """Return the model to use: the base of params.yaml, with the live adapter when it was trained on that base."""
    base = models.base(role)
    if live is None:
        return base
    before = live.embedder if role == "retriever" else live.generator
    return replace(base, adapter=before.adapter) if before.base == base.base else base
