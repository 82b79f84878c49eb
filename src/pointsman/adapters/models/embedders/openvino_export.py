"""An embedder as OpenVINO's intermediate representation: made once with torch, checked against it, read without it."""

import json
import shutil
import sys
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from pointsman.adapters.models.embedders.pooling import Pooling
from pointsman.adapters.models.embedders.torch_encoder import PooledEncoder, pooled
from pointsman.adapters.models.fingerprint import digests
from pointsman.core.hashing import content_id

LEAST_COSINE = 0.9999
"""Between the vectors of the network and those of torch in fp32, for every text of the check."""
MODEL, WEIGHTS, RECORD = "model.xml", "model.bin", "openvino.json"
FORM = 1
"""Counts the ways in which we traced a model; a network traced in an older way is made anew."""

CHECKED = (
    "",
    "valve",
    "How do I bleed the boiler?",
    "長い文章です。 Ein Satz mit Umlauten: Tür, Öl, Übung. Café, naïve, 12 µm.",
    "def stage(desk, target):\n    return write(desk.index, target, sources=[])  # E4711: 0x7f, 3.14e-5",
    "| gate | limit |\n|---|---|\n| promote | 0.05 |\n| refuse | 0.031 |",
    "Release notes > Version 3\n\nThe lamp on the tower was replaced, and the old one went to the museum. " * 4,
    "The pump starts at 9 volts; below that the relay stays open, and the operator is told so by a red lamp. " * 12,
    "One sentence follows another until the model stops reading, as long documents in real stores do. " * 60,
)
"""Texts of the check: of every length, empty to cut off, prose, code, a table, other scripts."""


@dataclass(frozen=True, slots=True)
class Network:
    """What the record beside a network says."""

    made_by: str
    """Of which versions, form and precision it is (a content id)."""
    precision: str
    """``bf16`` or ``f32``: in which its matrix products run."""
    cosine: float
    """Least cosine to torch in fp32 over the texts of the check, -1..1."""
    digests: tuple[str, ...]
    """SHA-256 of the network and its weights; none where it may not be used."""
    refused: str | None
    """Why it may not be used."""


def openvino() -> Any:
    """Return the openvino module, its telemetry left out (it would send an event at the first import)."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None makes its import fail
    import openvino as module

    return module


def precision_of(core: Any) -> str:
    """Return the precision in which the CPU is quick: ``bf16`` where its hardware multiplies it."""
    return "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"


def network(folder: Path, adapter: Path | None, pooling: Pooling, *, place: Path, core: Any) -> Network:
    """Return the record of the network in ``place``, made now where there is none that is whole.

    Args:
        folder: of the base model.
        adapter: folder of a LoRA adapter on it.
        pooling: of the folder.
        place: a folder of this base's and adapter's own; the network goes below it.
        core: OpenVINO's.

    Raises:
        ModelMissing: transformers cannot load the folder.
        OSError: it cannot be written.
    """
    precision = precision_of(core)
    home = place / precision
    found = _read(home, precision)
    if found is not None:
        return found
    place.mkdir(parents=True, exist_ok=True)
    with FileLock(place / f".{precision}.lock"):
        return _read(home, precision) or _make(PooledEncoder(folder, adapter, pooling), home, precision, core)


def _made_by(precision: str) -> str:
    return content_id([FORM, precision, LEAST_COSINE, metadata.version("openvino"), content_id(list(CHECKED))])


def _read(home: Path, precision: str) -> Network | None:
    """Return the record of a network that is whole and made as we make it today; else None."""
    try:
        value: Mapping[str, Any] = json.loads((home / RECORD).read_text(encoding="utf-8"))
        found = Network(**{**value, "digests": tuple(value["digests"])})
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None  # missing or damaged: it can be made anew
    if found.made_by != _made_by(precision):
        return None
    files = [home / name for name in (MODEL, WEIGHTS)] if found.refused is None else []
    if not all(file.is_file() for file in files):
        return None
    same = tuple(digests(files, cache=home.parent / "digests.json")) == found.digests
    return found if same else None


def _make(encoder: PooledEncoder, home: Path, precision: str, core: Any) -> Network:
    """Trace, save, check and record a network, in one rename."""
    part, old = home.with_name(f".{home.name}.part"), home.with_name(f".{home.name}.old")
    for leftover in (part, old):
        shutil.rmtree(leftover, ignore_errors=True)
    part.mkdir()
    try:
        openvino().save_model(_traced(encoder), part / MODEL, compress_to_fp16=False)
        compiled = core.compile_model(part / MODEL, "CPU", {"INFERENCE_PRECISION_HINT": precision})
        cosine, refused = _least_cosine(encoder, compiled), None
    except _failures() as error:  # torch computes its vectors then
        cosine, refused = 0.0, f"it cannot be converted ({_first_line(error)})"
    if refused is None and not cosine >= LEAST_COSINE:
        refused = f"its vectors have a cosine of {cosine:.6f} to fp32, the limit is {LEAST_COSINE}"
    files = [part / name for name in (MODEL, WEIGHTS)]
    if refused is not None:
        for file in files:
            file.unlink(missing_ok=True)
    found = Network(
        _made_by(precision), precision, cosine, tuple(digests(files, cache=None)) if refused is None else (), refused
    )
    (part / RECORD).write_text(json.dumps(asdict(found), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    if home.exists():
        home.rename(old)
    part.rename(home)
    shutil.rmtree(old, ignore_errors=True)
    return found


def _failures() -> tuple[type[Exception], ...]:
    """Return what is raised where a model cannot be converted.

    OpenVINO's own exceptions have no base in common but Exception; tracing runs the model's own code, which may break
    in any of the other ways.
    """
    from openvino import frontend

    return (
        RuntimeError, TypeError, ValueError, KeyError, AttributeError,
        frontend.GeneralFailure, frontend.InitializationFailure, frontend.NotImplementedFailure,
        frontend.OpConversionFailure, frontend.OpValidationFailure,
    )  # fmt: skip


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def _traced(encoder: PooledEncoder) -> Any:
    """Return an encoder and its pooling as one OpenVINO model of any batch size and length."""
    import torch

    class TextVectors(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder.model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            return pooled(states, attention_mask, encoder.pooling)

    ids, mask = encoder.tokens(["a text", "another text, which is longer"])
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what tracing makes constant is checked on texts of every length
        return openvino().convert_model(TextVectors(), example_input={"input_ids": ids, "attention_mask": mask})


def _least_cosine(encoder: PooledEncoder, compiled: Any) -> float:
    """Return the least cosine of a network's vectors to torch's, alone and in one batch; NaN counts as -1."""
    found = []
    for texts in (list(CHECKED), *([text] for text in CHECKED)):
        ids, mask = encoder.tokens(texts)
        quick = compiled({"input_ids": ids.numpy(), "attention_mask": mask.numpy()})[0]
        exact = encoder.encode(texts).numpy()
        lengths = np.linalg.norm(quick, axis=1) * np.linalg.norm(exact, axis=1)
        found.append(np.sum(quick * exact, axis=1) / np.maximum(lengths, np.float32(1e-12)))
    return float(np.nan_to_num(np.concatenate(found), nan=-1.0).min())
