"""Unpacks the bytes of a file for a search: gzip, zlib, bzip2, xz and zip, also inside each other."""

import bz2
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

DEEPEST = 4
"""Archives inside archives that are opened, at most."""
LARGEST = 1 << 30
"""Bytes of one part after it is unpacked, at most; the rest is cut off."""
STEP = 1 << 16
"""Bytes that are unpacked in one step."""
UNREADABLE = (zlib.error, lzma.LZMAError, zipfile.BadZipFile, OSError, EOFError, RuntimeError)
"""Errors of bytes that are damaged, or only look packed; zipfile raises the last one for encrypted ones."""
GZIP = b"\x1f\x8b\x08"
ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
ZIP = b"PK\x03\x04"
UTF16 = (b"\xff\xfe", b"\xfe\xff")


def views(raw: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield ``raw``, its text when it is UTF-16, and the content of everything that is packed in it."""
    yield raw
    if raw[:2] in UTF16:
        yield raw.decode("utf-16", "replace").encode()
    elif raw.count(b"\0", 0, 4096) * 3 > min(len(raw), 4096):
        yield raw.replace(b"\0", b"")  # Latin text in UTF-16 or UTF-32 without a byte order mark
    if depth < DEEPEST:
        for inner in _unpacked(raw):
            yield from views(inner, depth + 1)


def _unpacked(raw: bytes) -> Iterator[bytes]:
    at = raw.find(GZIP)
    while at >= 0:  # gzip can begin anywhere: appended to another, or as a value in a database
        yield from _inflated(raw[at:], 31)
        at = raw.find(GZIP, at + 1)
    if raw[:2] in ZLIB:
        yield from _inflated(raw, 15)
    if raw[:3] == b"BZh":
        yield from _decompressed(bz2.BZ2Decompressor(), raw)
    if raw[:6] == b"\xfd7zXZ\x00":
        yield from _decompressed(lzma.LZMADecompressor(), raw)
    if ZIP in raw[:4096]:
        yield from _members(raw)


def _inflated(raw: bytes, window: int) -> Iterator[bytes]:
    yield _all_of(_pieces(zlib.decompressobj(window), raw))


def _decompressed(engine: bz2.BZ2Decompressor | lzma.LZMADecompressor, raw: bytes) -> Iterator[bytes]:
    yield _all_of(_pieces(engine, raw))


def _pieces(engine: Any, raw: bytes) -> Iterator[bytes]:
    """Yield the pieces that a decompressor unpacks, up to the end of its stream."""
    for at in range(0, len(raw), STEP):
        if engine.eof:
            return
        yield engine.decompress(raw[at : at + STEP], LARGEST)


def _members(raw: bytes) -> Iterator[bytes]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except UNREADABLE:
        return  # the bytes only looked like a zip file
    with archive:
        for entry in archive.infolist():
            yield _all_of(_member(archive, entry))


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(entry) as member:
        while piece := member.read(STEP):
            yield piece


def _all_of(pieces: Iterator[bytes]) -> bytes:
    """Return the pieces joined, up to the first damaged one, and up to ``LARGEST`` bytes."""
    whole = bytearray()
    try:
        for piece in pieces:
            whole += piece
            if len(whole) >= LARGEST:
                break
    except UNREADABLE:
        pass  # nobody can read what comes after the damage
    return bytes(whole[:LARGEST])
