"""Leakage: held-out examples that are near copies of training examples would measure memory, not behaviour."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pointsman.core.corpus.near_duplicates import SIZE
from pointsman.core.supervision.examples import Example, split

SIMILARITY = 0.8
"""Share of three-word shingles in common, estimated by MinHash, from which two examples are near copies."""

Sketch = Callable[[str], str]
"""A text's MinHash sketch, ``SIZE`` bytes in base64."""


@dataclass(frozen=True, slots=True)
class Split:
    """Examples to learn from, and examples to be examined by."""

    training: tuple[Example, ...]
    held_out: tuple[Example, ...]
    leaked: tuple[tuple[str, str], ...] = ()
    """(id of an example left out of the held-out side, id of the training example that it nearly copies)."""


def split_without_leaks(examples: Sequence[Example], seed: int, sketch: Sketch) -> Split:
    """Split examples by document (see ``split``), and leave near copies of training examples out of the held-out side.

    They are left out and not moved: moving one would put its document on both sides.
    """
    training, held_out = split(examples, seed)
    copies = near(
        {e.digest: _sketched(e, sketch) for e in held_out}, {e.digest: _sketched(e, sketch) for e in training}
    )
    names = {e.digest: e.id for e in training}
    return Split(
        tuple(training),
        tuple(e for e in held_out if e.digest not in copies),
        tuple((e.id, names[copies[e.digest]]) for e in held_out if e.digest in copies),
    )


def near(asked: Mapping[str, bytes], known: Mapping[str, bytes]) -> dict[str, str]:
    """Return for each key of ``asked`` that is a near copy of some of ``known`` the nearest, the first of equals."""
    if not asked or not known:
        return {}
    names = sorted(known)
    rows = np.frombuffer(b"".join(known[name] for name in names), dtype=np.uint8).reshape(len(names), SIZE)
    found = {}
    for key, sketch in asked.items():
        alike = (rows == np.frombuffer(sketch, dtype=np.uint8)).mean(axis=1)
        best = int(alike.argmax())
        if alike[best] >= SIMILARITY:
            found[key] = names[best]
    return found


def _sketched(example: Example, sketch: Sketch) -> bytes:
    return base64.b64decode(sketch(f"{example.question}\n{example.completion}"))
