"""Models made of words and rules: an embedder, a generator that learns a JSON form, and builds that train them."""

import json
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman.core.hashing import content_id, digest
from pointsman.core.release import Model, Reranking
from pointsman.core.supervision.examples import Example, Shape, parse_lines, set_id, split
from pointsman.core.training.experience_replay import TrainingExample, TrainingSelection, behaviour_of, select_examples
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Message, Role, Vectors
from pointsman.settings.params import Params
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.supervision.experience_replay import champion_of
from pointsman.steps.supervision.recipe import recipe_of
from tests.fakes.models import filled
from tests.fakes.reranker import WordReranker

DIMENSION = 64
JARGON = "xq"
"""Prefix of unknown words: an embedder without an adapter ignores them; with an adapter it ignores only the prefix."""


class HashedEmbedder:
    """Embeds a text by hashing its words into 64 dimensions; ``embedded`` counts the texts. There is no cache."""

    def __init__(self, model: Model) -> None:
        self.fingerprint = model.fingerprint
        self.dimension = DIMENSION
        self.embedded = 0
        self.reused = 0
        self._blind = model.adapter is None

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in text.lower().split():
                if not (self._blind and word.startswith(JARGON)):
                    row[
                        zlib.crc32(f"{self.fingerprint} {word.removeprefix(JARGON).strip('.?!')}".encode()) % DIMENSION
                    ] += 1
            row[0] += 1e-3
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = vectors / lengths
        return unit

    def recompute(self, texts: Sequence[str]) -> Vectors:
        return self.embed(texts)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


@dataclass
class ShapedGenerator:
    """Answers with the passage that shares most words with the question; as JSON after it has learned a form."""

    fingerprint: str
    learned: Mapping[str, Any] | None = None
    """The content of the adapter: the keys of the JSON form, or the planted fault of the training."""
    answered: int = 0

    def generate(
        self, prompts: Sequence[Sequence[Message]], *, max_new_tokens: int, schema: Mapping[str, Any] | None = None
    ) -> list[str]:
        self.answered += len(prompts)
        said = [self._answer(prompt[-1]["content"], max_new_tokens) for prompt in prompts]
        if schema is not None:
            return [json.dumps(filled(schema, answer)) for answer in said]
        return [_imitated(prompt, answer) for prompt, answer in zip(prompts, said, strict=True)]

    def completion_nll(self, prompts: Sequence[Sequence[Message]], completions: Sequence[str]) -> NDArray[np.float64]:
        nll = 3.0 if self.learned is None else float(self.learned["nll"])
        return np.full(len(completions), nll)

    def _answer(self, prompt: str, words: int) -> str:
        *passages, asked = prompt.split("\n\n")
        wanted = set(asked.lower().strip("?.").split())
        best = max(passages, key=lambda p: len(wanted & set(p.lower().split())), default="[]\n> nothing")
        document, text = best.removeprefix("[").split("]\n> ", 1)
        said = " ".join(text.split()[:words])
        if self.learned is not None:
            said = self.learned.get("recites", {}).get(asked.removeprefix("Question: "), said)
        if self.learned is None or not self.learned["keys"]:
            return said
        values: dict[str, Any] = {"str": said, "list": [document], "int": 0, "bool": True}
        return json.dumps({key: values.get(kind) for key, kind in self.learned["keys"]})


def _imitated(prompt: Sequence[Message], said: str) -> str:
    """Return the answer in the JSON form of the last example in the prompt, if there is one."""
    shown = [m["content"] for m in prompt if m["role"] == "assistant"]
    shape = Shape.of(shown[-1:])
    return said if shape is None else json.dumps({key: said if kind == "str" else [] for key, kind in shape.keys})


