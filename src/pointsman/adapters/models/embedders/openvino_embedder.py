"""The embedder on a CPU: OpenVINO and tokenizers, no torch; torch where OpenVINO does not serve."""

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

LOT = 128
"""Texts tokenised at once, while the network is busy with those before."""
BATCH_TOKENS = 1024
"""Tokens, padding included, that a request takes at once: what stays in a core's cache is quickest."""


class OpenvinoEmbedder:
    """Unit vectors of texts, as ``SentenceEmbedder`` gives them, at a cosine of at least 0.9999 to fp32.

    The network is made when it is first needed (that once, torch is loaded) and read from then on. A GPU, a model
    that does more than pool, a network that came out wrong, or no OpenVINO at all: torch embeds, and it is said why.
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
        """Name a model folder and perhaps an adapter trained on it; loads nothing.

        Args:
            folder: the base model, as ``models.resolve`` returns it.
            fingerprint: of the base alone, as ``models.fingerprint`` returns it.
            place: folder for the network of this base and adapter, no other's.
            adapter: folder of a LoRA adapter.
            engine: ``auto``, or the one that must embed.
            batch_size: texts at once, at most.
            progress: told after each batch.

        Raises:
            ModelMissing: the adapter is not there, or damaged.
            ModelMismatch: the adapter was trained on another base.
        """
        self._torch = SentenceEmbedder(
            folder, fingerprint=fingerprint, adapter=adapter, batch_size=batch_size, progress=progress
        )
        self.fingerprint = self._torch.fingerprint
        """Id of base weights and adapter; engine and precision are no part of it (ADR 16)."""
        self._folder, self._adapter, self._place = folder, adapter, place
        self._engine, self._batch_size, self._progress = engine, batch_size, progress

    @property
    def dimension(self) -> int:
        """Length of a vector, as the model's configuration says it."""
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
        """Which engine embeds and why, in words; makes the network if there is none yet."""
        return self._chosen if isinstance(self._chosen, str) else self._chosen.described

    @cached_property
    def _chosen(self) -> "_Compiled | str":
        """The network ready to run, or why torch embeds.

        Raises:
            ModelMissing: OpenVINO must embed and cannot.
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
        unfit = self._unfit()
        if unfit is not None:
            return unfit
        core = openvino().Core()
        try:
            found = network(self._folder, self._adapter, pooling, place=self._place, core=core)
        except OSError as error:
            return _said(f"torch: the OpenVINO network cannot be kept in {self._place} ({error})")
        if found.refused is not None:
            return _said(f"torch: OpenVINO is not used for {self._folder.name}, {found.refused}")
        file = self._place / found.precision / MODEL
        return _Compiled(core, file, found, tokenizer_of(self._folder, pooling), pooling.padding)

    def _unfit(self) -> str | None:
        """Return why OpenVINO does not serve on this machine; None where it may."""
        if self._engine == "torch":
            return "torch, as POINTSMAN_ENGINE says"
        if find_spec("openvino") is None:
            return "torch: openvino is not installed"
        return "torch: there is a GPU" if has_gpu() else None


def _said(why: str) -> str:
    """Return a reason, which the log is told too."""
    logging.getLogger(__name__).warning("embedding with %s", why)
    return why


Batch = tuple[list[int], dict[str, Any]]
"""Places of the texts, and the network's inputs."""


class _Shared:
    """Batches that several threads draw from, each batch once."""

    def __init__(self, batches: Iterator[Batch], total: int, progress: Progress | None) -> None:
        self._batches, self._total, self._progress = batches, total, progress
        self._turn, self._done, self._stopped = threading.Lock(), 0, False

    def __iter__(self) -> Iterator[Batch]:
        while (batch := self._draw()) is not None:
            yield batch

    def stop(self) -> None:
        """Give out no more batches."""
        self._stopped = True

    def _draw(self) -> Batch | None:
        with self._turn:
            batch = None if self._stopped else next(self._batches, None)
            if batch is not None:
                self._done += len(batch[0])
                if self._progress is not None:
                    self._progress("embedding", self._done, self._total)
            return batch


_priming, _primed = threading.Lock(), threading.Event()


def _prime(request: Any, inputs: Mapping[str, Any]) -> None:
    """Run the first inference of this process by itself.

    OpenVINO's bindings initialise NumPy's interface when the first array is passed. Two threads that do it at once wait
    for each other for ever: one holds the interpreter's lock and wants the other's guard, which wants the lock.
    """
    with _priming:
        if not _primed.is_set():
            request.infer(dict(inputs))
            _primed.set()


class _Compiled:
    """A network, compiled when first used: for many texts at once, and for a single question."""

    def __init__(self, core: Any, file: Path, said: Network, tokenizer: Any, padding: int) -> None:
        self._core, self._file, self._precision = core, file, said.precision
        self._tokenizer, self._padding = tokenizer, padding
        self.described = f"openvino {said.precision}, cosine to torch in fp32 at least {said.cosine:.6f}"

    @cached_property
    def _bulk(self) -> Any:
        """Two requests or more at once, one for each few cores."""
        return self._compile("THROUGHPUT")

    @cached_property
    def _single(self) -> Any:
        """One request, all cores."""
        return self._compile("LATENCY")

    def _compile(self, hint: str) -> Any:
        wishes = {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": self._precision}
        return self._core.compile_model(self._file, "CPU", wishes)

    def vectors(self, texts: Sequence[str], dimension: int, *, batch_size: int, progress: Progress | None) -> Vectors:
        """Return one vector of any length for each text, shape (len(texts), dimension).

        Each thread has a request of its own and runs it to its end.
        """
        found = np.zeros((len(texts), dimension), dtype=np.float32)
        compiled = self._single if len(texts) == 1 else self._bulk
        batches = _Shared(self._batches(texts, batch_size), len(texts), progress)

        def work(request: Any) -> None:
            for batch, inputs in batches:
                found[batch] = request.infer(inputs)[0]

        lanes = min(len(texts), compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        requests = [compiled.create_infer_request() for _ in range(lanes)]
        _prime(requests[0], self._inputs([[self._padding]]))
        with ThreadPoolExecutor(lanes, thread_name_prefix="openvino") as pool:
            try:
                for working in [pool.submit(work, request) for request in requests]:
                    working.result()
            except BaseException:
                batches.stop()
                raise
        return found

    def _batches(self, texts: Sequence[str], batch_size: int) -> Iterator[Batch]:
        """Yield (places in ``texts``, network inputs), texts of similar length together, the longest first."""
        order = sorted(range(len(texts)), key=lambda i: (-len(texts[i]), i))
        for start in range(0, len(order), LOT):
            places = order[start : start + LOT]
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
