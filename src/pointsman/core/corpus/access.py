"""Who may see a document: the groups that its metadata names under ``access``.

No ``access``: open to all. ``access: [a, b]``: seen by a reader of group a or b. ``access: []``: seen by nobody. A head
that speaks of access and cannot be read so is refused (``access_problem``): a slip of the pen must not publish.
"""

import re
from difflib import SequenceMatcher

from pointsman.core.corpus.documents import Metadata

ACCESS = "access"
"""Key of the metadata that names the groups."""
OPEN = "*"
"""What stands for everybody among a point's readers; no group can be called so."""

GROUP = re.compile(r"\w(?:[\w .:/@+=-]{0,126}\w)?")
"""What a group can be called: up to 128 letters, digits and ``_.:/@+=-``, spaces inside."""

SLIP = 0.9
"""Likeness (difflib ratio) to ``access`` from which another key is taken for a slip of the pen: ``acess``."""

HEAD_LINES = 60
"""Lines in which front matter whose end is missing is looked for."""

FENCE = re.compile(r"-{3,}|\+{3,}|<!--+|={3,}")
"""How a line begins that opens some kind of front matter."""
FENCED_TAG = re.compile(r"(?:.*[{,])?[\s\"'\-:#]*access[\"']?\s*[:=]", re.IGNORECASE)
"""How a line of a fenced head begins that has ``access`` as a key, nested or not."""
BARE_TAG = re.compile(r"access:(?:\s|\[|$)")
"""``access:`` as it would stand in front matter, at the beginning of a line of an unfenced head."""
FIELD_TAG = re.compile(r":access\s*:", re.IGNORECASE)
"""``access`` as a field of reStructuredText, which is read as metadata at the top alone."""


def readers_of(metadata: Metadata) -> list[str]:
    """Return the groups that may see a document, ordered; ``[OPEN]`` for an open one, nothing for nobody's."""
    if ACCESS not in metadata:
        return [OPEN]
    value = metadata[ACCESS]
    named = {value} if isinstance(value, str) else set(value)
    return sorted(group for group in named if GROUP.fullmatch(group))


def access_problem(metadata: Metadata, text: str) -> str | None:
    """Return why a document's access tags cannot be trusted, or None.

    Args:
        metadata: as it was read from the document.
        text: the whole document as text, its front matter included; empty where it has no textual head.
    """
    for key in metadata:
        if key != ACCESS and _looks_like(key):
            return f"the key {key!r} is not read; write it {ACCESS!r}"
    head = list(_head(text))
    if ACCESS not in metadata:
        said = next((line for line in head if line.strip()), None)
        return None if said is None else f"{said.strip()[:80]!r} was not read as metadata (mend the front matter)"
    if sum(bool(re.match(r":?access\s*:", line)) for line in head) > 1:
        return "it is given more than once; keep one"
    return _value_problem(metadata[ACCESS])


def _value_problem(value: str | list[str]) -> str | None:
    for group in [value] if isinstance(value, str) else value:
        if not GROUP.fullmatch(group) or group.lower() in {"none", "null", "~"}:
            return f"{group!r} cannot be a group (up to 128 letters, digits and _.:/@+=-); write {ACCESS}: [a, b]"
    return None


def _looks_like(key: str) -> bool:
    bare = key.strip().casefold()
    return bare == ACCESS or SequenceMatcher(None, bare, ACCESS).ratio() > SLIP


def _head(text: str) -> list[str]:
    """Return the lines at the top of a text that give ``access`` a value."""
    whole = re.sub("\r\n?|\f|\v", "\n", text.removeprefix("\ufeff")).lstrip()
    lines = whole.split("\n", HEAD_LINES)[:HEAD_LINES]
    if not FENCE.match(lines[0]):
        end = next((n for n, line in enumerate(lines) if not line.strip()), len(lines))
        return [line for n, line in enumerate(lines) if FIELD_TAG.match(line) or (n < end and BARE_TAG.match(line))]
    closing = (n for n, line in enumerate(lines[1:], 1) if FENCE.match(line.strip()) or line.startswith(("...", "-->")))
    fenced = lines[: next(closing, len(lines)) + 1]
    return [line for line in fenced if FENCED_TAG.match(line)]
