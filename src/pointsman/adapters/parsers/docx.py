"""Reads DOCX with python-docx: headings and code by style, tables, lists, properties. Nothing in the file is run."""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pointsman.adapters.parsers.block_writer import BlockWriter
from pointsman.adapters.parsers.damage import damage_of
from pointsman.adapters.parsers.hidden.docx_letters import Letters, is_hidden_row, name_of, text_of
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
SKIPPED = frozenset(("moveFrom", "Fallback", "instrText", "delText", "del"))
"""Elements whose text a reader does not see: moved away, repeated for old programs, field codes, deleted."""
ELSEWHERE = frozenset(("altChunk", "subDoc"))
"""Elements that stand for another file, whose text Word shows in this place."""
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
        _check_parts(raw)
        opened = docx.Document(BytesIO(raw))
        write = BlockWriter()
        styles = {style.style_id: style.name or "" for style in opened.styles}
        WordReader(write, styles, Letters.of(raw)).body(opened.element.body)
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


def _check_parts(raw: bytes) -> None:
    """Refuse a file with a part that cannot be read whole: text would be missing without a word.

    A part with a document type can hide text in entities, which no reader of DOCX must expand.

    Raises:
        Unreadable: a part is there twice, has a document type, or stands for another file.
        Exception: a part is damaged: what zipfile and the XML parser raise.
    """
    from docx.oxml import parse_xml

    archive = zipfile.ZipFile(BytesIO(raw))
    names = Counter(name.lower() for name in archive.namelist())
    way_out = "open it in Word, save it again, or exclude it"
    for name in archive.namelist():
        if names[name.lower()] > 1:
            raise Unreadable(f"is a damaged DOCX: it has {names[name.lower()]} parts {name!r}; {way_out}")
        if not name.lower().endswith((".xml", ".rels")):
            continue
        root = parse_xml(archive.read(name))
        if root.getroottree().docinfo.doctype:
            raise Unreadable(f"is a damaged DOCX: {name!r} has a document type, so text may be missing; {way_out}")
        if any(name_of(element) in ELSEWHERE for element in root.iter()):
            raise Unreadable(f"has text of another file in {name!r}, which is not read; {way_out}")


class WordReader:
    """Writes the blocks of a document's body."""

    def __init__(self, write: BlockWriter, styles: dict[str, str], letters: Letters) -> None:
        self._write = write
        self._letters = letters
        self._styles = styles
        """Name of each style by its id."""
        self._code: list[str] = []
        self._listed = False

    def body(self, body: Any) -> None:
        """Write the whole body."""
        for element in _blocks(body):
            if name_of(element) == "tbl":
                self._end()
                self._write.verbatim(_rows(element, self._letters))
            else:
                self._paragraph(element)
        self._end()
        self._write.flush()

    def _paragraph(self, element: Any) -> None:
        """Write a paragraph as its style says: heading, code, item of a list, or prose."""
        text, style = _text(element, self._letters), self._style(element)
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


def _blocks(parent: Any) -> Iterator[Any]:
    """Yield the paragraphs and tables below ``parent``, those inside content controls and insertions too."""
    for child in parent:
        if name_of(child) in ("p", "tbl"):
            yield child
        elif name_of(child) not in SKIPPED:
            yield from _blocks(child)


def _text(element: Any, letters: Letters) -> str:
    """Return the text that is shown of an element, insertions included; deletions and hidden runs are left out."""
    name = name_of(element)
    if name == "t":
        return text_of(element)
    if name in SHOWN:
        return SHOWN[name]
    if name == "r" and letters.way(element):
        return ""
    return "".join(_text(child, letters) for child in element if name_of(child) not in SKIPPED)


def _rows(table: Any, letters: Letters) -> list[str]:
    """Return a table's rows, a line each; a table in a cell is text of that cell."""
    rows = [row for row in table.iter() if name_of(row) == "tr" and _owner(row, "tbl") is table]
    lines = []
    for row in (each for each in rows if not is_hidden_row(each)):
        cells = [cell for cell in row.iter() if name_of(cell) == "tc" and _owner(cell, "tr") is row]
        shown = (" ".join(" ".join(_text(p, letters) for p in _paragraphs(cell)).split()) for cell in cells)
        lines.append(f"| {' | '.join(shown)} |")
    return [line for line in lines if any(c.isalnum() for c in line)]


def _paragraphs(cell: Any) -> list[Any]:
    return [found for found in cell.iter() if name_of(found) == "p"]


def _owner(element: Any, name: str) -> Any:
    """Return the nearest element of a name above ``element``."""
    return next((above for above in element.iterancestors() if name_of(above) == name), None)


def _is_numbered(element: Any) -> bool:
    """Tell whether a paragraph has a bullet or a number of its own; ``numId`` 0 means none."""
    found = element.xpath("./w:pPr/w:numPr/w:numId/@w:val")
    return bool(found) and found[0] != "0"


def _bookmark(element: Any) -> str | None:
    """Return the name of the bookmark in a heading, other than Word's own mark of the last edit; None without one."""
    return next((name for name in element.xpath(".//w:bookmarkStart/@w:name") if name != "_GoBack"), None)
