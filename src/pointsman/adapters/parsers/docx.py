"""Reads DOCX with python-docx: headings and code by style, tables, lists, properties. Nothing in the file is run."""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pointsman.adapters.parsers.block_writer import BlockWriter
from pointsman.adapters.parsers.damage import damage_of
from pointsman.adapters.parsers.metadata.docx_parts import docx_properties
from pointsman.adapters.parsers.metadata.properties import Properties
from pointsman.core.corpus.access import ACCESS
from pointsman.core.corpus.documents import Block
from pointsman.core.errors import Unreadable

MAX_UNPACKED = 100_000_000
"""Bytes of all parts."""
MAX_XML = 30_000_000
"""Bytes of one part that is parsed; parsing takes about twenty times as much memory."""
MAX_PARTS = 10_000
HEADING = re.compile(r"heading ([1-9])\Z", re.IGNORECASE)
TITLE_LEVEL = 1
CODE_STYLE = re.compile(r"code|source|listing|preformatted|verbatim|macro", re.IGNORECASE)
LIST_STYLE = re.compile(r"list (?!paragraph)", re.IGNORECASE)
SKIPPED = frozenset(("moveFrom", "Fallback", "instrText", "delText"))
"""Elements whose text a reader does not see: moved away, repeated for old programs, field codes, deleted."""
SHOWN = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""First bytes of an old .doc file, and of an encrypted DOCX."""


def read_docx(raw: bytes, statement: str = ACCESS) -> tuple[BlockWriter, tuple[Block, ...], Properties]:
    """Return (the writer with its counts, the blocks, the metadata) of a DOCX; bookmarks are the headings' anchors.

    Raises:
        Unreadable: it is encrypted, damaged, too large or has no text, or python-docx is not installed.
    """
    if raw.startswith(OLE):
        raise Unreadable("is encrypted, or an old .doc; save it as DOCX without a password or exclude it")
    try:
        import docx
    except ModuleNotFoundError:
        raise Unreadable("is a DOCX, and no reader for DOCX is installed; run pip install 'pointsman[docx]'") from None
    try:
        _check_size(raw)
        opened = docx.Document(BytesIO(raw))
        write = BlockWriter()
        WordReader(write, {style.style_id: style.name or "" for style in opened.styles}).body(opened.element.body)
        said = docx_properties(raw, opened.core_properties, statement)
    except Unreadable:
        raise
    except Exception as error:  # a damaged file can raise anything: BadZipFile, KeyError, XMLSyntaxError …
        reason = damage_of(error)
        raise Unreadable(f"is a damaged DOCX ({reason}); save it again or exclude it") from error
    if not write.blocks:
        raise Unreadable("has no text, perhaps only images; run OCR on it or exclude it")
    return write, tuple(write.blocks), said


def _check_size(raw: bytes) -> None:
    """Refuse an archive that unpacks to more than the limits; zipfile reads no more than the sizes that it names.

    Raises:
        Unreadable: a limit is exceeded.
    """
    parts = zipfile.ZipFile(BytesIO(raw)).infolist()
    total = sum(part.file_size for part in parts)
    largest = max((part.file_size for part in parts if part.filename.endswith((".xml", ".rels"))), default=0)
    for what, size, limit in (
        ("parts", len(parts), MAX_PARTS),
        ("bytes unpacked", total, MAX_UNPACKED),
        ("bytes in one part", largest, MAX_XML),
    ):
        if size > limit:
            raise Unreadable(f"has {size} {what}, the limit is {limit}; split it or exclude it")


class WordReader:
    """Writes the blocks of a document's body."""

    def __init__(self, write: BlockWriter, styles: dict[str, str]) -> None:
        self._write = write
        self._styles = styles
        """Name of each style by its id."""
        self._code: list[str] = []
        self._listed = False

    def body(self, body: Any) -> None:
        """Write the whole body."""
        for element in _blocks(body):
            if _name(element) == "tbl":
                self._end()
                self._write.verbatim(_rows(element))
            else:
                self._paragraph(element)
        self._end()
        self._write.flush()

    def _paragraph(self, element: Any) -> None:
        """Write a paragraph as its style says: heading, code, item of a list, or prose."""
        text, style = _text(element), self._style(element)
        heading = HEADING.match(style)
        if CODE_STYLE.search(style):
            self._end(code=False)
            self._code += [line.expandtabs(8).rstrip() for line in text.split("\n")]
        elif heading or style.lower() == "title":
            self._end()
            self._write.heading(int(heading[1]) if heading else TITLE_LEVEL, text, _bookmark(element))
        elif text.strip() and (LIST_STYLE.match(style) or _is_numbered(element)):
            self._end(listed=False)
            if not self._listed:
                self._write.open_list()
                self._listed = True
            self._write.lead("-")
            self._write.paragraph(text)
        elif text.strip():
            self._end()
            self._write.paragraph(text)

    def _style(self, element: Any) -> str:
        found = element.xpath("./w:pPr/w:pStyle/@w:val")
        return self._styles.get(found[0], found[0]) if found else ""

    def _end(self, *, code: bool = True, listed: bool = True) -> None:
        """End the code and the list that are open."""
        if listed and self._listed:
            self._write.close_list()
            self._listed = False
        if code and self._code:
            lines, self._code = self._code, []
            self._write.verbatim(lines)


def _name(element: Any) -> str:
    """Return an element's name without its namespace; empty for comments."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _blocks(parent: Any) -> Iterator[Any]:
    """Yield the paragraphs and tables below ``parent``, those inside content controls and insertions too."""
    for child in parent:
        if _name(child) in ("p", "tbl"):
            yield child
        elif _name(child) in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
            yield from _blocks(child)


def _text(element: Any) -> str:
    """Return the text that is shown of an element, insertions included and deletions left out."""
    name = _name(element)
    if name == "t":
        return element.text or ""
    if name in SHOWN:
        return SHOWN[name]
    return "".join(_text(child) for child in element if _name(child) not in SKIPPED)


def _rows(table: Any) -> list[str]:
    """Return a table's rows, a line each; a table in a cell is text of that cell."""
    rows = [row for row in table.iter() if _name(row) == "tr" and _owner(row, "tbl") is table]
    lines = []
    for row in rows:
        cells = [cell for cell in row.iter() if _name(cell) == "tc" and _owner(cell, "tr") is row]
        shown = (" ".join(" ".join(map(_text, _paragraphs(cell))).split()) for cell in cells)
        lines.append(f"| {' | '.join(shown)} |")
    return [line for line in lines if any(c.isalnum() for c in line)]


def _paragraphs(cell: Any) -> list[Any]:
    return [found for found in cell.iter() if _name(found) == "p"]


def _owner(element: Any, name: str) -> Any:
    """Return the nearest element of a name above ``element``."""
    return next((above for above in element.iterancestors() if _name(above) == name), None)


def _is_numbered(element: Any) -> bool:
    """Tell whether a paragraph has a bullet or a number of its own; ``numId`` 0 means none."""
    found = element.xpath("./w:pPr/w:numPr/w:numId/@w:val")
    return bool(found) and found[0] != "0"


def _bookmark(element: Any) -> str | None:
    """Return the name of the bookmark in a heading, other than Word's own mark of the last edit; None without one."""
    return next((name for name in element.xpath(".//w:bookmarkStart/@w:name") if name != "_GoBack"), None)
