"""Removes leaks between training and held-out examples: near copies would measure memory and not behaviour."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pointsman.core.corpus.comparison.near_duplicates import SIZE
from pointsman.core.supervision.examples import Example, split

SIMILARITY = 0.8
"""Share of three-word shingles in common, estimated by MinHash, from which two examples are near copies."""

Sketcher = Callable[[str], str]
"""Returns the MinHash sketch of a text: ``SIZE`` bytes in base64."""


@dataclass(frozen=True, slots=True)
class Split:
    """Examples to learn from, and examples to evaluate with."""

    training: tuple[Example, ...]
    held_out: tuple[Example, ...]
    leaked: tuple[tuple[str, str], ...] = ()
    """(id of an example that was dropped from the held-out ones, id of the training example that it nearly copies)."""


def split_without_leaks(examples: Sequence[Example], seed: int, sketch: Sketcher) -> Split:
    """Return examples split by document (see ``split``), without held-out ones that nearly copy a training example.

    Such copies are dropped and not moved: moving one would put its document on both sides of the split.

    Args:
        examples: accepted examples.
        seed: seed of the split.
        sketch: returns the MinHash sketch of a text.
    """
    training, held_out = split(examples, seed)
    copies = find_near_copies(
        {e.digest: _sketched(e, sketch) for e in held_out}, {e.digest: _sketched(e, sketch) for e in training}
    )
    names = {e.digest: e.id for e in training}
    return Split(
        tuple(training),
        tuple(e for e in held_out if e.digest not in copies),
        tuple((e.id, names[copies[e.digest]]) for e in held_out if e.digest in copies),
    )


def find_near_copies(new: Mapping[str, bytes], known: Mapping[str, bytes]) -> dict[str, str]:
    """Return the most similar key of ``known`` for each key of ``new`` that has a near copy there.

    Of equally similar keys, the first in alphabetical order.
    """
    if not new or not known:
        return {}
    names = sorted(known)
    rows = np.frombuffer(b"".join(known[name] for name in names), dtype=np.uint8).reshape(len(names), SIZE)
    found = {}
    for key, sketch in new.items():
        alike = (rows == np.frombuffer(sketch, dtype=np.uint8)).mean(axis=1)
        best = int(alike.argmax())
        if alike[best] >= SIMILARITY:
            found[key] = names[best]
    return found


def _sketched(example: Example, sketch: Sketcher) -> bytes:
    return base64.b64decode(sketch(f"{example.question}\n{example.completion}"))
