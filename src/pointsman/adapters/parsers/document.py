"""Documents from bytes: what they say, and the facts that they are judged by. Parsers are imported when one is read."""

from dataclasses import asdict
from importlib.util import find_spec
from typing import Any

from pointsman.core.corpus.access import access_problem
from pointsman.core.corpus.documents import Document

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""How a file begins that Git LFS left in the place of a document, whatever store it lies in."""

LFS_PROBLEM = "Git LFS pointer, not the document itself: run `git lfs pull` where the store is filled, or exclude it"
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
    from pointsman.adapters.parsers import dispatch

    return dispatch.read_document(document, raw)


def examine_document(document: str, raw: bytes) -> tuple[Document | None, dict[str, Any]]:
    """Return a document's blocks, or None where it cannot be read, and the columns that it is judged by."""
    from pointsman.adapters.parsers import dispatch
    from pointsman.adapters.validation import pii, secrets

    blocks, facts = dispatch.examine(document, raw)
    if raw.startswith(LFS_POINTER):
        return None, asdict(facts) | {"secrets": None, "personal": None, "access": None, "problem": LFS_PROBLEM}
    if blocks is None:
        return None, asdict(facts) | {"secrets": None, "personal": None, "access": None}
    text = blocks.text if document.lower().endswith(dispatch.PACKED) else raw.decode("utf-8", errors="replace")
    found = {
        "secrets": ", ".join(secrets.find_secrets(text)) or None,
        "personal": ", ".join(pii.find_personal(text)) or None,
        "access": access_problem(blocks.metadata, text),
    }
    return blocks, asdict(facts) | found
