"""The embedder on a CPU: OpenVINO and tokenizers without torch; torch where OpenVINO cannot be used."""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pointsman.adapters.models.devices import has_gpu
from pointsman.adapters.models.embedders.openvino_export import MODEL, Network, network, openvino
from pointsman.adapters.models.embedders.pooling import pooling_of
from pointsman.adapters.models.embedders.sentence_embedder import SentenceEmbedder
from pointsman.adapters.models.embedders.torch_encoder import tokenizer_of
from pointsman.core.errors import ModelMissing
from pointsman.ports.models import Vectors
from pointsman.ports.progress import Progress

Engine = Literal["auto", "torch", "openvino"]

TOKENISED_AT_ONCE = 128
"""Texts tokenised at once, while the network computes the texts before them."""
BATCH_TOKENS = 1024
"""Tokens of one request, padding included: so much fits into a core's cache, which is fastest."""


class OpenvinoEmbedder:
    """Unit vectors of texts, equal to those of ``SentenceEmbedder`` up to a cosine of 0.9999.

    The OpenVINO network is converted at its first use, which needs torch, and read from disk afterwards. Torch embeds
    on a GPU, for a model that does more than pooling, when the converted network is not exact enough, and without the
    package openvino; ``engine`` gives the reason.
    """

    def __init__(
        self,
        folder: Path,
        *,
        fingerprint: str,
        place: Path,
        adapter: Path | None = None,
        engine: Engine = "auto",
        batch_size: int = 32,
        progress: Progress | None = None,
    ) -> None:
        """Use a model folder, and an adapter trained on it if given; loads nothing.

        Args:
            folder: the base model, as ``resolve`` returns it.
            fingerprint: content id of the base alone, without the adapter.
            place: folder for the converted network; only this base with this adapter may use it.
            adapter: folder of a LoRA adapter.
            engine: ``auto``, or the engine that must be used.
            batch_size: most texts in a batch.
            progress: called after each batch.

        Raises:
            ModelMissing: the adapter is missing or damaged.
            ModelMismatch: the adapter was trained on another base.
        """
        self._torch = SentenceEmbedder(
            folder, fingerprint=fingerprint, adapter=adapter, batch_size=batch_size, progress=progress
        )
        self.fingerprint = self._torch.fingerprint
        """Id of base weights and adapter; it does not depend on engine and precision (ADR 16)."""
        self._folder, self._adapter, self._place = folder, adapter, place
        self._engine, self._batch_size, self._progress = engine, batch_size, progress

    @property
    def dimension(self) -> int:
        """Length of a vector, from the model's configuration."""
        return self._torch.dimension

    def count_tokens(self, text: str) -> int:
        """Return the number of the embedder's tokens in ``text``, without special tokens; loads no weights."""
        return self._torch.count_tokens(text)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text, shape (len(texts), dimension), float32."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        if isinstance(self._chosen, str):
            return self._torch.embed(texts)
        vectors = self._chosen.vectors(texts, self.dimension, batch_size=self._batch_size, progress=self._progress)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
        return vectors

    @property
    def engine(self) -> str:
        """The engine that embeds and the reason, in words; converts the network if that has not been done."""
        return self._chosen if isinstance(self._chosen, str) else self._chosen.described

    @cached_property
    def _chosen(self) -> "_Compiled | str":
        """The network ready to run, or the reason why torch embeds.

        Raises:
            ModelMissing: OpenVINO is required but cannot be used.
        """
        found = self._network()
        if isinstance(found, str) and self._engine == "openvino":
            raise ModelMissing(
                f"POINTSMAN_ENGINE is openvino, but {found}; set it to auto, or name another retriever.model"
            )
        return found

    def _network(self) -> "_Compiled | str":
        pooling = pooling_of(self._folder)
        if pooling is None:
            return f"torch: {self._folder.name} does more than mean or first-token pooling"
        unusable = self._unusable()
        if unusable is not None:
            return unusable
        core = openvino().Core()
        try:
            found = network(self._folder, self._adapter, pooling, place=self._place, core=core)
        except OSError as error:
            return _logged(f"torch: the OpenVINO network cannot be written to {self._place} ({error})")
        if found.refused is not None:
            return _logged(f"torch: OpenVINO is not used for {self._folder.name}, {found.refused}")
        file = self._place / found.precision / MODEL
        return _Compiled(core, file, found, tokenizer=tokenizer_of(self._folder, pooling), padding=pooling.padding)

    def _unusable(self) -> str | None:
        """Return why OpenVINO cannot be used on this machine; None if it can."""
        if self._engine == "torch":
            return "torch, as POINTSMAN_ENGINE says"
        if find_spec("openvino") is None:
            return "torch: openvino is not installed"
        return "torch: there is a GPU" if has_gpu() else None


