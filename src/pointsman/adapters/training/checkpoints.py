"""Checkpoints: the state of one training in one safetensors file, replaced in one rename."""

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
"""Entry of the file's metadata (JSON text): all state that is not a tensor."""
FINGERPRINT = "fingerprint"
"""Entry of the file's metadata: id of the training (base, data, settings, seed, machine)."""

Tensors = Mapping[str, Any]
"""Torch tensors by name."""


class Checkpoint:
    """The checkpoint file of one training. A file of another training is removed.

    When the file cannot be written, the training continues without it and reports the reason once.
    """

    def __init__(self, file: Path | None, fingerprint: str, *, every: float) -> None:
        """Name the file; nothing is read.

        Args:
            file: ends in ``.safetensors``; its folder is created when needed. None: no checkpoints.
            fingerprint: id of the training; a file with another id belongs to another training.
            every: seconds between two checkpoints; 0 writes one after each step.
        """
        self._file = file
        self.notes: list[str] = []
        """Sentences about what did not go as planned."""
        self._fingerprint = fingerprint
        self._every = every
        self._written = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether ``every`` seconds have passed since the last checkpoint."""
        return self._file is not None and time.monotonic() - self._written >= self._every

    def write(self, tensors: Tensors, state: Mapping[str, Any]) -> None:
        """Write a checkpoint; the previous one stays until the new one is complete and on disk.

        Args:
            tensors: weights, optimizer and random state by name.
            state: all other state, as JSON.
        """
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        if self._file is None:
            return
        metadata = {FINGERPRINT: self._fingerprint, STANDING: canonical(state)}
        part = _part(self._file)
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, part, metadata)
            _reach_disk(part)
            part.replace(self._file)
        except (OSError, SafetensorError) as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            self.say_once(
                f"no checkpoint could be written to {self._file} ({error}); the training continues without a newer one"
            )
        self._written = time.monotonic()

    def read(self) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return (tensors, other state) of this training; None when there is no checkpoint of it.

        A checkpoint of another training, or one that cannot be read, is removed.
        """
        if self._file is None:
            return None
        _part(self._file).unlink(missing_ok=True)
        if not self._file.exists():
            return None
        try:
            fingerprint, state, tensors = _opened(self._file)
        except PointsmanError as error:
            self.say_once(f"{error}; the training starts from the beginning")
            self.remove()
            return None
        if fingerprint != self._fingerprint:
            self.remove()
            return None
        return tensors, state

    def remove(self) -> None:
        """Remove the checkpoint; the training has ended."""
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def say_once(self, sentence: str) -> None:
        """Log a sentence once, and keep it for the report."""
        if sentence not in self.notes:
            self.notes.append(sentence)
            logging.getLogger(__name__).warning(sentence)


def _part(file: Path) -> Path:
    """Return the path of a checkpoint that is not complete yet."""
    return file.with_name(f".{file.name}.part")


def _opened(file: Path) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return the fingerprint, the other state and the tensors of a checkpoint.

    Raises:
        PointsmanError: it is damaged.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="pt") as opened:
            metadata = opened.metadata() or {}
            fingerprint, state = metadata[FINGERPRINT], json.loads(metadata[STANDING])
            return fingerprint, state, {name: opened.get_tensor(name).clone() for name in opened.keys()}  # noqa: SIM118 - not a mapping
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise PointsmanError(f"the checkpoint {file} cannot be read ({error})") from error


def _reach_disk(file: Path) -> None:
    """Wait until a file's content is on disk, so that after the rename the file is always complete."""
    with file.open("rb") as written:
        os.fsync(written.fileno())
