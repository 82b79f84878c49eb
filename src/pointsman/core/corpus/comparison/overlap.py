"""How much of a text is still in a later one, estimated from a small sample of each text's word shingles.

A sample has ``SIZE`` bytes: each shingle is hashed once, the hash chooses one of ``SIZE`` bins, and a bin keeps the
lowest byte of its smallest hash; an empty bin takes the byte of the next full one (one permutation hashing: Li, Owen
and Zhang 2012; Shrivastava and Li 2014). The share of equal bytes estimates the Jaccard similarity of two texts'
shingles, with a standard error of at most 0.07 and a bias of 1/256. It needs no vectors and no library, so every
document that is read gets one.
"""

import base64
import binascii
import re
import zlib
from dataclasses import dataclass

from pointsman.core.corpus.comparison.near_duplicates import SIZE

SHINGLE = 3
"""Words in a shingle."""
COUNTED = 4
"""Bytes of the number of shingles, after the sample."""
CHANCE = 1 / 256
"""Share of the bytes that are equal by chance."""
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff"
"""Scripts that are written without spaces between words (Thai, Lao, Burmese, Khmer, Chinese, Japanese)."""
WORD = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]+")
"""A word; in a script without spaces, one character."""


@dataclass(frozen=True, slots=True)
class ShingleSample:
    """A sample of the word shingles of one text."""

    raw: bytes
    """``core.corpus.comparison.near_duplicates.SIZE`` bytes."""
    shingles: int
    """Different shingles of the text, at least 1."""

    @classmethod
    def of(cls, text: str) -> "ShingleSample":
        """Return the sample of a text."""
        words = WORD.findall(text.lower())
        shingles = {" ".join(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1))}
        least: list[int | None] = [None] * SIZE
        for shingle in shingles:
            value, place = divmod(zlib.crc32(shingle.encode("utf-8", "surrogatepass")), SIZE)
            before = least[place]
            if before is None or value < before:
                least[place] = value
        return cls(_filled(least), len(shingles))

    @classmethod
    def from_text(cls, text: object) -> "ShingleSample | None":
        """Return a stored sample, or None if it is damaged."""
        try:
            raw = base64.b64decode(str(text), validate=True)
        except (ValueError, binascii.Error):
            return None
        shingles = int.from_bytes(raw[SIZE:], "big")
        return cls(raw[:SIZE], shingles) if len(raw) == SIZE + COUNTED and shingles else None

    def as_text(self) -> str:
        """Return the sample as it is stored."""
        return base64.b64encode(self.raw + self.shingles.to_bytes(COUNTED, "big")).decode("ascii")

    def similarity(self, other: "ShingleSample") -> float:
        """Return the Jaccard similarity of two texts' shingles, 0..1."""
        equal = sum(one == two for one, two in zip(self.raw, other.raw, strict=True)) / SIZE
        return max(0.0, (equal - CHANCE) / (1 - CHANCE))

    def lost(self, later: "ShingleSample") -> float:
        """Return the share of this text's shingles that ``later`` does not have, 0..1.

        From the similarity J and the numbers of shingles A and B, both have ``J / (1 + J) * (A + B)`` of them.
        """
        alike = self.similarity(later)
        common = alike / (1 + alike) * (self.shingles + later.shingles)
        return min(1.0, max(0.0, 1 - common / self.shingles))


def _filled(least: list[int | None]) -> bytes:
    """Return the lowest byte of each bin; an empty one takes that of the next full bin, changed by the distance."""
    filled = bytearray(SIZE)
    value, distance = 0, 0
    for place in range(2 * SIZE - 1, -1, -1):
        found = least[place % SIZE]
        value, distance = (value, distance + 1) if found is None else (found, 0)
        filled[place % SIZE] = (value + 59 * distance) & 0xFF
    return bytes(filled)
