"""Invented words that no model knows; the same seed gives the same words."""

import math

import numpy as np

ONSETS = ("b", "br", "d", "dr", "f", "g", "gl", "h", "k", "kr", "m", "n", "pl", "qu", "sk", "str", "t", "v", "w", "z")
VOWELS = ("a", "e", "i", "o", "u", "ei", "oa")
CODAS = ("b", "ck", "dge", "l", "lm", "mp", "nk", "r", "rn", "sk", "st", "t", "x", "zz")
SPARSE = 10
"""Fewest possible words for each requested word, so that random drawing finds new ones."""


def invented(number: int, seed: int) -> list[str]:
    """Return ``number`` different words of two syllables.

    Raises:
        ValueError: there are not so many possible words.
    """
    rng = np.random.default_rng(seed)
    parts = (ONSETS, VOWELS, ONSETS, VOWELS, CODAS)
    most = math.prod(map(len, parts)) // SPARSE
    if number > most:
        raise ValueError(f"{number} invented words were requested; there are at most {most}")
    found: dict[str, None] = {}
    while len(found) < number:
        found["".join(part[int(rng.integers(len(part)))] for part in parts)] = None
    return list(found)
