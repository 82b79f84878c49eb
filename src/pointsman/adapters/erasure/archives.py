"""Unpacks the bytes of a file for a search: gzip, zlib, bzip2, xz, zip, deflate, base64, hex, also nested.

A part that cannot be unpacked is named in ``gaps``, so that a search can say what it did not see.
"""

import bz2
import lzma
import re
import zlib
from collections.abc import Iterator
from typing import Any

from pointsman.adapters.erasure.encodings import decoded

DEEPEST = 4
"""Archives inside archives that are opened, at most."""
LARGEST = 1 << 28
"""Bytes that the parts of one kind unpack to, at most; the rest is cut off and named."""
DEFLATE_BYTES = 1 << 15
"""Bytes at the beginning of a file of which each may be the first of a deflate stream without a header."""
BARE_LARGEST = 1 << 22
"""Bytes that such streams unpack to, at most, all together: crafted bytes may hold one at every place."""
SHORTEST = 24
"""Bytes that a stream must unpack to, or it only looks packed."""
STEP = 1 << 16
"""Bytes that are unpacked in one step."""
UNREADABLE = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)
"""Errors of bytes that are damaged, or only look packed."""
GZIP, XZ, ZIP = b"\x1f\x8b\x08", b"\xfd7zXZ\x00", b"PK\x03\x04"
ZLIB = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
BZIP = re.compile(rb"BZh[1-9](?=1AY&SY)")
UNKNOWN = {
    b"\x28\xb5\x2f\xfd": "zstandard", b"\x04\x22\x4d\x18": "lz4", b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!": "rar",
    b"PACK\0\0\0": "changes between objects of a git pack",
}  # fmt: skip
"""First bytes of packed files that are not opened, or not whole."""
UTF16 = (b"\xff\xfe", b"\xfe\xff")
FIXED, DYNAMIC, MOST_CODES = 1, 2, 29
"""Kinds of deflate blocks that are packed, and the largest number in the first byte of a dynamic one."""
DEFLATE, BZIP2, LZMA, LZMA_HEADER = 8, 12, 14, 9
"""Methods of zip files, and the bytes before the data of the last one."""
HEADER = 30
"""Bytes of the header of a member of a zip file, before its name."""


def views(raw: bytes, gaps: set[str] | None = None, depth: int = 0) -> Iterator[bytes]:
    """Yield ``raw``, its other readings, and the content of everything that is packed in it.

    What could not be read is added to ``gaps``, in words.
    """
    gaps = set() if gaps is None else gaps
    yield raw
    if raw[:2] in UTF16:
        yield raw.decode("utf-16", "replace").encode()
    elif b"\0" in raw:
        yield raw.replace(b"\0", b"")  # Latin text in UTF-16 or UTF-32, anywhere
    if depth == DEEPEST:
        if raw.startswith((GZIP, ZIP, XZ)):
            gaps.add(f"what is packed more than {DEEPEST} times")
        return
    gaps.update(f"{name}: not opened" for magic, name in UNKNOWN.items() if raw.startswith(magic))
    bare = _bare(raw, gaps) if depth == 0 else iter(())
    for parts in (_streams(raw, gaps), _members(raw, gaps), bare, decoded(raw)):
        if whole := _joined(parts, gaps):
            yield from views(whole, gaps, depth + 1)


def _joined(parts: Iterator[bytes], gaps: set[str]) -> bytes:
    """Return parts as one, with a line between them, so that a search looks at few."""
    whole = bytearray()
    for part in parts:
        whole += (b"\n\x01\n" if whole else b"") + part
        if len(whole) >= LARGEST:
            gaps.add(f"what comes after {LARGEST:,} unpacked bytes")
            break
    return bytes(whole[:LARGEST])


