"""Documents from bytes: what they say, and the facts that they are judged by. Parsers are imported when one is read."""

from dataclasses import asdict
from typing import Any

from pointsman.core.access import access_problem
from pointsman.core.documents import Document


def read_document(document: str, raw: bytes) -> Document:
    """Return a document's bytes as blocks.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
    """
    from pointsman.adapters import markup

    return markup.read_document(document, raw)


def examine_document(document: str, raw: bytes) -> tuple[Document | None, dict[str, Any]]:
    """Return a document's blocks, or None where its bytes are no text, and the columns that it is judged by."""
    from pointsman.adapters import markup, secrets

    blocks, facts = markup.examine(document, raw)
    text = raw.decode("utf-8", errors="replace")
    found = secrets.find_secrets(text) if blocks is not None else []
    access = access_problem(blocks.metadata, text) if blocks is not None else None
    return blocks, asdict(facts) | {"secrets": ", ".join(found) or None, "access": access}
