"""Two forms at once: whether the conversation tells which of them an example's answer has.

A model can learn two behaviours side by side when something in the prompt tells them apart. Where nothing does,
examples of an old form and of a new one contradict one another, though no two conversations are equal, and the more
numerous win.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pointsman.core.examples import Example, Shape

TEXT = "text"


def form_of(example: Example) -> str:
    """Return the form of what an example teaches: the keys and types of its JSON object, or that it is text."""
    shape = Shape.of([example.completion])
    return TEXT if shape is None else canonical_keys(shape)


def canonical_keys(shape: Shape) -> str:
    """Return a shape as one text, whatever the order of its keys."""
    return ", ".join(f"{key}: {kind}" for key, kind in sorted(shape.keys))


def told(vectors: NDArray[np.float32], forms: Sequence[str], new: Sequence[int]) -> list[bool]:
    """Return for each of the ``new`` places whether the nearest other conversation has the same form.

    Args:
        vectors: of the conversations before the answer, shape (n, dimension), of length 1.
        forms: of the answers, n of them.
        new: places of the examples that are asked about.
    """
    near = np.asarray(vectors, dtype=np.float32) @ np.asarray(vectors, dtype=np.float32).T
    np.fill_diagonal(near, -np.inf)
    return [forms[int(near[place].argmax())] == forms[place] for place in new]
