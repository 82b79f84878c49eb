"""Stems of words: equal for the forms of a word, British and American spelling, and words of one meaning."""

import re
from functools import lru_cache

from pointsman.core.edits.vocabulary.lexicon import SAME

ENDINGS = (("ies", "y", 3), ("sses", "ss", 3), ("ing", "", 2), ("ed", "", 2), ("es", "e", 3), ("s", "", 3))
"""(ending of a word, its replacement in the stem, fewest letters that must remain); the first that fits is used."""
SPELLINGS = (
    ("our", "or"), ("is", "iz"), ("ise", "ize"), ("yse", "yze"), ("tre", "ter"), ("ogue", "og"), ("ence", "ense"),
)  # fmt: skip
"""(British end of a stem, American end)."""


VOWEL = re.compile("[aeiouy]")
DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1$")
REMEMBERED = 20_000
"""Words whose stems are remembered."""


@lru_cache(maxsize=REMEMBERED)
def stem(word: str) -> str:
    """Return the stem of a word, equal for its forms and for British and American spelling (after Porter 1980)."""
    word = SAME.get(word, word)
    for ending, short, letters in ENDINGS:
        left = word.removesuffix(ending)
        if left != word and len(left) >= letters and VOWEL.search(left) and not word.endswith(("ss", "eed")):
            word = SAME.get(left + short) or SAME.get(f"{left}e", left + short)
            break
    for old, new in SPELLINGS:
        if word.endswith(old) and len(word) > len(old) + 2:
            word = word.removesuffix(old) + new
            break
    word = DOUBLED.sub(r"\1", word)
    return SAME.get(word, word).rstrip("e")
