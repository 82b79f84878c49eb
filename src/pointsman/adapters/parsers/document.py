"""Reads documents: their blocks, and the columns that validation judges. A parser is imported when it is needed."""

from dataclasses import asdict
from importlib.util import find_spec
from typing import Any

from pointsman.adapters.parsers.formats import BINARY, BY_ENDING, Formats
from pointsman.core.corpus.access import access_problem
from pointsman.core.corpus.documents import Document

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""First bytes of a file that Git LFS left in the place of a document, in any kind of store."""

LFS_PROBLEM = "Git LFS pointer, not the document itself: run `git lfs pull` where the store is filled, or exclude it"
OPTIONAL = ("pypdf", "docx")
"""Parsers that come with extras of the package."""


def readers(formats: Formats = BY_ENDING) -> str:
    """Return a fingerprint of how documents are read: the installed parsers of the extras, and the mapping of formats.

    When it changes, every document is opened and judged again.
    """
    installed = [name for name in OPTIONAL if find_spec(name) is not None]
    return " ".join([*installed, *([f"formats={formats.fingerprint}"] if formats.fingerprint else [])])


def read_document(document: str, raw: bytes, formats: Formats = BY_ENDING) -> Document:
    """Return a document's bytes as blocks.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
        Unreadable: the bytes are not of the document's format, or cannot be read here.
    """
    from pointsman.adapters.parsers import dispatch

    return dispatch.read_document(document, raw, formats)


def parse_and_measure(
    document: str, raw: bytes, formats: Formats = BY_ENDING
) -> tuple[Document | None, dict[str, Any]]:
    """Return a document's blocks (None where it cannot be read) and the columns that validation judges it by."""
    from pointsman.adapters.parsers import dispatch
    from pointsman.adapters.validation import pii, secrets

    blocks, facts = dispatch.read_and_measure(document, raw, formats)
    if raw.startswith(LFS_POINTER):
        return None, asdict(facts) | {"secrets": None, "personal": None, "access": None, "problem": LFS_PROBLEM}
    if blocks is None:
        return None, asdict(facts) | {"secrets": None, "personal": None, "access": None}
    binary = formats.format_of(document) in BINARY
    text = blocks.text if binary else raw.decode("utf-8", errors="replace")
    found = {
        "secrets": ", ".join(secrets.find_secrets(text)) or None,
        "personal": ", ".join(pii.find_personal(text)) or None,
        "access": access_problem(blocks.metadata, text),
    }
    return blocks, asdict(facts) | found
