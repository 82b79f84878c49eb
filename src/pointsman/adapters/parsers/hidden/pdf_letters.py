"""Reads the letters of PDF pages with PDFium, and tells which of them a reader of the page sees.

Each page is drawn. Letters that leave no trace in the picture of their page are unseen, whatever hides them: their
colour, something that lies over them, a clip, a layer that is switched off.
"""

import ctypes
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2
import pypdfium2.raw as pdfium

from pointsman.adapters.parsers.hidden.styles import SAME_COLOUR
from pointsman.core.corpus.instructions.marks import HiddenText
from pointsman.core.errors import Unreadable

INVISIBLE = "letters that are never drawn"
COVERED = "letters that something covers"
TRANSPARENT = "transparent letters"
OUTSIDE = "outside the page"
TINY = "letters under one point"

HARMLESS = frozenset((COVERED, OUTSIDE))
"""Ways in which slides and printers' marks hide text too."""

MAX_PAGES = 5_000
MAX_TEXT = 20_000_000
"""Characters of all pages."""
SCALE = 1.5
"""Pixels of a drawn page to a point."""
LONGEST_SIDE = 2_400
"""Pixels of a drawn page in one direction, at most."""
MOST_OBJECTS = 50_000
"""Parts of a page above which it is not drawn: drawing it could take minutes."""
FINE = 64
"""Parts of a pixel in which places are told."""
LONGEST_WORD = 12
"""Letters that are judged together, at most."""
FLAT = 8
"""Difference of two neighbours, of 255, up to which they are one colour."""
NEAR = 24
"""Difference of a word's colour from what is drawn, of 255, up to which it is the same colour."""
MOST_UNSEEN = 0.6
"""Share of the letters of a word from which it is unseen."""
FAINT = 12
"""Opacity, of 255, below which nothing is seen."""
SMALLEST = 1.0
"""Points below which nobody reads a letter."""
BESIDE = 0.1
"""Seen letters of a page as a share of those that are never drawn, up to which these are the page's own text."""
LAST_LATIN = 0x24F
"""Last character of the alphabets that PDFium can draw without a font in the file."""
HYPHEN = 2
"""Code for a hyphen at the end of a line."""
NO_CHARACTER = (0, 0xFFFE, 0xFFFF)
STROKED = (1, 5)
NO_COLOUR = (-1_000, -1_000, -1_000)
UNDRAWN = (3, 7)
"""Render modes: letters are nothing, or a clip for what follows."""

Pixels = npt.NDArray[np.int16]
Boxes = npt.NDArray[np.float64]
"""Left, bottom, right and top of each character, in points."""

_LOCK = threading.Lock()
"""PDFium must not be called from two threads at once."""


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of one page."""

    seen: str
    unseen: tuple[HiddenText, ...] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    """How letters are drawn."""

    mode: int
    """PDF's render mode."""
    colour: tuple[int, int, int]
    """Blue, green, red, 0..255."""
    opacity: int
    embedded: bool
    """Whether the file has their font."""


@lru_cache(maxsize=1)
def pages_of(raw: bytes) -> tuple[PageText, ...]:
    """Return the text of each page of a PDF; of the last file it is remembered, because it is asked for twice.

    Raises:
        Unreadable: there are too many pages, or there is too much text.
        PdfiumError: it is damaged.
    """
    with _LOCK:
        document = pypdfium2.PdfDocument(raw)
        try:
            return tuple(_pages(document))
        finally:
            document.close()


def _pages(document: Any) -> Iterator[PageText]:
    if len(document) > MAX_PAGES:
        raise Unreadable(f"has {len(document)} pages, the limit is {MAX_PAGES}; split it or exclude it")
    read = 0
    for number in range(len(document)):
        page = document[number]
        try:
            found = _Page(page).text()
        finally:
            page.close()
        read += len(found.seen) + sum(len(each.text) for each in found.unseen)
        if read > MAX_TEXT:
            raise Unreadable(f"has over {MAX_TEXT} characters; split it or exclude it")
        yield found


