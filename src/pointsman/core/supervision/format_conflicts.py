"""Two forms at once: whether the conversation tells which of them an example's answer has.

A model can learn two behaviours side by side when something in the prompt tells them apart. Where nothing does,
examples of an old form and of a new one contradict one another, though no two conversations are equal, and the more
numerous win.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pointsman.core.supervision.examples import Example, Shape

TEXT = "text"
BLOCK = 1024
"""New examples that are compared at once: memory grows with the examples, not with their square."""


def answer_form(example: Example) -> str:
    """Return the form of what an example teaches: the keys and types of its JSON object, or that it is text."""
    shape = Shape.of([example.completion])
    return TEXT if shape is None else ", ".join(f"{key}: {kind}" for key, kind in sorted(shape.keys))


def nearest_has_same_form(vectors: NDArray[np.float32], forms: Sequence[str], new: Sequence[int]) -> list[bool]:
    """Return for each of the ``new`` places whether the nearest other conversation has the same form.

    Args:
        vectors: of the conversations before the answer, shape (n, dimension), of length 1.
        forms: of the answers, n of them.
        new: places of the examples that are asked about.
    """
    known, found = np.asarray(vectors, dtype=np.float32), []
    for start in range(0, len(new), BLOCK):
        places = np.asarray(new[start : start + BLOCK])
        near = known[places] @ known.T
        near[np.arange(len(places)), places] = -np.inf
        found += [forms[nearest] == forms[place] for place, nearest in zip(places, near.argmax(axis=1), strict=True)]
    return found
