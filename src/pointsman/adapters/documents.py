"""Documents from bytes: what they say, and the facts that they are judged by. Parsers are imported when one is read."""

from dataclasses import asdict
from typing import Any

from pointsman.core.access import access_problem
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
    text = raw.decode("utf-8", errors="replace")
    if raw.startswith(LFS_POINTER):
        return None, asdict(facts) | {"secrets": None, "access": None, "problem": LFS_PROBLEM}
    found = secrets.find_secrets(text) if blocks is not None else []
    access = access_problem(blocks.metadata, text) if blocks is not None else None
    return blocks, asdict(facts) | {"secrets": ", ".join(found) or None, "access": access}
