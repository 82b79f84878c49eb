"""params.yaml as strict frozen dataclasses, and the endpoints that the environment names."""

from dataclasses import field
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from pointsman.core.credentials import without_credentials
from pointsman.core.errors import UsageError

STRICT = ConfigDict(extra="forbid", strict=False)


def _number(value: Any) -> Any:
    """Refuse ``yes``, ``no``, ``on`` and ``off`` where a number is asked for: YAML reads them as true and false.

    Raises:
        ValueError: it is one of them; taken as 1 or 0, ``off`` would be the strictest limit.
    """
    if isinstance(value, bool):
        raise ValueError("a number is needed, not yes or no; null switches off what can be switched off")
    return value


Number = BeforeValidator(_number)

Count = Annotated[int, Number, Field(ge=0)]

Positive = Annotated[int, Number, Field(ge=1)]

Share = Annotated[float, Number, Field(ge=0, le=1)]

Amount = Annotated[float, Number, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True, config=STRICT)
class Store:
    """``store``: where the documents lie."""

    url: str
    """Folder relative to the workspace, any fsspec URL, or a git repository: ``git+file:///path@REVISION:folder``."""
    include: tuple[str, ...] = (
        "**/*.rst", "**/*.md", "**/*.txt", "**/*.html", "**/*.htm", "**/*.pdf", "**/*.docx",
    )  # fmt: skip
    """Glob patterns of documents: every format that is read, so that no file is passed over in silence."""
    exclude: tuple[str, ...] = ()
    """Glob patterns left out of them."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Folder:
    """``probes``: a folder of JSON-lines files."""

    path: str


@dataclass(frozen=True, slots=True, config=STRICT)
class Examples:
    """``examples``: a folder of JSON-lines files, and what their answers must look like."""

    path: str
    schema: str | None = None
    """A JSON Schema file, relative to the workspace."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Chunking:
    """``chunking``: how documents are cut; part of every release."""

    max_tokens: Annotated[int, Number, Field(ge=16, le=8192)] = 200
    """Embedder tokens in a chunk, its heading path included."""


@dataclass(frozen=True, slots=True, config=STRICT)
class RetrieverLora:
    """``retriever.lora``: the embedder's adapter."""

    rank: Positive = 8
    alpha: Positive = 16
    learning_rate: Amount = 5e-4
    epochs: Positive = 1
    batch_size: Annotated[int, Number, Field(ge=2)] = 16
    max_pairs: Positive = 256
    """Training pairs taken from the corpus, at most."""
    patience: Count = 0
    """Evaluations in a row without a lower validation loss that end a training; 0: nothing is put aside."""
    evaluate_share: Annotated[float, Number, Field(gt=0, le=0.5)] = 0.1
    """Share of the pairs that is put aside to validate on, whole passages at a time."""
    evaluate_steps: Count = 0
    """Steps between two evaluations; 0: one at the end of each epoch."""
    negatives: Annotated[int, Number, Field(ge=0, le=8)] = 1
    """Hard negatives beside each pair."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Rerank:
    """``retriever.rerank``: a cross-encoder that orders the best passages anew."""

    model: str
    candidates: Annotated[int, Number, Field(ge=2, le=1000)] = 50
    """Passages that it reads for each question."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Retriever:
    """``retriever``: the embedder and what a search returns."""

    model: str
    top_k: Positive = 5
    batch_size: Positive = 32
    rerank: Rerank | None = None
    lora: RetrieverLora = field(default_factory=RetrieverLora)


@dataclass(frozen=True, slots=True, config=STRICT)
class GeneratorLora:
    """``generator.lora``: the generator's adapter."""

    rank: Positive = 16
    alpha: Positive = 32
    learning_rate: Amount = 2e-3
    epochs: Positive = 2
    batch_size: Positive = 4
    max_length: Positive = 1024
    """Tokens of prompt and completion; a longer example is refused."""
    accumulate: Positive = 1
    """Batches whose gradients are added up in one step: more examples a step in the same memory."""
    patience: Count = 0
    """Evaluations in a row without a lower validation loss that end a training; 0: nothing is put aside."""
    evaluate_share: Annotated[float, Number, Field(gt=0, le=0.5)] = 0.1
    """Share of the training side that is put aside to validate on, whole documents at a time."""
    evaluate_steps: Count = 0
    """Steps between two evaluations; 0: one at the end of each epoch."""
    quantize: Literal["none", "4bit", "auto"] = "none"
    """How the frozen base is held in training: ``4bit`` needs a CUDA device and bitsandbytes."""
    start: Literal["base", "live"] = "base"
    """What a training starts on: the base, with every example, or the live adapter, with what is new to it."""
    replay: Amount = 1.0
    """Earlier examples that a training which goes on from the live adapter repeats, for each new one."""


@dataclass(frozen=True, slots=True, config=STRICT)
class GeneratorModel:
    """``generator``: the language model and its prompt."""

    model: str
    passages: Positive = 3
    passage_tokens: Positive = 60
    """Words of each passage that enter a prompt, at most."""
    max_new_tokens: Positive = 64
    constrained: bool = False
    """Whether the exam is sat once more with answers held to the schema or the common shape; needs the extra."""
    shuffled: Share = 0.5
    """Share of the training prompts whose passages stand in another order than that of retrieval."""
    shuffle_from: Positive = 200
    """Training examples below which all prompts stand in the order of retrieval."""
    few_shot: Count = 0
    """Training examples put before each question in another sitting of the exam; 0: no such sitting."""
    lora: GeneratorLora = field(default_factory=GeneratorLora)


