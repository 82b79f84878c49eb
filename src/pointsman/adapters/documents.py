"""Documents from bytes: what they say, and the facts that they are judged by. Parsers are imported when one is read."""

from dataclasses import asdict
from typing import Any

from pointsman.core.documents import Document


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
