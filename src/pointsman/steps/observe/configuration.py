"""What params.yaml asks for, compared with what the live release has."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from pointsman.core.corpus.chunking import chunking_fingerprint
from pointsman.core.policy.decide import RULES
from pointsman.core.policy.limits import Limits
from pointsman.core.prompt import prompt_fingerprint
from pointsman.core.release import Model, Release, Reranking
from pointsman.ports.models import Role
from pointsman.steps.resources import Desk


@dataclass(frozen=True)
class Configured:
    """What params.yaml has passages found and answers written with."""

    embedder: Model
    generator: Model
    prompt: str
    """Fingerprint of how a prompt is built."""
    reranking: Reranking | None

    @classmethod
    def beside(cls, desk: Desk, live: Release | None) -> "Configured":
        """Return what is configured; the adapters of the live release stay where their bases do."""
        embedder, generator = (inherited(desk, role, live) for role in ("retriever", "generator"))
        prompt = prompt_fingerprint(desk.params.generator.passages, desk.params.generator.passage_tokens)
        return cls(embedder, generator, prompt, desk.models.reranking())

    def changes(self, desk: Desk, live: Release | None) -> Mapping[str, Any]:
        """Return the fields of ``Evidence`` about what the live release has otherwise."""
        if live is None:
            return {}
        pairs = {
            "embedder_changed": (live.embedder.fingerprint, self.embedder.fingerprint),
            "chunking_changed": (live.index.chunking, chunking_fingerprint(desk.params.chunking.max_tokens)),
            "generator_changed": (live.generator.fingerprint, self.generator.fingerprint),
            "prompt_changed": (live.prompt, self.prompt),
            "reranker_changed": (str(live.reranking), str(self.reranking)),
        }
        changed = {name: f"{old} → {new}" for name, (old, new) in pairs.items() if old != new}
        if live.index.collection not in desk.index.collections():
            changed["collection_lost"] = f"collection {live.index.collection} is not there"
        return changed


def limits_of(desk: Desk) -> Limits:
    """Return the limits of params.yaml that a decision depends on: what is called so in one of its sections."""
    p = desk.params
    limits = {each.name for each in fields(Limits)}
    sections = (asdict(part) for part in (p.policy, p.guard, p.budget, p.gate))
    return Limits(rules=RULES, **{name: value for part in sections for name, value in part.items() if name in limits})


def inherited(desk: Desk, role: Role, live: Release | None) -> Model:
    """Return the model to use: the base of params.yaml, with the live adapter when it was trained on that base."""
    base = desk.models.base(role)
    if live is None:
        return base
    before = live.embedder if role == "retriever" else live.generator
    return replace(base, adapter=before.adapter) if before.base == base.base else base