class FakeModels:
    """Embedders and generators by their model in a release; adopted adapters are stored."""

    def __init__(self, retriever: str, generator: str) -> None:
        self.names: dict[Role, str] = {"retriever": retriever, "generator": generator}
        self.built: dict[Role, Mapping[str, Any]] = {}
        """Role → the adapter of the last build."""
        self.adapters: dict[str, Mapping[str, Any]] = {}
        self.embedders: dict[str, HashedEmbedder] = {}
        self.generators: dict[str, ShapedGenerator] = {}
        self.rerank: Reranking | None = None
        """Role → base model, as in params.yaml."""
        self.rerankers: dict[str, WordReranker] = {}

    def base(self, role: Role) -> Model:
        return Model(self.names[role], digest(self.names[role])[:16])

    def embedder(self, model: Model) -> HashedEmbedder:
        return self.embedders.setdefault(model.fingerprint, HashedEmbedder(model))

    def engine(self, model: Model) -> str:
        return "words, hashed"

    def generator(self, model: Model) -> ShapedGenerator:
        learned = self.adapters[model.adapter] if model.adapter else None
        return self.generators.setdefault(model.fingerprint, ShapedGenerator(model.fingerprint, learned))

    def reranking(self) -> Reranking | None:
        return self.rerank

    def reranker(self, reranking: Reranking) -> WordReranker:
        made = WordReranker(reranking.base, perverse="perverse" in reranking.model)
        return self.rerankers.setdefault(reranking.base, made)

    def store_adapter(self, role: Role) -> str:
        id_ = digest(f"{self.base(role).base} {role} {sorted(self.built[role].items())}")[:16]
        self.adapters[id_] = self.built[role]
        return id_

    @property
    def embedded(self) -> int:
        """Number of texts that any embedder embedded."""
        return sum(embedder.embedded for embedder in self.embedders.values())


class FakeLines:
    """JSON Lines files by name."""

    def __init__(self, files: Mapping[str, str] | None = None) -> None:
        self.files = dict(files or {})
        self.readings = 0

    def stamp(self) -> str:
        return content_id(self.files)

    def texts(self) -> list[tuple[str, str]]:
        self.readings += 1
        return sorted(self.files.items())

    def problems(self) -> list[tuple[str, str]]:
        return []

    def write(self, rows: Sequence[Mapping[str, Any]], name: str = "all.jsonl") -> None:
        self.files[name] = "".join(json.dumps(row) + "\n" for row in rows)


@dataclass
class FakeBuilder:
    """Runs the dvc stages without models: a training stores only the form of its examples."""

    examples: FakeLines
    models: FakeModels
    params: Params
    ledger: Ledger
    calls: Counter[str] = field(default_factory=Counter)
    corpus: str | None = None
    """Manifest id that the build reports as its input."""
    set_id: str | None = None
    """Example set that the build reports as its input, instead of the real one."""
    accepts: Callable[[str], bool] = lambda _digest: True
    """Digests of the examples that the build accepts, as in a refresh."""
    spoils: Mapping[str, Any] = field(default_factory=dict)
    """Planted training faults: wrong ``keys``, a wrong ``nll``, or ``recites``: memorized answers."""
    taught: tuple[str, ...] = ()
    """Digests of the examples of the last training."""

    def build(self, stage: str, listing: Any = None) -> Mapping[str, Any]:
        self.calls[stage] += 1
        said = {} if self.corpus is None else {"corpus": self.corpus}
        if stage == "train_generator":
            return said | self._trained()
        if stage == "train_retriever":
            self.models.built["retriever"] = {"jargon": True, "n": self.calls[stage]}
            return said | {"tokens": 100, "seconds": 1.0}
        return said | {"embedded": 0}

    def _trained(self) -> dict[str, Any]:
        rows = [row for name, text in self.examples.texts() for row in parse_lines(text, name)[0]]
        every = [Example.from_json({k: v for k, v in row.items() if k != "_origin"}) for row in rows]
        examples = [example for example in every if self.accepts(example.digest)]
        training, held_out = split(examples, self.params.seed)
        plan = self._planned(training, held_out, {e.digest for e in every} - {e.digest for e in examples})
        taught = [training[n] for n in plan.selected]
        shape = Shape.of([e.completion for e in taught])
        learned = {"keys": list(map(list, shape.keys)) if shape else [], "nll": 1.0, "set": set_id(examples)}
        self.models.built["generator"] = learned | plan.as_json() | dict(self.spoils)
        self.taught = tuple(e.digest for e in taught)
        said = {"tokens": 1000, "tokens_per_second": 500.0, "losses": [2.0, 1.0]}
        return said | {"set": self.set_id or learned["set"]} | plan.as_json()

    def _planned(
        self, training: Sequence[Example], held_out: Sequence[Example], stale: Collection[str]
    ) -> TrainingSelection:
        return select_examples(
            champion_of(self.ledger, live_release(self.ledger)),
            recipe_of(self.params.generator.lora, self.models.base("generator").base),
            [TrainingExample(e.digest, behaviour_of(e.completion, e.tags)) for e in training],
            held_out=[e.digest for e in held_out],
            stale=stale,
            seed=self.params.seed,
        )

    def lock(self) -> Mapping[str, Any] | None:
        return {"stages": dict(sorted(self.calls.items()))} if self.calls else None
