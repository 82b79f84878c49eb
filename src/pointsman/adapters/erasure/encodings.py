"""Decodes the base64 and the hexadecimal digits in the bytes of a file, wherever they stand and at every alignment."""

import binascii
import re
from collections.abc import Iterator

SHORTEST = 24
"""Characters of a run of base64 or hexadecimal digits, at least."""
BASE64 = re.compile(rb"(?:[A-Za-z0-9+/_-]{16,}+(?:\r?\n|\\r\\n|\\n)?+)++[A-Za-z0-9+/_-]*")
HEX = re.compile(rb"(?:[0-9A-Fa-f]{16,}+(?:\r?\n|[ :])?+)++[0-9A-Fa-f]*")
BREAKS = re.compile(rb"\\r|\\n|[\r\n :]")
URL_SAFE = bytes.maketrans(b"-_", b"+/")


def decoded(raw: bytes) -> Iterator[bytes]:
    """Yield what each run of base64 or hexadecimal digits means, at each place where it may begin."""
    for match in BASE64.finditer(raw):
        run = BREAKS.sub(b"", match[0]).translate(URL_SAFE)
        for start in range(4 if len(run) >= SHORTEST else 0):
            part = run[start : start + (len(run) - start) // 4 * 4]
            yield binascii.a2b_base64(part) + _rest(run[start + len(part) :])
    for match in HEX.finditer(raw):
        run = BREAKS.sub(b"", match[0])
        for start in range(2 if len(run) >= SHORTEST else 0):
            yield binascii.a2b_hex(run[start : start + (len(run) - start) // 2 * 2])


def _rest(end: bytes) -> bytes:
    """Return the bytes of an unfinished group of four digits."""
    return binascii.a2b_base64(end + b"=" * (4 - len(end))) if len(end) > 1 else b""
