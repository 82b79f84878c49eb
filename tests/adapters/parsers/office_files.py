"""Small PDF and DOCX files, made in memory."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any


def pdf(*pages: str, outline: list[tuple[int, str, int | None]] | None = None, **info: str) -> bytes:
    """Return a PDF with a line of text for each line of a page; outline: (page, title, number of the entry above)."""
    drawn = (" T* ".join(f"({line}) Tj" for line in text.split("\n")) for text in pages)
    writer = _writer([f"BT /F1 12 Tf 14 TL 20 350 Td {lines} ET" for lines in drawn])
    entries: list[Any] = []
    for page_number, title, above in outline or []:
        entries.append(writer.add_outline_item(title, page_number, entries[above] if above is not None else None))
    writer.add_metadata({f"/{key}": value for key, value in info.items()})
    return _written(writer)


def drawn_pdf(*contents: str, picture: bytes = b"", form: str = "", turned: int = 0) -> bytes:
    """Return a PDF of 300 by 400 points with these contents of pages: font ``/F1``, states ``/Clear`` and ``/Half``.

    Args:
        contents: operators of each page.
        picture: grey pixels of an image ``/Picture``, 30 in a row.
        form: operators of a form ``/Form``.
        turned: degrees by which each page is shown turned.
    """
    return _written(_writer(contents, picture=picture, form=form, turned=turned))


def _written(writer: Any) -> bytes:
    held = BytesIO()
    writer.write(held)
    return held.getvalue()


def _writer(contents: Sequence[str], *, picture: bytes = b"", form: str = "", turned: int = 0) -> Any:
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, NameObject

    writer = PdfWriter()
    font = named({"Type": "/Font", "Subtype": "/Type1", "BaseFont": "/Helvetica"})
    states = named({"Clear": named({"ca": 0}), "Half": named({"ca": 0.5})})
    fonts = named({"F1": font})
    shown = {}
    if picture:
        size = {"Width": 30, "Height": len(picture) // 30, "ColorSpace": "/DeviceGray", "BitsPerComponent": 8}
        shown["Picture"] = _stream(picture, {"Type": "/XObject", "Subtype": "/Image", **size})
    if form:
        box = {"BBox": [0, 0, 300, 400], "Resources": named({"Font": fonts})}
        shown["Form"] = _stream(form.encode(), {"Type": "/XObject", "Subtype": "/Form", **box})
    held = named({name: writer._add_object(stream) for name, stream in shown.items()})
    for content in contents:
        page = writer.add_blank_page(300, 400)
        page[NameObject("/Resources")] = named({"Font": fonts, "ExtGState": states, "XObject": held})
        stream = DecodedStreamObject()
        stream.set_data(content.encode())
        page[NameObject("/Contents")] = writer._add_object(stream)
        page.rotate(turned)
    return writer


def _stream(data: bytes, said: dict[str, Any]) -> Any:
    from pypdf.generic import DecodedStreamObject

    stream = DecodedStreamObject()
    stream.set_data(data)
    stream.update(named(said))
    return stream


def named(values: dict[str, Any]) -> Any:
    """Return a dictionary of PDF."""
    from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject

    def plain(value: Any) -> Any:
        if isinstance(value, str):
            return NameObject(value)
        if isinstance(value, list):
            return ArrayObject([FloatObject(each) for each in value])
        return FloatObject(value) if type(value) in (int, float) else value

    return DictionaryObject({NameObject(f"/{key}"): plain(value) for key, value in values.items()})


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
