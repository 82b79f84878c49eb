"""Small PDF and DOCX files, made in memory."""

from io import BytesIO
from typing import Any


def pdf(*pages: str, outline: list[tuple[int, str, int | None]] | None = None, **info: str) -> bytes:
    """Return a PDF with a line of text for each line of a page; outline: (page, title, number of the entry above)."""
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    font = DictionaryObject(
        {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
         NameObject("/BaseFont"): NameObject("/Helvetica")}
    )  # fmt: skip
    for text in pages:
        page = writer.add_blank_page(300, 400)
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = DecodedStreamObject()
        lines = " T* ".join(f"({line}) Tj" for line in text.split("\n"))
        stream.set_data(f"BT /F1 12 Tf 14 TL 20 350 Td {lines} ET".encode())
        page[NameObject("/Contents")] = writer._add_object(stream)
    entries: list[Any] = []
    for page_number, title, above in outline or []:
        entries.append(writer.add_outline_item(title, page_number, entries[above] if above is not None else None))
    writer.add_metadata({f"/{key}": value for key, value in info.items()})
    held = BytesIO()
    writer.write(held)
    return held.getvalue()


def docx(change: Any = None) -> bytes:
    from docx import Document
    from docx.enum.style import WD_STYLE_TYPE

    made = Document()
    made.core_properties.title, made.core_properties.keywords = "The yard", "gate, key"
    made.core_properties.author = ""
    made.styles.add_style("Source Code", WD_STYLE_TYPE.PARAGRAPH)
    made.add_heading("Opening hours", 1)
    made.add_paragraph("The gate opens at six.")
    made.add_paragraph("one", "List Bullet")
    made.add_paragraph("two", "List Bullet")
    made.add_heading("Code", 2)
    made.add_paragraph("if open:", "Source Code")
    made.add_paragraph("    enter()", "Source Code")
    table = made.add_table(2, 2)
    for cell, text in zip((c for row in table.rows for c in row.cells), ("who", "fee", "child", "1"), strict=True):
        cell.text = text
    if change:
        change(made)
    held = BytesIO()
    made.save(held)
    return held.getvalue()
