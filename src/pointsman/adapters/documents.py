"""Documents from bytes: what they say, and the facts that they are judged by. Parsers are imported when one is read."""

from dataclasses import asdict
from typing import Any

from pointsman.core.documents import Document

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""How a file begins that Git LFS left in the place of a document, whatever store it lies in."""

LFS_PROBLEM = "Git LFS pointer, not the document itself: run `git lfs pull` where the store is filled, or exclude it"


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
    if raw.startswith(LFS_POINTER):
        return None, asdict(facts) | {"secrets": None, "problem": LFS_PROBLEM}
    found = secrets.find_secrets(raw.decode("utf-8", errors="replace")) if blocks is not None else []
    return blocks, asdict(facts) | {"secrets": ", ".join(found) or None}
