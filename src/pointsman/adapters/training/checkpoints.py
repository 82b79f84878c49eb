"""Where a training stands, on disk: one safetensors file, replaced in one rename, bound to what is being trained."""

import json
import logging
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pointsman.core.errors import PointsmanError
from pointsman.core.hashing import canonical

STANDING = "standing"
"""Entry of the file's own metadata (JSON text): everything that is no tensor."""
FINGERPRINT = "fingerprint"
"""Entry of the file's own metadata: what is being trained, from which base, on what, and how."""

Tensors = Mapping[str, Any]
"""Torch tensors by name."""


class Checkpoint:
    """The file in which one training keeps where it stands; what another training left there is removed.

    A checkpoint that cannot be written costs nothing but itself: it is said once, and the training goes on.
    """

    def __init__(self, file: Path | None, fingerprint: str, *, every: float) -> None:
        """Name the file; nothing is read.

        Args:
            file: ends in ``.safetensors``; its folder is made when needed. With None nothing is kept.
            fingerprint: of base, data, settings and seed; a file with another one is not this training's.
            every: seconds between two checkpoints; 0 writes one after each step.
        """
        self._file = file
        self.notes: list[str] = []
        """What went wrong, in sentences."""
        self._fingerprint = fingerprint
        self._every = every
        self._written = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether the last one lies back as long as it may."""
        return self._file is not None and time.monotonic() - self._written >= self._every

    def write(self, tensors: Tensors, standing: Mapping[str, Any]) -> None:
        """Keep where a training stands; the last checkpoint stays until this one is whole and on disk."""
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        if self._file is None:
            return
        metadata = {FINGERPRINT: self._fingerprint, STANDING: canonical(standing)}
        part = _part(self._file)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, part, metadata)
            _reach_disk(part)
            part.replace(self._file)
        except (OSError, SafetensorError) as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            self.note(f"no checkpoint could be written to {self._file} ({error}); training goes on without a newer one")
        self._written = time.monotonic()

    def read(self) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return (tensors, standing) of this training; None when there is no checkpoint of it.

        One of another training, or one that cannot be read, is removed.
        """
        if self._file is None:
            return None
        _part(self._file).unlink(missing_ok=True)
        if not self._file.exists():
            return None
        try:
            fingerprint, standing, tensors = _opened(self._file)
        except PointsmanError as error:
            self.note(f"{error}; training begins anew")
            self.remove()
            return None
        if fingerprint != self._fingerprint:
            self.remove()
            return None
        return tensors, standing

    def remove(self) -> None:
        """Take the checkpoint away: the training is through."""
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def note(self, note: str) -> None:
        """Say something once, and keep it for the report."""
        if note not in self.notes:
            self.notes.append(note)
            logging.getLogger(__name__).warning(note)


def _part(file: Path) -> Path:
    """Return where a checkpoint is written before it is whole."""
    return file.with_name(f".{file.name}.part")


def _opened(file: Path) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return a checkpoint's fingerprint, standing and tensors.

    Raises:
        PointsmanError: it is damaged.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="pt") as opened:
            metadata = opened.metadata() or {}
            fingerprint, standing = metadata[FINGERPRINT], json.loads(metadata[STANDING])
            return fingerprint, standing, {name: opened.get_tensor(name).clone() for name in opened.keys()}  # noqa: SIM118 - it is no mapping
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise PointsmanError(f"the checkpoint {file} cannot be read ({error})") from error


def _reach_disk(file: Path) -> None:
    """Wait until a file's content is on disk, so that a rename never shows less than all of it."""
    with file.open("rb") as written:
        os.fsync(written.fileno())
