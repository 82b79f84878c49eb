"""params.yaml as strict frozen dataclasses. The docs page of every key is made from the docstrings here."""

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from pointsman.core.corpus.documents import FORMATS
from pointsman.core.errors import UsageError
from pointsman.settings.access import Access
from pointsman.settings.limits import Budget, Gate, Guard, PathGuard, Policy
from pointsman.settings.mistakes import describe_mistake
from pointsman.settings.numbers import STRICT, Amount, Count, Number, Positive, Share
from pointsman.settings.qdrant import Qdrant
from pointsman.settings.state import State

__all__ = [
    "Access",
    "Budget",
    "Chunking",
    "Examples",
    "Gate",
    "GeneratorLora",
    "GeneratorModel",
    "Guard",
    "Params",
    "PathGuard",
    "Policy",
    "Probes",
    "Qdrant",
    "RerankModel",
    "Retriever",
    "RetrieverLora",
    "State",
    "Store",
    "parse_params",
]


def _known_formats(value: Mapping[str, str]) -> Mapping[str, str]:
    """Return ``store.formats`` as it is.

    Raises:
        ValueError: it has a format that cannot be read.
    """
    for pattern, name in value.items():
        if name not in FORMATS:
            raise ValueError(f"{pattern!r} has {name!r}, which is not a format; the formats are {', '.join(FORMATS)}")
    return value


@dataclass(frozen=True, slots=True, config=STRICT)
class Store:
    """``store``: the documents."""

    url: str
    """The documents' address: a folder relative to the workspace, any fsspec URL, or a git repository
    (``git+file:///path@REVISION:folder``)."""
    include: tuple[str, ...] = (
        "**/*.rst", "**/*.md", "**/*.txt", "**/*.html", "**/*.htm", "**/*.pdf", "**/*.docx",
    )  # fmt: skip
    """Glob patterns of document ids. By default every format that can be read, so that no file is passed over in
    silence."""
    exclude: tuple[str, ...] = ()
    """Glob patterns of document ids that are left out."""
    formats: Annotated[Mapping[str, str], AfterValidator(_known_formats)] = field(default_factory=dict)
    """Glob pattern → format (markdown, rst, html, pdf, docx or text), for files whose ending does not say in which
    format they are. The first pattern that matches counts. ``*.txt`` means such files in any folder. By
    default the endings decide."""
    max_seconds: Annotated[float, Number, Field(gt=0, allow_inf_nan=False)] = 1800.0
    """Seconds that a listing of the store may take, the fetch of a git repository included. Then the run holds, as for
    any store that cannot be listed."""
    verify_days: Annotated[float, Number, Field(gt=0)] | None = 30.0
    """Days in which the bytes of every document are read and compared at least once, spread evenly over the runs, in
    case an edit left size, times and ETag as they were. null: never. A git store needs none."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Probes:
    """``probes``: the folder of probes."""

    path: str
    """Folder of ``*.jsonl`` files with probes: questions and the documents that answer them."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Examples:
    """``examples``: the folder of examples, and the shape of their answers."""

    path: str
    """Folder of ``*.jsonl`` files with examples: conversations whose last message is to be learned."""
    schema: str | None = None
    """A JSON Schema file, relative to the workspace; null for none. An example whose answer does not satisfy it
    goes to quarantine, and the evaluation judges an answer's shape by it."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Chunking:
    """``chunking``: how documents are cut; part of every release."""

    max_tokens: Annotated[int, Number, Field(ge=16, le=8192)] = 200
    """Embedder tokens in a chunk, its headings included. A change means a rebuild."""


@dataclass(frozen=True, slots=True, config=STRICT)
class RetrieverLora:
    """``retriever.lora``: the embedder's adapter."""

    rank: Positive = 8
    """Rank of the embedder's LoRA adapter."""
    alpha: Positive = 16
    """Scale of the embedder's LoRA adapter: its weights are multiplied by alpha / rank."""
    learning_rate: Amount = 5e-4
    """Learning rate of the embedder's adapter."""
    epochs: Positive = 1
    """Passes over the training pairs."""
    batch_size: Annotated[int, Number, Field(ge=2)] = 16
    """Pairs in a batch. The other passages of a batch are negatives, so this changes the loss."""
    max_pairs: Positive = 256
    """Training pairs taken from the corpus, at most."""
    patience: Count = 0
    """Evaluations in a row without a lower validation loss that end a training. 0: off, and every pair is trained
    on."""
    evaluate_share: Annotated[float, Number, Field(gt=0, le=0.5)] = 0.1
    """Share of the pairs that validates when patience is on, whole passages at a time."""
    evaluate_steps: Count = 0
    """Steps between two evaluations. 0: one at the end of each epoch."""
    negatives: Annotated[int, Number, Field(ge=0, le=8)] = 1
    """Hard negatives beside each pair, taken from the index. 0: only the other passages of a batch."""


