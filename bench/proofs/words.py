"""Invented words, the same ones for the same seed: no model has met them."""

import numpy as np

ONSETS = ("b", "br", "d", "dr", "f", "g", "gl", "h", "k", "kr", "m", "n", "pl", "qu", "sk", "str", "t", "v", "w", "z")
VOWELS = ("a", "e", "i", "o", "u", "ei", "oa")
CODAS = ("b", "ck", "dge", "l", "lm", "mp", "nk", "r", "rn", "sk", "st", "t", "x", "zz")
TRIES = 20
"""Words drawn for each one that is asked for, at most."""


def invented(number: int, seed: int) -> list[str]:
    """Return ``number`` different words of two syllables.

    Raises:
        ValueError: so many could not be drawn.
    """
    rng = np.random.default_rng(seed)
    parts = (ONSETS, VOWELS, ONSETS, VOWELS, CODAS)
    found: dict[str, None] = {}
    for _ in range(TRIES * number):
        found["".join(part[int(rng.integers(len(part)))] for part in parts)] = None
        if len(found) == number:
            return list(found)
    raise ValueError(f"{len(found)} invented words were drawn, {number} are asked for; ask for fewer")