@dataclass(frozen=True, slots=True, config=STRICT)
class Policy:
    """``policy``: limits of the decision."""

    min_examples: Positive = 24
    min_probes: Positive = 20
    shape_valid: Share = 0.9
    citation_correct: Share = 0.0
    declined: Share = 0.9
    """Of the held-out questions that have no answer, the share that must be declined for no training to be needed."""
    form_told: Share = 0.8
    """Of the new examples, the share whose conversation must tell which of several forms their answer has."""
    retrieval_gap: Share = 0.15
    confidence: Annotated[float, Number, Field(gt=0.5, lt=1)] = 0.95
    cooldown_hours: Amount = 0.0
    tainted_share: Share = 0.1
    """Of the examples that the live generator learned, the share that may be stale."""
    horizon_days: Amount = 7.0
    """Days for which a gain is counted when it is weighed against the cost of a training."""
    hysteresis: Share = 0.02
    """Beyond the limit that opened a debt, how far a measure must come before the debt is closed."""
    retry_share: Share = 0.1
    """Of the examples of a training that failed, the share that must come or change before the next one."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Gate:
    """``gate``: limits of promotion."""

    min_items: Positive = 12
    """Golden probes below which they judge neither a rebuild nor a retriever."""
    min_answers: Positive = 6
    """Held-out answers below which no adapter of the generator is promoted, so that none is trained."""
    min_gain: Share = 0.05
    max_loss: Share = 0.05
    min_slice_items: Positive = 10
    """Items of a tag, of a context or of an earlier task below which a fall proves nothing."""
    max_forgetting: Share = 0.03
    """Fall of (shape + citation)/2 on what the live adapter was trained for that is still allowed."""
    max_memorised: Count = 0
    """Questions answered from a text that the index has replaced, up to which an adapter passes."""
    keep_releases: Annotated[int, Number, Field(ge=2)] = 10
    grace_hours: Amount = 24.0
    """Hours that what was live stays there after it was replaced, whatever ``keep_releases`` says."""
    min_overlap: Share = 0.5
    """Neighbour overlap@10 of the live and the rebuilt index below which, without probes, a person decides."""
    min_ann_recall: Share = 0.95
    """Recall@10 of the search graph against exact search, below which a rebuilt index is refused."""
    catch_up_rounds: Positive = 5
    """Times that a rebuild lists the store again before it goes live, at most."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Guard:
    """``guard``: what stops a change or refuses a document."""

    removed_count: Count = 10
    removed_share: Share = 0.10
    min_documents: Count = 10
    min_bytes_share: Share = 0.5
    duplicates_count: Count = 10
    duplicates_share: Share = 0.10
    duplicate_similarity: Annotated[float, Number, Field(gt=0, le=1)] = 0.8
    crowd_count: Annotated[int, Number, Field(ge=2)] | None = 3
    """New near copies of one another that would fill an answer's passages; None: no hold."""
    crowd_similarity: Annotated[float, Number, Field(gt=0, le=1)] = 0.5
    contradicting: Count | None = 0
    """New near copies of served documents with other facts, beyond which a person decides; None: no hold."""
    growth_factor: Annotated[float, Number, Field(ge=1, allow_inf_nan=False)] = 100.0
    growth_bytes: Count = 100_000
    refused_count: Count = 10
    refused_share: Share = 0.10
    max_bytes: Positive = 5_000_000
    min_words: Count = 3
    max_link_share: Share = 0.8
    max_copies: Positive = 20
    personal_data: Literal["refuse", "serve"] = "refuse"


@dataclass(frozen=True, slots=True, config=STRICT)
class Budget:
    """``budget``: what a training may cost."""

    train_seconds: Amount = 1800.0
    checkpoint_seconds: Amount = 60.0
    """Between two checkpoints of a training: what a killed one loses at most; 0: one after each step."""
    price_per_hour: Amount = 0.0
    train_money: Amount | None = None
    """Money that a training may be predicted to cost; None for no limit."""
    seconds_per_point_day: Annotated[float, Number, Field(gt=0, allow_inf_nan=False)] | None = 10.0
    """Seconds of training that a point (0.01) of a measure is worth for a day; None: any gain is worth any cost."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Params:
    """The whole of params.yaml."""

    store: Store
    examples: Examples
    probes: Folder
    retriever: Retriever
    generator: GeneratorModel
    chunking: Chunking = field(default_factory=Chunking)
    policy: Policy = field(default_factory=Policy)
    gate: Gate = field(default_factory=Gate)
    guard: Guard = field(default_factory=Guard)
    budget: Budget = field(default_factory=Budget)
    seed: Count = 17


def parse(raw: Any, origin: str = "params.yaml") -> Params:
    """Return the parameters that a YAML value spells.

    Raises:
        UsageError: every unknown, missing or impossible value, each with its key, what it is and what is allowed.
    """
    try:
        return TypeAdapter(Params).validate_python(raw)
    except ValidationError as error:
        lines = [
            f"  {'.'.join(str(part) for part in e['loc']) or '(top)'}: {e['msg']} (is {_seen(e['input'])})"
            for e in error.errors()
        ]
        raise UsageError(f"{origin} cannot be used:\n" + "\n".join(lines)) from None


def _seen(value: Any) -> str:
    """Return the beginning of a wrong value, without the credentials of a URL in it."""
    return without_credentials(repr(value))[:80]