def _logged(why: str) -> str:
    """Log a reason and return it."""
    logging.getLogger(__name__).warning("embedding with %s", why)
    return why


EncodedBatch = tuple[list[int], dict[str, Any]]
"""Indices of the texts, and the network's inputs."""


class _BatchQueue:
    """Batches for several threads; each batch goes to one of them."""

    def __init__(self, batches: Iterator[EncodedBatch], total: int, progress: Progress | None) -> None:
        self._batches, self._total, self._progress = batches, total, progress
        self._lock, self._done, self._stopped = threading.Lock(), 0, False

    def __iter__(self) -> Iterator[EncodedBatch]:
        while (batch := self._next()) is not None:
            yield batch

    def stop(self) -> None:
        """Return no more batches."""
        self._stopped = True

    def _next(self) -> EncodedBatch | None:
        with self._lock:
            batch = None if self._stopped else next(self._batches, None)
            if batch is not None:
                self._done += len(batch[0])
                if self._progress is not None:
                    self._progress("embedding", self._done, self._total)
            return batch


_first_inference, _first_done = threading.Lock(), threading.Event()


def _infer_first(request: Any, inputs: Mapping[str, Any]) -> None:
    """Run the first inference of this process in one thread only.

    OpenVINO's bindings initialise NumPy's interface when they get the first array. Two threads that do this at once
    deadlock: one has the interpreter's lock and waits for the initialisation of the other, which waits for the lock.
    """
    with _first_inference:
        if not _first_done.is_set():
            request.infer(dict(inputs))
            _first_done.set()


class _Compiled:
    """A network, compiled when first used: for many texts, and for a single question."""

    def __init__(self, core: Any, file: Path, record: Network, *, tokenizer: Any, padding: int) -> None:
        self._core, self._file, self._precision = core, file, record.precision
        self._tokenizer, self._padding = tokenizer, padding
        self.described = f"openvino {record.precision}, cosine to torch in fp32 at least {record.cosine:.6f}"

    @cached_property
    def _bulk(self) -> Any:
        """Several requests at once, each on some of the cores."""
        return self._compile("THROUGHPUT")

    @cached_property
    def _single(self) -> Any:
        """One request on all cores."""
        return self._compile("LATENCY")

    def _compile(self, hint: str) -> Any:
        hints = {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": self._precision}
        return self._core.compile_model(self._file, "CPU", hints)

    def vectors(self, texts: Sequence[str], dimension: int, *, batch_size: int, progress: Progress | None) -> Vectors:
        """Return one vector for each text, not of length 1, shape (len(texts), dimension).

        Each thread has its own request.
        """
        found = np.zeros((len(texts), dimension), dtype=np.float32)
        compiled = self._single if len(texts) == 1 else self._bulk
        batches = _BatchQueue(self._batches(texts, batch_size), len(texts), progress)

        def work(request: Any) -> None:
            for batch, inputs in batches:
                found[batch] = request.infer(inputs)[0]

        threads = min(len(texts), compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        requests = [compiled.create_infer_request() for _ in range(threads)]
        _infer_first(requests[0], self._inputs([[self._padding]]))
        with ThreadPoolExecutor(threads, thread_name_prefix="openvino") as pool:
            try:
                for working in [pool.submit(work, request) for request in requests]:
                    working.result()
            except BaseException:
                batches.stop()
                raise
        return found

    def _batches(self, texts: Sequence[str], batch_size: int) -> Iterator[EncodedBatch]:
        """Yield (indices of ``texts``, network inputs); texts of similar length together, the longest first."""
        order = sorted(range(len(texts)), key=lambda i: (-len(texts[i]), i))
        for start in range(0, len(order), TOKENISED_AT_ONCE):
            places = order[start : start + TOKENISED_AT_ONCE]
            rows = self._tokenizer.encode_batch([texts[i].strip() for i in places])
            ids = dict(zip(places, (row.ids for row in rows), strict=True))
            places.sort(key=lambda i: (-len(ids[i]), i))
            while places:
                size = min(batch_size, max(1, BATCH_TOKENS // len(ids[places[0]])))
                batch, places = places[:size], places[size:]
                yield batch, self._inputs([ids[i] for i in batch])

    def _inputs(self, rows: Sequence[Sequence[int]]) -> dict[str, Any]:
        shape = (len(rows), max(map(len, rows)))
        ids, mask = np.full(shape, self._padding, np.int64), np.zeros(shape, np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        return {"input_ids": ids, "attention_mask": mask}
