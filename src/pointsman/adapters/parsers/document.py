"""Reads documents: their blocks, and the columns that validation judges. A parser is imported when it is needed."""

from dataclasses import asdict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pointsman.adapters.parsers.formats import BINARY, BY_ENDING, Formats
from pointsman.adapters.validation.allow_list import NOTHING_ALLOWED, AllowList
from pointsman.adapters.validation.sensitive.secret_rules import rules_id
from pointsman.core.corpus.access import STANDARD, AccessRule
from pointsman.core.corpus.documents import Document
from pointsman.core.corpus.instructions.marks import SCREEN_VERSION, column_of

if TYPE_CHECKING:
    from pointsman.adapters.validation.findings import Finding

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""First bytes of a file that Git LFS left in the place of a document, in any kind of store."""

LFS_PROBLEM = "Git LFS pointer, not the document itself: run `git lfs pull` where the store is filled, or exclude it"
OPTIONAL = ("pypdf", "pypdfium2", "docx")
"""Parsers that come with extras of the package."""


def readers(formats: Formats = BY_ENDING, rule: AccessRule = STANDARD) -> str:
    """Return a fingerprint of how documents are read: installed parsers, mapping of formats, rule of access statements.

    When it changes, every document is opened and judged again.
    """
    installed = [name for name in OPTIONAL if find_spec(name) is not None]
    mapped = [f"formats={formats.fingerprint}"] if formats.fingerprint else []
    stated = [f"access={rule.key}:{rule.default}"] if rule != STANDARD else []
    return " ".join([*installed, *mapped, *stated, f"secrets={rules_id()}", f"screen={SCREEN_VERSION}"])


def read_document(document: str, raw: bytes, formats: Formats = BY_ENDING, *, rule: AccessRule = STANDARD) -> Document:
    """Return a document's bytes as blocks.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
        Unreadable: the bytes are not of the document's format, or cannot be read here.
    """
    from pointsman.adapters.parsers import dispatch

    return dispatch.read_document(document, raw, formats, rule=rule)


def parse_and_measure(
    document: str,
    raw: bytes,
    formats: Formats = BY_ENDING,
    *,
    rule: AccessRule = STANDARD,
    allowed: AllowList = NOTHING_ALLOWED,
) -> tuple[Document | None, dict[str, Any]]:
    """Return a document's blocks (None where it cannot be read) and the columns that validation judges it by.

    ``instructions`` has the marks of orders to a language model. ``sensitive`` counts secrets and personal numbers;
    what ``allowed`` covers is in no other column.
    """
    from pointsman.adapters.parsers import dispatch
    from pointsman.adapters.parsers.hidden.texts import hidden_texts
    from pointsman.adapters.validation.findings import columns_of, findings_in
    from pointsman.core.corpus.instructions.screen import screen

    blocks, facts = dispatch.read_and_measure(document, raw, formats, rule=rule)
    if raw.startswith(LFS_POINTER):
        return None, asdict(facts) | {"secrets": None, "personal": None, "access": None, "problem": LFS_PROBLEM}
    if blocks is None:
        return None, asdict(facts) | {"secrets": None, "personal": None, "access": None}
    found = findings_in(blocks, _source(document, raw, formats))
    marks = screen(blocks, hidden_texts(formats.format_of(document), raw))
    columns = columns_of(found, document, allowed) | {"sensitive": len(found), "instructions": column_of(marks)}
    return blocks, asdict(facts) | columns


def findings_of(
    document: str, raw: bytes, formats: Formats = BY_ENDING, *, rule: AccessRule = STANDARD
) -> "list[Finding]":
    """Return the secrets and personal numbers of a document.

    Raises:
        UnicodeDecodeError: the bytes are not UTF-8.
        Unreadable: the bytes are not of the document's format, or cannot be read here.
    """
    from pointsman.adapters.validation.findings import findings_in

    return findings_in(read_document(document, raw, formats, rule=rule), _source(document, raw, formats))


def _source(document: str, raw: bytes, formats: Formats) -> str | None:
    """Return the source text of a document; None for formats that have none."""
    return None if formats.format_of(document) in BINARY else raw.decode("utf-8", errors="replace")
