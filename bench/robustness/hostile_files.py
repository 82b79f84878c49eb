"""PDF and DOCX files that are small and made to take long or much: name → (document id, function to bytes)."""

import io
import zipfile
from collections.abc import Callable, Mapping

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
Made = tuple[str, Callable[[], bytes]]
"""A document id, and what makes its bytes."""


def _pdf(pages: int, stream: bytes, forms: Mapping[str, bytes] | None = None) -> bytes:
    """Return a PDF whose pages share one packed content stream, with forms that it may draw."""
    from pypdf import PdfWriter
    from pypdf.generic import DictionaryObject, NameObject, StreamObject

    name = NameObject
    writer = PdfWriter()
    font = writer._add_object(  # noqa: SLF001 - pypdf has no public way to add an object
        DictionaryObject(
            {name("/Type"): name("/Font"), name("/Subtype"): name("/Type1"), name("/BaseFont"): name("/Helvetica")}
        )
    )
    resources = DictionaryObject({name("/Font"): DictionaryObject({name("/F1"): font})})
    drawn = DictionaryObject()
    for key, body in (forms or {}).items():
        form = StreamObject()
        form.set_data(body)
        form[name("/Type")], form[name("/Subtype")] = name("/XObject"), name("/Form")
        form[name("/BBox")] = writer.add_blank_page(10, 10).mediabox
        form[name("/Resources")] = DictionaryObject({name("/XObject"): drawn, name("/Font"): resources["/Font"]})
        drawn[name(key)] = writer._add_object(form)  # noqa: SLF001 - as above
    resources[name("/XObject")] = drawn
    content = StreamObject()
    content.set_data(stream)
    packed = writer._add_object(content.flate_encode())  # noqa: SLF001 - as above
    for _ in range(pages):
        page = writer.add_blank_page(612, 792)
        page[name("/Contents")], page[name("/Resources")] = packed, resources
    raw = io.BytesIO()
    writer.write(raw)
    return raw.getvalue()


def _nested_forms() -> bytes:
    """Return a PDF with forms that each draw the next one twice: two to the power of 24 times the last."""
    depth = 24
    forms = {f"/X{n}": f"/X{n - 1} Do /X{n - 1} Do".encode() for n in range(1, depth)}
    return _pdf(1, f"/X{depth - 1} Do".encode(), {"/X0": b"BT /F1 9 Tf (word word word) Tj ET", **forms})


def _docx(parts: Mapping[str, bytes]) -> bytes:
    """Return a DOCX with these parts in the place of its own."""
    import docx

    raw = io.BytesIO()
    docx.Document().save(raw)
    packed = io.BytesIO()
    with zipfile.ZipFile(raw) as read, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as write:
        for name in read.namelist():
            if name not in parts:
                write.writestr(name, read.read(name))
        for name, body in parts.items():
            write.writestr(name, body)
    return packed.getvalue()


def _body(inside: str) -> dict[str, bytes]:
    return {"word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{inside}</w:body></w:document>'.encode()}


def _nested(element: str, depth: int) -> dict[str, bytes]:
    inside = "<w:p><w:r><w:t>word word word</w:t></w:r></w:p>"
    names = element.split()
    opened, closed = "".join(f"<w:{name}>" for name in names), "".join(f"</w:{name}>" for name in reversed(names))
    return _body(opened * depth + inside + closed * depth)


SHOW = b"BT /F1 9 Tf (word word word) Tj ET\n"
FILES: Mapping[str, Made] = {
    "PDF: 500 pages of 20,000 operators": ("d.pdf", lambda: _pdf(500, b"BT /F1 9 Tf () Tj ET\n" * 20_000)),
    "PDF: one page of a million operators": ("d.pdf", lambda: _pdf(1, b"0 0 m 1 1 l S\n" * 1_000_000)),
    "PDF: 4,000 pages": ("d.pdf", lambda: _pdf(4_000, SHOW)),
    "PDF: 6,000 pages": ("d.pdf", lambda: _pdf(6_000, SHOW)),
    "PDF: a stream of 200 MB": ("d.pdf", lambda: _pdf(1, b" " * 200_000_000)),
    "PDF: forms in forms": ("d.pdf", _nested_forms),
    "PDF: saved states": ("d.pdf", lambda: _pdf(1, b"q " * 5_000_000 + SHOW)),
    "DOCX: a part of 500 MB": ("d.docx", lambda: _docx({"word/media/a.xml": b" " * 500_000_000})),
    "DOCX: text of 90 MB": ("d.docx", lambda: _docx(_body(f"<w:p><w:r><w:t>{'a ' * 45_000_000}</w:t></w:r></w:p>"))),
    "DOCX: a million paragraphs": ("d.docx", lambda: _docx(_body("<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 1_000_000))),
    "DOCX: deep content controls": ("d.docx", lambda: _docx(_nested("sdt", 100_000))),
    "DOCX: tables in tables": ("d.docx", lambda: _docx(_nested("tbl tr tc", 200))),
    "DOCX: entities": (
        "d.docx",
        lambda: _docx({
            "word/document.xml": b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
            + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
            + f']><w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>&m;</w:t></w:r></w:p></w:body></w:document>'
              .encode(),
        }),
    ),
    "DOCX: 60,000 parts": ("d.docx", lambda: _docx({f"word/media/{n}.bin": b"" for n in range(60_000)})),
}  # fmt: skip
"""All of them."""
