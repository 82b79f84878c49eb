"""Conflicts of format: examples with several answer formats that nothing in the prompt tells apart.

A model can learn two formats if something in the prompt says which one to use. If nothing does, examples of an old and
of a new format contradict each other, even if no two prompts are equal, and the format with more examples wins.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pointsman.core.supervision.examples import Example, Shape

TEXT = "text"
"""Form of an answer that is not a JSON object."""
BLOCK = 1024
"""New examples compared at once, so that memory grows with the number of examples and not with its square."""


def answer_form(example: Example) -> str:
    """Return the form of an example's answer: the keys and types of its JSON object, or ``TEXT``."""
    shape = Shape.of([example.completion])
    return TEXT if shape is None else ", ".join(f"{key}: {kind}" for key, kind in sorted(shape.keys))


def nearest_has_same_form(vectors: NDArray[np.float32], forms: Sequence[str], new: Sequence[int]) -> list[bool]:
    """Return for each new example whether the most similar other prompt has an answer of the same form.

    Args:
        vectors: vectors of the prompts, shape (n, dimension), each of length 1.
        forms: forms of the answers, n of them.
        new: indices of the new examples.
    """
    known, found = np.asarray(vectors, dtype=np.float32), []
    for start in range(0, len(new), BLOCK):
        places = np.asarray(new[start : start + BLOCK])
        near = known[places] @ known.T
        near[np.arange(len(places)), places] = -np.inf
        found += [forms[nearest] == forms[place] for place, nearest in zip(places, near.argmax(axis=1), strict=True)]
    return found
