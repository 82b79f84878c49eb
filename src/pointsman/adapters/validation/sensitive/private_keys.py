"""Finds private keys: a PEM, OpenSSH, PGP or PuTTY frame with a body, on lines of its own or escaped in one."""

import re
from collections.abc import Iterator

from pointsman.adapters.validation.sensitive.placeholders import is_certain
from pointsman.adapters.validation.sensitive.secret_rules import PRIVATE_KEY, PUTTY_KEY

LONGEST = 8000
"""Characters after the first line that are looked at; an RSA key of 4096 bits has 3,300."""
SHORTEST = 60
"""Characters of a body that can be a whole key; an Ed25519 key has 64."""
CUT_OFF = 200
"""Characters up to which a body with an ellipsis is an example; the shortest key of several lines has 164."""

BEFORE_BODY = re.compile(
    r"(?:\s|\\[nr]|[\"'`+,|>\\]|"
    r"(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash|Encryption|Public-Lines|MAC): ?[^\n\\]{0,200})*+"
)
BODY = re.compile(r"[A-Za-z0-9+/=]{16,}(?:(?:\s|\\[nr]|[\"'`+,|>\\])*+[A-Za-z0-9+/=]{4,})*+")
SEPARATOR = re.compile(r"\\[nr]|[^A-Za-z0-9+/=]")
ELLIPSIS = re.compile(r"\.{3}|…|\*{3}|<|\[|(?i:x{4}|snip|redacted|omitted)")


def private_keys_in(text: str) -> Iterator[tuple[str, int]]:
    """Yield (body without its line breaks, offset of the first line) of every private key.

    A frame whose body is dots, a placeholder or missing is no key. A first line with which the text ends counts: the
    key may have been cut off.
    """
    if "PRIVATE KEY" in text:
        for frame in re.finditer(PRIVATE_KEY, text):
            body = text[frame.end() : frame.end() + LONGEST]
            key = _key_in(body)
            if key is not None:
                yield key, frame.start()
    if "PuTTY-User-Key-File" in text:
        yield from _putty_keys_in(text)


def _putty_keys_in(text: str) -> Iterator[tuple[str, int]]:
    lines = 0
    for frame in re.finditer(PUTTY_KEY, text):
        if lines < frame.end():
            lines = text.find("Private-Lines", frame.end())
        if lines < 0:
            return
        if lines < frame.end() + LONGEST:
            key = _key_in(text[lines : lines + LONGEST].partition("\n")[2])
            if key:
                yield key, frame.start()


def _key_in(after: str) -> str | None:
    """Return the body of the key that begins a text; None where there is none."""
    start = BEFORE_BODY.match(after)
    if start and start.end() < len(after) and not BODY.match(after, start.end()):
        return None  # soon told, without a look for the end
    end = after.find("-----END")
    inside = after if end < 0 else after[:end]
    start = BEFORE_BODY.match(inside)
    at = start.end() if start else 0
    if at == len(inside):
        return "" if end < 0 and len(after) < LONGEST else None
    body = BODY.match(inside, at)
    if body is None:
        return None
    key = SEPARATOR.sub("", body[0])
    shown = ELLIPSIS.search(inside, at, at + LONGEST if end >= 0 else body.end() + 40)
    if len(key) < (CUT_OFF if shown else SHORTEST) or is_certain(key):
        return None
    return key
