"""What is missing in a damaged PDF, and what an error says about a file, without the text that it may quote."""

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from pointsman.core.errors import Unreadable

MOST = 200
"""Characters of a reason, at most."""
LONGEST = 2_000
"""Characters of an error that are looked at."""
QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|'[^\n]*|\"[^\n]*")
PART = re.compile(r"['\"][\w.-]*/[\w./-]+['\"]")
"""A part of the container, such as ``'word/document.xml'``: its name is no text of the document."""


def damage_of(error: BaseException) -> str:
    """Return the kind of an error and its message. What the message quotes is left out: it may be restricted text."""
    said = " ".join(str(error)[:LONGEST].split())
    bare = QUOTED.sub(lambda found: found[0] if PART.fullmatch(found[0]) else "…", said)
    return f"{type(error).__name__}: {bare}"[:MOST]


END, OBJECT = b"%%EOF", re.compile(rb"\d{1,10} \d{1,5} obj\b")
"""The end of a PDF, which an edit of it has again; and how a part of it begins."""
FLATE = ("/FlateDecode", "/Fl")
MAX_STREAM = 20_000_000
"""Bytes of one part of a PDF after it is unpacked."""
PIECE = 1_000_000
"""Bytes that are unpacked at once."""
MAX_FORMS = 2_000
"""Forms of one page that are looked at."""


def check_pdf_whole(raw: bytes, pages: Iterable[Any]) -> None:
    """Refuse a PDF that is cut off, or with a page whose content is missing or ends too early.

    Programs show what they find of such a file and say nothing about the rest. ``pages`` are pypdf's.

    Raises:
        Unreadable: text may be missing.
    """
    rest = raw[raw.rfind(END) + 1 :] if END in raw else raw
    if OBJECT.search(rest):
        raise Unreadable("is a damaged PDF: its end is missing; save it again or exclude it")
    for number, page in enumerate(pages, 1):
        for stream in _contents(page):
            if stream is None or not _is_whole(stream):
                raise Unreadable(f"is a damaged PDF: page {number} is cut off; save it again or exclude it")


def _contents(page: Any) -> Iterator[Any]:
    """Yield the streams with the content of a page, and of the forms in it; None for one that is not there."""
    held = page["/Contents"] if "/Contents" in page else []  # noqa: SIM401 - pypdf's own get does not follow a reference
    for each in held if isinstance(held, list) else [held]:
        stream = each.get_object()
        yield stream if hasattr(stream, "get_data") else None
    forms = _forms(page)
    for _ in range(MAX_FORMS):
        form = forms.pop() if forms else None
        if form is None:
            return
        yield form


def _forms(page: Any) -> list[Any]:
    """Return the forms that a page can show."""
    resources = page.get("/Resources")
    drawn = resources.get_object().get("/XObject") if resources is not None else None
    held = drawn.get_object().values() if drawn is not None else ()
    found = (each.get_object() for each in held)
    return [each for each in found if hasattr(each, "get_data") and each.get("/Subtype") == "/Form"]


def _is_whole(stream: Any) -> bool:
    """Tell whether a packed stream has an end. A wrong checksum behind the end loses nothing.

    Raises:
        Unreadable: it unpacks to more than ``MAX_STREAM``.
    """
    named = stream.get("/Filter")
    first = named[0] if isinstance(named, list) and named else named
    packed = getattr(stream, "_data", b"")
    if first not in FLATE or not packed:
        return True
    unpacking, length = zlib.decompressobj(), 0
    try:
        while packed and not unpacking.eof:
            length += len(unpacking.decompress(packed, PIECE))
            if length > MAX_STREAM:
                raise Unreadable(f"has a part that unpacks to over {MAX_STREAM} bytes; exclude it")
            packed = unpacking.unconsumed_tail
    except zlib.error as error:
        return "incorrect data check" in str(error)
    return unpacking.eof
