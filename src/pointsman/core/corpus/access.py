"""Who may read a document: the groups that its metadata lists under ``access``.

``access: [a, b]``: readers in group a or b. ``access: []``: nobody. No statement: everybody, or nobody, as
``access.default`` in params.yaml says. A document whose head may hold an access statement that cannot be read is
refused (``access_problem``): a slip must not publish a document.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pointsman.core.corpus.documents import Metadata
from pointsman.core.corpus.statements.keys import is_alike
from pointsman.core.corpus.statements.lines import SHOWN, has_key
from pointsman.core.corpus.statements.other_names import limits_readers, line_limits_readers

ACCESS = "access"
"""Metadata key that lists the groups of a parsed document, whatever name the statement has in its text."""
OPEN = "*"
"""Means everybody in a point's list of readers. No group can have this name."""

GROUP = re.compile(r"\w(?:[\w .:/@+=-]{0,126}\w)?")
"""Allowed group names: up to 128 letters, digits and ``_.:/@+=-``, with spaces inside."""
NOT_A_GROUP = frozenset(("none", "null", "~"))

LABELS = ("keywords", "tags", "category", "categories", "labels")
"""Metadata in which people also write what belongs elsewhere: ``tags: [access=staff]``."""
LABEL = re.compile(r"\W{0,4}(?P<key>[^\W_][^:=/]{0,40}?)\s{0,9}[:=/]\s{0,9}\S")


@dataclass(frozen=True, slots=True)
class AccessRule:
    """How documents say who reads them: ``access`` in params.yaml."""

    key: str = ACCESS
    """Name of the statement."""
    default: Literal["open", "none"] = "open"
    """Who reads a document without a statement: everybody (``open``) or nobody (``none``)."""


STANDARD = AccessRule()
"""What holds when params.yaml says nothing; and for the metadata of parsed documents, see ``with_readers``."""


def readers_of(metadata: Metadata, rule: AccessRule = STANDARD) -> list[str]:
    """Return the groups that may read a document, sorted; ``[OPEN]`` for everybody, ``[]`` for nobody.

    ``rule`` is for metadata as it stands in a document. The metadata of a parsed document needs none.
    """
    if rule.key not in metadata:
        return [OPEN] if rule.default == "open" else []
    value = metadata[rule.key]
    named = {value} if isinstance(value, str) else set(value)
    return sorted(group for group in named if GROUP.fullmatch(group))


def with_readers(metadata: Metadata, rule: AccessRule) -> Metadata:
    """Return metadata that says under ``ACCESS`` who reads the document, as ``rule`` understands it.

    A changed rule thus changes the metadata of the documents that it concerns, and they count as changed. Where the
    statement has another name, ``access`` in a document is no statement and is left out.
    """
    kept = {key: value for key, value in metadata.items() if key not in (ACCESS, rule.key)}
    if rule.key in metadata:
        return {**kept, ACCESS: metadata[rule.key]}
    return kept if rule.default == "open" else {**kept, ACCESS: []}


def access_problem(metadata: Metadata, unread: Sequence[str], rule: AccessRule = STANDARD) -> str | None:
    """Return why a document's access statement cannot be trusted, or None if it can.

    Args:
        metadata: the metadata that was read from the document, as it stands there.
        unread: what may be an access statement and was not read as one, as it is quoted to a person.
        rule: how documents say who reads them.
    """
    way_out = f"write {rule.key}: [a, b] once, in the metadata at the very top, or remove it"
    for key in metadata:
        if key != rule.key and is_alike(key, rule.key):
            return f"the key {key!r} is not read; write {rule.key!r} instead"
    for found in (*unread, *_labels(metadata, rule.key)):
        if rule.key in metadata and line_limits_readers(found) and not has_key(found, rule.key):
            continue  # it has a statement: another key need not be one
        more = "is one more statement" if rule.key in metadata else "may say who reads it, and is not read"
        return f"{found!r} {more}; {way_out}"
    if rule.key in metadata:
        return _value_problem(metadata[rule.key], rule.key)
    limited = next(_limited(metadata), None)
    return None if limited is None else f"{limited!r} may say who reads it, and only {rule.key} does; {way_out}"


def _limited(metadata: Metadata) -> Iterator[str]:
    """Yield the metadata that seems to limit who reads the document, under another name."""
    for key, value in metadata.items():
        said = value if isinstance(value, str) else " ".join(value)
        if limits_readers(key, said):
            yield f"{key}: {said}"[:SHOWN]


def _labels(metadata: Metadata, name: str) -> Iterator[str]:
    """Yield the keywords and tags that are access statements."""
    for value in (metadata[key] for key in LABELS if key in metadata):
        for text in [value] if isinstance(value, str) else value:
            found = LABEL.match(text)
            if found and (found["key"] == name or is_alike(found["key"], name)):
                yield text


def _value_problem(value: str | list[str], name: str) -> str | None:
    for group in [value] if isinstance(value, str) else value:
        if not group:
            return f"{name} has no value; write {name}: [] where nobody may read it, or {name}: [a, b]"
        if not GROUP.fullmatch(group) or group.lower() in NOT_A_GROUP:
            return f"{group!r} cannot be a group (up to 128 letters, digits and _.:/@+=-); write {name}: [a, b]"
    return None