class _Page:
    """One open page."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._letters = page.get_textpage()
        self._codes = [pdfium.FPDFText_GetUnicode(self._letters, at) for at in range(self._letters.count_chars())]
        self._boxes = self._places()
        self._pixels: Pixels | None = None
        if self._codes and pdfium.FPDFPage_CountObjects(page) <= MOST_OBJECTS:
            self._pixels = self._drawn()
        self._flat, self._ground = self._traces()

    def text(self) -> PageText:
        """Return what is seen and what is not."""
        ways: list[str | None] = [None] * len(self._codes)
        words = list(self._words())
        for look, chars in words:
            way = self._way(look, chars)
            for at in chars:
                ways[at] = way
        if self._is_recognised(words, ways):
            ways = [None if way == INVISIBLE else way for way in ways]
        for at, code in enumerate(self._codes):  # a blank goes with what stands before it
            if at and chr(code).isspace():
                ways[at] = ways[at - 1]
        hows = sorted({way for way in ways if way})
        unseen = (HiddenText(how, _said(self._codes, ways, how), how not in HARMLESS) for how in hows)
        return PageText(_said(self._codes, ways, None), tuple(each for each in unseen if each.text.strip()))

    def _places(self) -> Boxes:
        """Return left, bottom, right and top of each character."""
        found = np.zeros((len(self._codes), 4))
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        for at in range(len(self._codes)):
            pdfium.FPDFText_GetCharBox(self._letters, at, *(left, right, bottom, top))
            found[at] = left.value, bottom.value, right.value, top.value
        return found

    def _words(self) -> Iterator[tuple[_Look, list[int]]]:
        """Yield the numbers of the characters of each word, or of a part of it that looks otherwise."""
        looks: dict[int, _Look] = {}
        word: list[int] = []
        before: _Look | None = None
        for at, code in enumerate(self._codes):
            drawn = pdfium.FPDFText_GetTextObject(self._letters, at)
            address = ctypes.cast(drawn, ctypes.c_void_p).value
            look = None
            if address and not chr(code).isspace():
                look = looks.get(address) or looks.setdefault(address, self._look(drawn, at))
            if word and before is not None and (look != before or len(word) == LONGEST_WORD):
                yield before, word
                word = []
            if look is not None:
                word.append(at)
            before = look
        if word and before is not None:
            yield before, word

    def _look(self, drawn: Any, at: int) -> _Look:
        mode = pdfium.FPDFTextObj_GetTextRenderMode(drawn)
        channels = red, green, blue, opacity = [ctypes.c_uint() for _ in range(4)]
        ask = pdfium.FPDFText_GetStrokeColor if mode in STROKED else pdfium.FPDFText_GetFillColor
        known = ask(self._letters, at, *channels)
        colour = (blue.value, green.value, red.value) if known else NO_COLOUR
        embedded = pdfium.FPDFFont_GetIsEmbedded(pdfium.FPDFTextObj_GetFont(drawn)) == 1
        return _Look(mode, colour, opacity.value if known else 255, embedded)

    def _drawn(self) -> Pixels:
        """Return the pixels of the page: blue, green and red, each by rows and columns."""
        scale = min(SCALE, LONGEST_SIDE / max(1.0, *self._page.get_size()))
        pixels = np.asarray(self._page.render(scale=scale).to_numpy())
        planes = np.moveaxis(pixels.reshape(*pixels.shape[:2], -1)[:, :, :3], 2, 0)
        return np.ascontiguousarray(np.broadcast_to(planes, (3, *pixels.shape[:2])), np.int16)

    def _traces(self) -> tuple[npt.NDArray[np.bool_], Pixels]:
        """Return of each character whether the page has one colour at it and around it, and which colour."""
        count = len(self._codes)
        if self._pixels is None:
            return np.zeros(count, bool), np.zeros((count, 3), np.int16)
        height, width = self._pixels.shape[1:]
        edges = np.zeros((height + 1, width + 1), np.int32)
        changes = np.zeros((height, width), bool)
        for plane in self._pixels:
            changes[:, :-1] |= np.abs(np.diff(plane, axis=1)) > FLAT
            changes[:-1] |= np.abs(np.diff(plane, axis=0)) > FLAT
        edges[1:, 1:] = changes.cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32)
        x0, y0 = self._pixel(self._boxes[:, 0], self._boxes[:, 3])
        x1, y1 = self._pixel(self._boxes[:, 2], self._boxes[:, 1])
        left, right = np.minimum(x0, x1), np.maximum(x0, x1)
        top, bottom = np.minimum(y0, y1), np.maximum(y0, y1)
        low, high = np.clip(top - 1, 0, height), np.clip(bottom + 2, 0, height)
        first, last = np.clip(left - 1, 0, width), np.clip(right + 2, 0, width)
        inside = edges[high, last] - edges[low, last] - edges[high, first] + edges[low, first]
        wide = np.maximum(right - left, bottom - top) >= 1
        row, column = np.clip((top + bottom) // 2, 0, height - 1), np.clip((left + right) // 2, 0, width - 1)
        return (inside == 0) & wide, self._pixels[:, row, column].T

    def _pixel(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Return the columns and rows of points of the page, turned as the page is."""
        height, width = self._pixels.shape[1:] if self._pixels is not None else (1, 1)
        far = 1_000  # points: so far that rounding to whole pixels makes no difference
        corners = []
        for corner in ((0, 0), (far, 0), (0, far)):
            column, row = ctypes.c_int(), ctypes.c_int()
            frame = (0, 0, width * FINE, height * FINE, 0)
            pdfium.FPDF_PageToDevice(self._page, *frame, *corner, *(column, row))
            corners.append((column.value / FINE, row.value / FINE))
        (c0, r0), (cx, rx), (cy, ry) = corners
        columns = c0 + x * (cx - c0) / far + y * (cy - c0) / far
        rows = r0 + x * (rx - r0) / far + y * (ry - r0) / far
        limit = 10 * LONGEST_SIDE
        return np.clip(columns, -limit, limit).astype(int), np.clip(rows, -limit, limit).astype(int)

    def _way(self, look: _Look, word: list[int]) -> str | None:
        """Return how a word is hidden; None where it is seen."""
        letters = [at for at in word if chr(self._codes[at]).isalnum()] or word
        if not self._is_inside(letters):
            return OUTSIDE
        if look.mode in UNDRAWN or look.opacity < FAINT:
            return INVISIBLE if look.mode in UNDRAWN else TRANSPARENT
        if self._is_tiny(letters):
            return TINY
        if self._flat[letters].mean() < MOST_UNSEEN:
            return None
        if np.abs(np.median(self._ground[letters], axis=0) - look.colour).max() <= NEAR:
            return SAME_COLOUR
        can_be_drawn = look.embedded or all(self._codes[at] <= LAST_LATIN for at in letters)
        return COVERED if can_be_drawn else None

    def _is_inside(self, letters: list[int]) -> bool:
        """Tell whether any part of any letter is on the page."""
        left, bottom, right, top = self._page.get_cropbox()
        boxes = self._boxes[letters]
        within = (boxes[:, 2] > left) & (boxes[:, 0] < right) & (boxes[:, 3] > bottom) & (boxes[:, 1] < top)
        return bool(within.any())

    def _is_tiny(self, letters: list[int]) -> bool:
        """Tell whether nobody can read letters; those of a usual size are told by their own boxes."""
        boxes = self._boxes[letters]
        if max((boxes[:, 2] - boxes[:, 0]).max(), (boxes[:, 3] - boxes[:, 1]).max()) >= SMALLEST:
            return False
        left, bottom, right, top = self._letters.get_charbox(letters[0], loose=True)
        return bool(max(right - left, top - bottom) < SMALLEST)

    def _is_recognised(self, words: list[tuple[_Look, list[int]]], ways: list[str | None]) -> bool:
        """Tell whether the page is a picture with the text that a program recognised in it: its reader sees that.

        So it is where something is drawn below the letters that are never drawn, and the page has hardly any others.
        """
        laid = [at for _, word in words for at in word if ways[at] == INVISIBLE]
        seen = sum(ways[at] is None for _, word in words for at in word)
        if self._pixels is None or not laid or seen > BESIDE * len(laid):
            return False
        return bool((~self._flat[laid]).mean() > MOST_UNSEEN)


def _said(codes: Sequence[int], ways: Sequence[str | None], how: str | None) -> str:
    """Return the characters that are hidden in one way, or that are seen."""
    said = "".join(
        "-" if code == HYPHEN else chr(code)
        for code, way in zip(codes, ways, strict=True)
        if way == how and code not in NO_CHARACTER
    )
    paired = said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "\n".join(line.rstrip() for line in paired.replace("\r\n", "\n").split("\n"))
