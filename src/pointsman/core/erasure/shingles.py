"""Shingles: hashed windows of a text. They recognise a copy of it in any bytes, and the text need not be kept.

Texts are compared in one plain form: folded case, with one space for every run of bytes that are neither letters nor
digits. Line breaks, soft hyphens, markup, Latin-1 and the escapes of JSON, HTML, URLs and mail make no difference.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

WINDOW = 24
"""Bytes of plain text in a window."""
STRIDE = 4
"""Bytes between two windows that are stored: every copy of at least ``WINDOW + STRIDE - 1`` bytes contains one."""
BLOCK = 1 << 22
"""Bytes hashed at once."""

_SEPARATORS = re.compile(rb"[^0-9a-z\x80-\xff]+")
_ENTITY = re.compile(rb"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});")
_UNICODE_ESCAPE = re.compile(rb"\\+u([0-9a-f]{4})")
_BYTE_ESCAPE = re.compile(rb"(?:%|=|\\+x)([0-9a-f]{2})")
_SOFT_BREAK = re.compile(rb"=\r?\n")
_ESCAPE = re.compile(rb"\\+[nrtbf]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_BLANK = re.compile("[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_STRAY, _HIGH, _LOW = 0xDC80, 0xD800, 0xDC00
"""UTF-16: a byte that is not UTF-8, the first of a pair, and the second of a pair."""
_SIEVE = 0xFFFF
_FACTOR = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1

Hashes = NDArray[np.uint64]
"""Shape (n,), one hash for each window of a text, in order."""


def plain(raw: bytes) -> bytes:
    """Return bytes in the plain form in which texts are compared."""
    raw = raw.lower()
    if b"\\" in raw:
        raw = _UNICODE_ESCAPE.sub(lambda m: chr(int(m[1], 16)).encode("utf-8", "surrogatepass"), raw)
    if b"&" in raw:
        raw = _ENTITY.sub(lambda m: html.unescape(m[0].decode("ascii")).encode("utf-8", "surrogatepass"), raw)
    raw = _BYTE_ESCAPE.sub(lambda m: bytes((int(m[1], 16),)), _SOFT_BREAK.sub(b"", raw))
    if b"\\" in raw:
        raw = _ESCAPE.sub(b" ", raw)
    return _SEPARATORS.sub(b" ", _folded(raw)).strip()


def _folded(raw: bytes) -> bytes:
    """Return bytes with the case of all letters folded; a byte that is not UTF-8 is read as Latin-1."""
    if raw.isascii():
        return raw.lower()
    units = np.frombuffer(raw.decode("utf-8", "surrogateescape").encode("utf-16-le", "surrogatepass"), "<u2").copy()
    stray = (units >= _STRAY) & (units <= _STRAY + 0x7F)
    stray[1:] &= (units[:-1] < _HIGH) | (units[:-1] >= _LOW)
    units[stray] -= 0xDC00
    text = units.tobytes().decode("utf-16-le", "surrogatepass")
    return _BLANK.sub(" ", _INVISIBLE.sub("", text)).casefold().encode("utf-8", "surrogatepass")


def hashed(text: bytes) -> Hashes:
    """Return the 64-bit polynomial hash of every window of plain ``text``; none if it is shorter than a window."""
    if len(text) < WINDOW:
        return np.zeros(0, np.uint64)
    with np.errstate(over="ignore"):
        one = (np.frombuffer(text, np.uint8).astype(np.uint64) + np.uint64(1)) * np.uint64(0xBF58476D1CE4E5B9)
        one ^= one >> np.uint64(29)
        width, eight = 1, one
        while width < WINDOW // 3:
            eight = eight[:-width] * _power(width) + eight[width:]
            width *= 2
        sixteen = eight[:-width] * _power(width) + eight[width:]
        return sixteen[:-width] * _power(width) + eight[2 * width :]


def _power(width: int) -> np.uint64:
    return np.uint64(pow(_FACTOR, width, _WORD + 1))


@dataclass(frozen=True, slots=True)
class Shingles:
    """Hashes of a text's windows. The text cannot be rebuilt from them."""

    hashes: frozenset[int] = frozenset()

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Shingles":
        """Return the shingles of texts, with accents composed and decomposed. A text shorter than a window has none."""
        found: set[int] = set()
        for text in texts:
            for form in _forms(text):
                windows = hashed(plain(form))
                found.update(int(each) for each in windows[::STRIDE])
                found.update(int(each) for each in windows[-1:])
        return cls(frozenset(found))

    def __len__(self) -> int:
        return len(self.hashes)

    def found_in(self, raw: bytes) -> frozenset[int]:
        """Return the shingles that occur in ``raw``; case, line breaks and escapes make no difference."""
        if not self.hashes:
            return frozenset()
        searched, sieve = _prepared(self.hashes)
        found: set[int] = set()
        for block in _blocks(plain(raw)):
            windows = hashed(block)
            likely = windows[sieve[windows & np.uint64(_SIEVE)]]
            found.update(int(each) for each in np.intersect1d(likely, searched))
        return frozenset(found)

    def without(self, texts: Iterable[str]) -> "Shingles":
        """Return the shingles that occur in none of ``texts``: what other documents say as well is no trace."""
        left = self.hashes
        for text in texts:
            for form in _forms(text):
                left -= Shingles(left).found_in(form)
        return Shingles(left)


def _forms(text: str) -> set[bytes]:
    """Return the bytes of a text as it is, with composed and with decomposed accents."""
    forms = (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))
    return {form.encode("utf-8", "surrogatepass") for form in forms}


@lru_cache(maxsize=4)
def _prepared(hashes: frozenset[int]) -> tuple[Hashes, NDArray[np.bool_]]:
    """Return the hashes, sorted, and the low bits that occur among them: a quick test that rules out most windows."""
    searched = np.array(sorted(hashes), np.uint64)
    sieve = np.zeros(_SIEVE + 1, bool)
    sieve[searched & np.uint64(_SIEVE)] = True
    return searched, sieve


def _blocks(text: bytes) -> Iterator[bytes]:
    """Yield overlapping blocks, so that no window is cut in two."""
    for start in range(0, max(1, len(text)), BLOCK):
        yield text[start : start + BLOCK + WINDOW - 1]
