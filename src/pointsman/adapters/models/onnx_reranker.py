"""The reranker: a cross-encoder in ONNX format, run by onnxruntime without torch."""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pointsman.adapters.models.bundled import bundled
from pointsman.adapters.models.resolve import BUNDLED
from pointsman.core.errors import ModelMissing

WEIGHTS, TOKENIZER = "model.onnx", "tokenizer.json"
LONGEST = 512
"""Most tokens of question and passage together, unless the model's configuration has a lower limit."""
QUIET_THREADS = "session.intra_op.allow_spinning"
"""Threads that spin while they wait slow other work down more than they gain here."""


def reranker_folder(model: str, *, workspace: Path, models: Path) -> Path:
    """Return the folder of a cross-encoder: ``bundled:NAME``, or a folder (absolute or below ``workspace``).

    Raises:
        ModelMissing: there is no such model, its weights are not the expected ones, or it is not an ONNX model.
    """
    if model.startswith(BUNDLED):
        folder = bundled(model.removeprefix(BUNDLED), models=models)
    else:
        folder = workspace / Path(model).expanduser()
    missing = [name for name in (WEIGHTS, TOKENIZER) if not (folder / name).is_file()]
    if missing:
        raise ModelMissing(
            f"reranker {model!r}: {folder} has no {' and no '.join(missing)}; name bundled:ms-marco-minilm, or "
            "a folder with a cross-encoder exported to ONNX"
        )
    return folder


class CrossEncoder:
    """Scores a question and a passage together. Weights are loaded at the first ``score``."""

    def __init__(self, folder: Path, *, fingerprint: str) -> None:
        """Use a folder, as ``reranker_folder`` returns it, and its fingerprint; loads nothing."""
        self._folder = folder
        self.fingerprint = fingerprint
        """Id of weights and tokenizer."""

    def score(self, question: str, passages: Sequence[str]) -> NDArray[np.float32]:
        """Return a logit for each passage, shape (len(passages),); higher is better. The longer text is cut to fit.

        Pairs are scored one by one. The bundled model quantises its activations over the whole batch: in a batch of 16
        a pair's logit changed by up to 0.27 with its neighbours, and 50 pairs took no less time.

        Raises:
            ModelMissing: the model does not give exactly one logit for each pair.
        """
        pairs = [(_unicode(question), _unicode(passage)) for passage in passages]
        rows = self._tokenizer.encode_batch(pairs)
        return np.array([self._logit(row) for row in rows], dtype=np.float32)

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER))
        tokenizer.no_padding()
        tokenizer.enable_truncation(_longest(self._folder), strategy="longest_first")
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.add_session_config_entry(QUIET_THREADS, "0")
        file = self._folder / WEIGHTS
        try:
            return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises nothing narrower
            raise ModelMissing(f"{file} cannot be run by onnxruntime ({error}); export it again") from error

    def _logit(self, row: Any) -> float:
        """Return the logit of one pair."""
        tensors = {"input_ids": row.ids, "attention_mask": row.attention_mask, "token_type_ids": row.type_ids}
        inputs = {each.name for each in self._session.get_inputs()} & tensors.keys()
        found = self._session.run(None, {name: np.array([tensors[name]], dtype=np.int64) for name in inputs})[0]
        if found.size != 1:
            raise ModelMissing(f"{self._folder} gives {found.size} numbers for a pair; name a reranker that gives one")
        return float(found.reshape(()))


def _unicode(text: str) -> str:
    """Return text without lone surrogates, which tokenizers refuse."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _longest(folder: Path) -> int:
    """Return the most tokens that a pair may have."""
    file = folder / "tokenizer_config.json"
    limit = json.loads(file.read_text(encoding="utf-8")).get("model_max_length") if file.is_file() else None
    return min(LONGEST, int(limit)) if limit else LONGEST
