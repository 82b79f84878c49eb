"""Converts an embedder to an OpenVINO network, once with torch, and checks it against torch."""

import json
import shutil
import sys
import warnings
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from pointsman.adapters.models.embedders.pooling import Pooling
from pointsman.adapters.models.embedders.torch_encoder import PooledEncoder, pooled
from pointsman.adapters.models.fingerprint import file_digests
from pointsman.adapters.workspace.private_files import shared_files
from pointsman.core.hashing import content_id

LEAST_COSINE = 0.9999
"""Lowest cosine between the network's vectors and torch's in fp32, for every text of ``CHECKED``."""
MODEL, WEIGHTS, RECORD = "model.xml", "model.bin", "openvino.json"
FORM = 1
"""Version of the conversion; a network of an older version is converted again."""

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
"""Texts that the network is checked with: empty to too long, prose, code, a table, other scripts."""


@dataclass(frozen=True, slots=True)
class Network:
    """The record beside a converted network."""

    made_by: str
    """Content id of the versions, the conversion and the precision that made it."""
    precision: str
    """``bf16`` or ``f32``: number format of its matrix products."""
    cosine: float
    """Lowest cosine to torch in fp32 over ``CHECKED``, -1..1."""
    digests: tuple[str, ...]
    """SHA-256 of the network and of its weights; empty when it is refused."""
    refused: str | None
    """Why the network is not used; None: it is used."""


def openvino() -> Any:
    """Return the openvino module without its telemetry, which would send an event at the first import."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None makes its import fail
    import openvino as module

    return module


def precision_of(core: Any) -> str:
    """Return the fastest precision of the CPU: ``bf16`` where the hardware supports it, else ``f32``."""
    return "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"


def network(folder: Path, adapter: Path | None, pooling: Pooling, *, place: Path, core: Any) -> Network:
    """Return the record of the network in ``place``; converts it when there is no complete one.

    Args:
        folder: of the base model.
        adapter: folder of a LoRA adapter on it.
        pooling: of the folder.
        place: folder that only this base with this adapter uses; the network is written below it.
        core: of OpenVINO.

    Raises:
        ModelMissing: transformers cannot load the folder.
        OSError: the network cannot be written.
    """
    precision = precision_of(core)
    home = place / precision
    found = _read(home, precision)
    if found is not None:
        return found
    with shared_files() if adapter is None else nullcontext():
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(place / f".{precision}.lock"):
            return _read(home, precision) or _make(PooledEncoder(folder, adapter, pooling), home, precision, core)


def _made_by(precision: str) -> str:
    return content_id([FORM, precision, LEAST_COSINE, metadata.version("openvino"), content_id(list(CHECKED))])


def _read(home: Path, precision: str) -> Network | None:
    """Return the record of a complete network of the current version; else None."""
    try:
        value: Mapping[str, Any] = json.loads((home / RECORD).read_text(encoding="utf-8"))
        found = Network(**{**value, "digests": tuple(value["digests"])})
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None  # missing or damaged: it can be converted again
    if found.made_by != _made_by(precision):
        return None
    files = [home / name for name in (MODEL, WEIGHTS)] if found.refused is None else []
    if not all(file.is_file() for file in files):
        return None
    same = tuple(file_digests(files, cache=home.parent / "digests.json")) == found.digests
    return found if same else None


def _make(encoder: PooledEncoder, home: Path, precision: str, core: Any) -> Network:
    """Convert, check and record a network; it appears in one rename."""
    part, old = home.with_name(f".{home.name}.part"), home.with_name(f".{home.name}.old")
    for leftover in (part, old):
        shutil.rmtree(leftover, ignore_errors=True)
    part.mkdir()
    try:
        openvino().save_model(_traced(encoder), part / MODEL, compress_to_fp16=False)
        compiled = core.compile_model(part / MODEL, "CPU", {"INFERENCE_PRECISION_HINT": precision})
        cosine, refused = _least_cosine(encoder, compiled), None
    except _failures() as error:  # torch computes the vectors instead
        cosine, refused = 0.0, f"it cannot be converted ({_first_line(error)})"
    if refused is None and not cosine >= LEAST_COSINE:
        refused = f"its vectors have a cosine of {cosine:.6f} to fp32, the limit is {LEAST_COSINE}"
    files = [part / name for name in (MODEL, WEIGHTS)]
    if refused is not None:
        for file in files:
            file.unlink(missing_ok=True)
    found = Network(
        made_by=_made_by(precision),
        precision=precision,
        cosine=cosine,
        digests=tuple(file_digests(files, cache=None)) if refused is None else (),
        refused=refused,
    )
    (part / RECORD).write_text(json.dumps(asdict(found), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    if home.exists():
        home.rename(old)
    part.rename(home)
    shutil.rmtree(old, ignore_errors=True)
    return found


def _failures() -> tuple[type[Exception], ...]:
    """Return the exceptions that mean that a model cannot be converted.

    OpenVINO's exceptions have no common base except Exception. Tracing runs the model's own code, which may
    raise any of the others.
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
        warnings.simplefilter("ignore")  # the check with texts of every length finds what tracing made constant
        return openvino().convert_model(TextVectors(), example_input={"input_ids": ids, "attention_mask": mask})


def _least_cosine(encoder: PooledEncoder, compiled: Any) -> float:
    """Return the lowest cosine of the network's vectors to torch's, alone and in one batch; NaN counts as -1."""
    found = []
    for texts in (list(CHECKED), *([text] for text in CHECKED)):
        ids, mask = encoder.tokens(texts)
        quick = compiled({"input_ids": ids.numpy(), "attention_mask": mask.numpy()})[0]
        exact = encoder.encode(texts).numpy()
        lengths = np.linalg.norm(quick, axis=1) * np.linalg.norm(exact, axis=1)
        found.append(np.sum(quick * exact, axis=1) / np.maximum(lengths, np.float32(1e-12)))
    return float(np.nan_to_num(np.concatenate(found), nan=-1.0).min())
