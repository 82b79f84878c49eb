"""Documents from bytes: what they say, and the facts that they are judged by. Parsers are imported when one is read."""

from dataclasses import asdict
from importlib.util import find_spec
from typing import Any

from pointsman.core.documents import Document

OPTIONAL = ("pypdf", "docx")
"""Parsers that come as extras."""


def readers() -> str:
    """Return which parsers of the extras are installed; what a missing one refused is judged anew when it comes."""
    return " ".join(name for name in OPTIONAL if find_spec(name) is not None)


def read_document(document: str, raw: bytes) -> Document:
    """Return a document's bytes as blocks.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
        Unreadable: they are not what the suffix says, or cannot be read here.
    """
    from pointsman.adapters import markup

    return markup.read_document(document, raw)


def examine_document(document: str, raw: bytes) -> tuple[Document | None, dict[str, Any]]:
    """Return a document's blocks, or None where it cannot be read, and the columns that it is judged by."""
    from pointsman.adapters import markup, secrets

    blocks, facts = markup.examine(document, raw)
    if blocks is None:
        found = []
    elif document.lower().endswith(markup.PACKED):
        found = secrets.find_secrets(blocks.text)
    else:
        found = secrets.find_secrets(raw.decode("utf-8", errors="replace"))
    return blocks, asdict(facts) | {"secrets": ", ".join(found) or None}
