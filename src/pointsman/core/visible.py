"""Shows characters that command a terminal, or reorder a line, as escapes: text of documents is data."""

import re

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters (C0 without tab and line feed, DEL, C1), marks that set the direction of writing, line separators,
lone surrogates, and invisible tags."""

ONE_BYTE, TWO_BYTES = 0xFF, 0xFFFF


def visible(text: str) -> str:
    """Return ``text`` with each such character as a Python escape, for example ESC as ``x1b`` after a backslash."""
    return UNSEEN.sub(_escape, text)


def visible_json(text: str) -> str:
    """Return JSON text with each such character as a JSON escape. They can only stand inside its strings."""
    return UNSEEN.sub(_json_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code <= ONE_BYTE else f"\\u{code:04x}" if code <= TWO_BYTES else f"\\U{code:08x}"


def _json_escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code <= TWO_BYTES:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
