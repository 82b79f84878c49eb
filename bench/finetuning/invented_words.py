"""Invented words, the same ones for the same seed: no model has met them."""

import math

import numpy as np

ONSETS = ("b", "br", "d", "dr", "f", "g", "gl", "h", "k", "kr", "m", "n", "pl", "qu", "sk", "str", "t", "v", "w", "z")
VOWELS = ("a", "e", "i", "o", "u", "ei", "oa")
CODAS = ("b", "ck", "dge", "l", "lm", "mp", "nk", "r", "rn", "sk", "st", "t", "x", "zz")
SPARSE = 10
"""Words that could be made for each one that is, at least: so that drawing finds new ones."""


def invented(number: int, seed: int) -> list[str]:
    """Return ``number`` different words of two syllables.

    Raises:
        ValueError: there are not that many.
    """
    rng = np.random.default_rng(seed)
    parts = (ONSETS, VOWELS, ONSETS, VOWELS, CODAS)
    most = math.prod(map(len, parts)) // SPARSE
    if number > most:
        raise ValueError(f"{number} invented words are asked for; there are {most} at most")
    found: dict[str, None] = {}
    while len(found) < number:
        found["".join(part[int(rng.integers(len(part)))] for part in parts)] = None
    return list(found)
