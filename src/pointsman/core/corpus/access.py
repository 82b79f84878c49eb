"""Who may read a document: the groups that its metadata lists under ``access``.

No ``access``: everybody. ``access: [a, b]``: readers in group a or b. ``access: []``: nobody. A document whose front
matter may contain an access statement that cannot be read is refused (``access_problem``): a typing error must not
publish a document.
"""

import re
from difflib import SequenceMatcher

from pointsman.core.corpus.documents import Metadata

ACCESS = "access"
"""Metadata key that lists the groups."""
OPEN = "*"
"""Means everybody in a point's list of readers. No group can have this name."""

GROUP = re.compile(r"\w(?:[\w .:/@+=-]{0,126}\w)?")
"""Allowed group names: up to 128 letters, digits and ``_.:/@+=-``, with spaces inside."""

TYPO_SIMILARITY = 0.9
"""Similarity (difflib ratio, 0..1) to ``access`` above which another key counts as a typing error: ``acess``."""

HEAD_LINES = 60
"""Lines at the top of a document that are searched when the front matter has no end."""

FENCE = re.compile(r"-{3,}|\+{3,}|<!--+|={3,}")
"""The beginning of a line that opens front matter of some kind."""
FENCED_TAG = re.compile(r"(?:.*[{,])?[\s\"'\-:#]*access[\"']?\s*[:=]", re.IGNORECASE)
"""The beginning of a line in fenced front matter that has ``access`` as a key, nested or not."""
BARE_TAG = re.compile(r"access:(?:\s|\[|$)")
"""``access:`` at the beginning of a line, at the top of a document without fenced front matter."""
FIELD_TAG = re.compile(r":access\s*:", re.IGNORECASE)
"""``access`` as a field of reStructuredText. Such fields are metadata only at the top of a document."""


def readers_of(metadata: Metadata) -> list[str]:
    """Return the groups that may read a document, sorted; ``[OPEN]`` for everybody, ``[]`` for nobody."""
    if ACCESS not in metadata:
        return [OPEN]
    value = metadata[ACCESS]
    named = {value} if isinstance(value, str) else set(value)
    return sorted(group for group in named if GROUP.fullmatch(group))


def access_problem(metadata: Metadata, text: str) -> str | None:
    """Return why a document's access statement cannot be trusted, or None if it can.

    Args:
        metadata: the metadata that was read from the document.
        text: the whole document as text, with its front matter; empty for formats without a text source.
    """
    for key in metadata:
        if key != ACCESS and _looks_like(key):
            return f"the key {key!r} is not read; write {ACCESS!r} instead"
    head = list(_head(text))
    if ACCESS not in metadata:
        found = next((line for line in head if line.strip()), None)
        return None if found is None else f"{found.strip()[:80]!r} was not read as metadata; correct the front matter"
    if sum(bool(re.match(r":?access\s*:", line)) for line in head) > 1:
        return "access is given more than once; keep one line"
    return _value_problem(metadata[ACCESS])


def _value_problem(value: str | list[str]) -> str | None:
    for group in [value] if isinstance(value, str) else value:
        if not GROUP.fullmatch(group) or group.lower() in {"none", "null", "~"}:
            return f"{group!r} cannot be a group (up to 128 letters, digits and _.:/@+=-); write {ACCESS}: [a, b]"
    return None


def _looks_like(key: str) -> bool:
    bare = key.strip().casefold()
    return bare == ACCESS or SequenceMatcher(None, bare, ACCESS).ratio() > TYPO_SIMILARITY


def _head(text: str) -> list[str]:
    """Return the lines at the top of a text that set ``access``."""
    whole = re.sub("\r\n?|\f|\v", "\n", text.removeprefix("\ufeff")).lstrip()
    lines = whole.split("\n", HEAD_LINES)[:HEAD_LINES]
    if not FENCE.match(lines[0]):
        end = next((n for n, line in enumerate(lines) if not line.strip()), len(lines))
        return [line for n, line in enumerate(lines) if FIELD_TAG.match(line) or (n < end and BARE_TAG.match(line))]
    closing = (n for n, line in enumerate(lines[1:], 1) if FENCE.match(line.strip()) or line.startswith(("...", "-->")))
    fenced = lines[: next(closing, len(lines)) + 1]
    return [line for line in fenced if FENCED_TAG.match(line)]