@dataclass(frozen=True, slots=True, config=STRICT)
class RerankModel:
    """``retriever.rerank``: a cross-encoder that sorts the best passages again."""

    model: str
    """A cross-encoder: ``bundled:ms-marco-minilm``, or a folder with ``model.onnx`` and ``tokenizer.json``."""
    candidates: Annotated[int, Number, Field(ge=2, le=1000)] = 50
    """Passages that the cross-encoder reads and orders for each question."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Retriever:
    """``retriever``: the embedder and what a search returns."""

    model: str
    """The embedder: ``bundled:NAME``, a folder, or a Hugging Face id. A change means a rebuild."""
    top_k: Positive = 5
    """Passages that a search returns, and the k of hit@k."""
    batch_size: Positive = 32
    """Texts embedded at once, at most. It changes no result."""
    rerank: RerankModel | None = None
    """null, or a cross-encoder that sorts the best passages again. A change re-indexes nothing; golden probes judge
    it."""
    lora: RetrieverLora = field(default_factory=RetrieverLora)


@dataclass(frozen=True, slots=True, config=STRICT)
class GeneratorLora:
    """``generator.lora``: the generator's adapter."""

    rank: Positive = 16
    """Rank of the generator's LoRA adapter."""
    alpha: Positive = 32
    """Scale of the generator's LoRA adapter: its weights are multiplied by alpha / rank."""
    learning_rate: Amount = 2e-3
    """Learning rate of the generator's adapter."""
    epochs: Positive = 2
    """Passes over the training examples."""
    batch_size: Positive = 4
    """Examples in a batch."""
    max_length: Positive = 1024
    """Tokens of prompt and answer. A longer example is refused."""
    accumulate: Positive = 1
    """Batches whose gradients are added up in one step, weighted by answer tokens: the result of one larger batch
    in the memory of a small one."""
    patience: Count = 0
    """Evaluations in a row without a lower validation loss that end a training; the best adapter seen is kept. 0:
    off, and every training example is trained on."""
    evaluate_share: Annotated[float, Number, Field(gt=0, le=0.5)] = 0.1
    """Share of the training side that validates when patience is on, whole documents at a time. Held-out examples
    are never among them."""
    evaluate_steps: Count = 0
    """Steps between two evaluations. 0: one at the end of each epoch."""
    quantize: Literal["none", "4bit", "auto"] = "none"
    """How the frozen base is kept in training. ``4bit`` (NF4) needs a CUDA device and bitsandbytes, else it is
    refused; ``auto`` takes it where it works."""
    start: Literal["base", "live"] = "base"
    """What a training starts from: ``base`` with every example, or the ``live`` adapter with only what is new to
    it. A tainted adapter, or one of another base, rank or alpha, is never continued."""
    replay: Amount = 1.0
    """With ``start: live``, earlier examples repeated for each new one. Every behaviour in its proportion and at
    least once; stale, forgotten and deleted examples never."""


@dataclass(frozen=True, slots=True, config=STRICT)
class GeneratorModel:
    """``generator``: the language model and its prompt."""

    model: str
    """The language model that answers: ``bundled:NAME``, a folder, or a Hugging Face id."""
    passages: Positive = 3
    """Retrieved passages in a prompt, one for each document."""
    passage_tokens: Positive = 60
    """Words of each passage that enter a prompt, at most."""
    max_new_tokens: Positive = 64
    """Tokens of an answer, at most."""
    constrained: bool = False
    """Whether behaviour is also measured with every answer forced into ``examples.schema`` or the examples' common
    shape, and whether ``ask`` does that. Needs the extra ``constrained``."""
    shuffled: Share = 0.5
    """Share of the training prompts whose passages stand in another order than retrieval's, so that an adapter
    learns to read and not to cite the first passage."""
    shuffle_from: Positive = 200
    """Training examples below which no prompt is shuffled: so few cannot teach a small model to read."""
    few_shot: Count = 0
    """Training examples put before each question in one more measurement of behaviour, without training. 0: no such
    measurement."""
    lora: GeneratorLora = field(default_factory=GeneratorLora)


@dataclass(frozen=True, slots=True, config=STRICT)
class Params:
    """The whole of params.yaml."""

    store: Store
    examples: Examples
    probes: Probes
    retriever: Retriever
    generator: GeneratorModel
    chunking: Chunking = field(default_factory=Chunking)
    policy: Policy = field(default_factory=Policy)
    gate: Gate = field(default_factory=Gate)
    guard: Guard = field(default_factory=Guard)
    budget: Budget = field(default_factory=Budget)
    access: Access = field(default_factory=Access)
    state: State = field(default_factory=State)
    qdrant: Qdrant = field(default_factory=Qdrant)
    seed: Count = 17
    """Seed of every random draw: splits, probes, resampling, training."""


def parse_params(raw: Any, origin: str = "params.yaml") -> Params:
    """Return the parameters in a YAML value.

    Args:
        raw: the value of the file.
        origin: name of the file, for messages.

    Raises:
        UsageError: it has unknown or missing keys or wrong values. The message lists all of them, each with its
            key, its value, what is allowed, and the default or the key that was meant.
    """
    try:
        return TypeAdapter(Params).validate_python(raw)
    except ValidationError as error:
        lines = [f"  {describe_mistake(each, Params)}" for each in error.errors()]
        problem = f"{origin} cannot be used:\n" + "\n".join(lines)
        raise UsageError(problem, way_out=f"correct {origin}, then run the command again") from None