def _streams(raw: bytes, gaps: set[str]) -> Iterator[bytes]:
    """Yield every stream with a header, wherever it begins: appended to another, in a pack, in a database."""
    for match in ZLIB.finditer(raw):
        gzipped = match[0] == GZIP
        content, whole = _all_of(zlib.decompressobj(31 if gzipped else 15), raw, match.start())
        if whole or len(content) >= SHORTEST:
            yield content
        if gzipped and not whole and (match.start() == 0 or content):
            gaps.add("the rest of a damaged gzip stream")
    for match in BZIP.finditer(raw):
        yield from _named(bz2.BZ2Decompressor(), raw, at=match.start(), gaps=gaps, what="bzip2 stream")
    for at in _places(raw, XZ):
        yield from _named(lzma.LZMADecompressor(), raw, at=at, gaps=gaps, what="xz stream")
    if raw[:1] == b"]":
        yield _all_of(lzma.LZMADecompressor(lzma.FORMAT_ALONE), raw)[0]


def _named(engine: Any, raw: bytes, at: int, gaps: set[str], what: str) -> Iterator[bytes]:
    """Yield what a stream unpacks to; a damaged one is named."""
    content, whole = _all_of(engine, raw, at)
    if not whole:
        gaps.add(f"the rest of a damaged {what}")
    yield content


def _places(raw: bytes, magic: bytes) -> Iterator[int]:
    at = raw.find(magic)
    while at >= 0:
        yield at
        at = raw.find(magic, at + 1)


def _bare(raw: bytes, gaps: set[str]) -> Iterator[bytes]:
    """Yield every deflate stream without a header that begins in the first ``DEFLATE_BYTES``."""
    left = BARE_LARGEST
    for at in range(min(len(raw), DEFLATE_BYTES)):
        kind = raw[at] >> 1 & 3
        if kind not in (FIXED, DYNAMIC) or (kind == DYNAMIC and raw[at] >> 3 > MOST_CODES):
            continue
        try:
            first = zlib.decompressobj(-15).decompress(raw[at : at + 1024], 256)
        except zlib.error:
            continue
        if len(first) >= SHORTEST:
            content = _all_of(zlib.decompressobj(-15), raw[at : at + STEP])[0]
            yield content
            left -= len(content)
        if left <= 0:
            gaps.add(f"deflate streams without a header after {BARE_LARGEST:,} unpacked bytes")
            return


def _members(raw: bytes, gaps: set[str]) -> Iterator[bytes]:
    """Yield every member of every zip file by its own header, wherever that stands, with or without a directory."""
    for at in _places(raw, ZIP):
        head = raw[at : at + HEADER]
        flags, method = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
        begins = at + HEADER + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        if begins > len(raw) or method == 0:
            continue  # no header, or a member as it is
        if flags & 1:
            gaps.add("an encrypted member of a zip file")
            continue
        engine = _engine(method, raw[begins : begins + LZMA_HEADER])
        if engine is None:
            gaps.add(f"a member of a zip file that is packed by method {method}")
            continue
        content, whole = _all_of(engine, raw, begins + (LZMA_HEADER if method == LZMA else 0))
        yield content
        size = int.from_bytes(head[22:26], "little")
        if not whole and not (method == LZMA and len(content) >= size > 0):
            gaps.add("the rest of a damaged member of a zip file")


def _engine(method: int, head: bytes) -> Any | None:
    """Return what unpacks a member of a zip file; None for an unknown method."""
    if method == DEFLATE:
        return zlib.decompressobj(-15)
    if method == BZIP2:
        return bz2.BZ2Decompressor()
    if method == LZMA and len(head) == LZMA_HEADER:
        packed = lzma._decode_filter_properties(lzma.FILTER_LZMA1, head[4:])  # type: ignore[attr-defined]  # noqa: SLF001 - as zipfile does
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[packed])
    return None


def _pieces(engine: Any, raw: bytes, at: int = 0) -> Iterator[bytes]:
    """Yield the pieces that a decompressor unpacks, up to the end of its stream."""
    for start in range(at, len(raw), STEP):
        if engine.eof:
            return
        yield engine.decompress(raw[start : start + STEP], LARGEST)


def _all_of(engine: Any, raw: bytes, at: int = 0) -> tuple[bytes, bool]:
    """Return (the pieces joined, up to the first damaged one and ``LARGEST`` bytes; whether the stream has its end)."""
    whole = bytearray()
    try:
        for piece in _pieces(engine, raw, at):
            whole += piece
            if len(whole) >= LARGEST:
                break
    except UNREADABLE:
        return bytes(whole), False  # the caller names it: nobody can read what comes after the damage
    return bytes(whole[:LARGEST]), bool(engine.eof)
