"""HTML, PDF and DOCX: what is read, where it is in the file, and what happens with broken files."""

import builtins
import zipfile
import zlib
from io import BytesIO
from typing import Any

import pytest

from pointsman.adapters.parsers.dispatch import read_and_measure, read_document
from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.core.corpus.chunking import chunk_document
from pointsman.core.corpus.documents import Kind
from pointsman.core.errors import Unreadable
from tests.adapters.parsers.office_files import docx, pdf

H, P, V = Kind.HEADING, Kind.PROSE, Kind.VERBATIM


def words(text: str) -> int:
    return len(text.split())


def read(document: str, raw: bytes) -> list[tuple[Kind, str, str | None]]:
    return [(b.kind, b.text, b.anchor) for b in read_document(document, raw).blocks]


def why(document: str, raw: bytes) -> str:
    found, facts = read_and_measure(document, raw)
    assert found is None
    return facts.unreadable or ""


# --- HTML ---

PAGE = """<!DOCTYPE html>
<html><head><title>The yard &amp; gate</title>
<meta name="description" content="All about it"><meta name="access" content="hr, legal"><style>p {color: red}</style>
</head><body><nav><a href="/">Home of everything</a></nav>
<section id="hours"><h1>Opening hours<a class="headerlink" href="#hours">¶</a></h1>
<p>The yard &amp; gate opens at <b>six</b>,
   <!-- not said --> always; see <code>yard --open</code>.</p>
<ul><li>one<li>two <a href="u">more</a></ul>
<ol start="3"><li>three</li></ol>
<pre>
if open:
    enter()
</pre>
<table><caption>Fees</caption><tr><th>who</th><th>fee</th></tr><tr><td>child</td><td>1
</td></tr></table></section>
<a name="rules"></a><h2>Rules</h2><p>None.<p>At all.
<dl><dt>Key</dt><dd>opens it</dd></dl>
<script>alert("never")</script><template>never</template></body></html>
"""


def test_html_has_headings_with_their_ids_code_tables_and_lists() -> None:
    assert read("a.html", PAGE.encode()) == [
        (H, "Opening hours", "hours"),
        (P, "The yard & gate opens at six, always; see `yard --open`.", None),
        (P, "- one\n- two more", None),
        (P, "3. three", None),
        (V, "if open:\n    enter()", None),
        (V, "Fees\n| who | fee |\n| child | 1 |", None),
        (H, "Rules", "rules"),
        (P, "None.", None),
        (P, "At all.", None),
        (P, "Key: opens it", None),
    ]


def test_html_tells_its_title_description_and_groups() -> None:
    found = read_document("a.htm", PAGE.encode())
    assert found.metadata == {
        "title": "The yard & gate",
        "description": "All about it",
        "access": ["hr", "legal"],
    }
    assert found.title == "The yard & gate"


def test_a_table_that_is_there_for_the_layout_is_read_as_the_page_it_holds() -> None:
    text = "<table><tr><td>menu</td><td><h1>Title</h1><p>One two three.</p></td></tr></table>"
    assert [(kind, said) for kind, said, _ in read("a.html", text.encode())] == [
        (P, "menu"), (H, "Title"), (P, "One two three."),
    ]  # fmt: skip


def test_every_block_of_a_page_is_found_in_its_source_between_its_own_tags() -> None:
    source = f"---\r\nowner: yard\r\n---\r\n{PAGE}".replace("\n", "\r\n").replace("\r\r", "\r")
    found = read_document("a.html", source.encode())
    shown = {b.text: source[b.start : b.end] for b in found.blocks}
    assert found.metadata["owner"] == "yard"
    assert shown["Opening hours"] == "Opening hours"
    assert shown["None."] == "None."
    assert shown["At all."] == "At all."
    assert shown["if open:\n    enter()"] == "if open:\r\n    enter()"
    assert shown["The yard & gate opens at six, always; see `yard --open`."].startswith("The yard &amp; gate")
    assert shown["- one\n- two more"].endswith("more")


@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 10_000 + "some deep words",
        "<table><tr><td>" * 5_000 + "some deep words",
        "<ul><li>" * 5_000 + "x y z",
        "some words here " + "<a" * 90_000,
        "some words here <!--" * 9_000 + ">",
        "some words <![CDATA[" * 9_000 + ">",
        "some more words " + "<a x='" * 9_000 + ">",
        "</p></li></ul></td>some stray ends",
        "<h1><h1><h1>some words here",
    ],
)
def test_no_page_is_too_deep_or_too_broken_to_be_read(text: str) -> None:
    found, facts = read_and_measure("a.html", text.encode())
    assert facts.unreadable is None
    assert found is not None
    assert "script" not in found.text


def test_a_page_of_too_many_tags_is_refused_with_the_limit() -> None:
    assert "200001 tags, the limit is 200000" in why("a.html", b"<b>" * 200_001)
    assert read_and_measure("a.html", b"<" * 200_000)[1].unreadable is None


# --- PDF ---


def test_a_pdf_without_outline_is_read_by_page_and_its_passages_name_theirs() -> None:
    raw = pdf("The gate opens at six.", "The key is green.", Title="The yard", Keywords="gate; key", Access="hr")
    found = read_document("a.pdf", raw)
    assert read("a.pdf", raw) == [(P, "The gate opens at six.", "page=1"), (P, "The key is green.", "page=2")]
    assert found.metadata == {"title": "The yard", "keywords": ["gate", "key"], "access": ["hr"]}
    chunks = chunk_document(found, max_tokens=200, count=words)
    assert [(c.text, c.anchor, c.title, c.start, c.end) for c in chunks] == [
        ("The gate opens at six.", "page=1", "The yard", None, None),
        ("The key is green.", "page=2", "The yard", None, None),
    ]


def test_the_outline_of_a_pdf_gives_its_headings_where_their_lines_stand() -> None:
    raw = pdf(
        "Before it all.\n1 The gate\nIt opens at six.",
        "It goes on.\nKeys\nThey are green.",
        outline=[(0, "The gate", None), (1, "Keys", 0)],
    )
    assert read("a.pdf", raw) == [
        (P, "Before it all.", "page=1"),
        (H, "The gate", "page=1"),
        (P, "It opens at six.", "page=1"),
        (P, "It goes on.", "page=2"),
        (H, "Keys", "page=2"),
        (P, "They are green.", "page=2"),
    ]
    found = chunk_document(read_document("a.pdf", raw), max_tokens=200, count=words)
    assert [(c.headings, c.anchor) for c in found] == [
        ((), "page=1"), (("The gate",), "page=1"), (("The gate",), "page=2"), (("The gate", "Keys"), "page=2"),
    ]  # fmt: skip


def test_a_pdf_is_not_binary_and_a_pdf_called_text_is() -> None:
    raw = pdf("The gate opens at six.") + b"\0"
    found, facts = parse_and_measure("a.pdf", raw)
    assert found is not None
    assert (facts["is_binary"], facts["utf8_ok"], facts["unreadable"], facts["words"]) == (False, True, None, 5)
    assert parse_and_measure("a.txt", raw)[1]["is_binary"] or not parse_and_measure("a.txt", raw)[1]["utf8_ok"]


def test_credentials_are_found_in_the_text_of_a_pdf() -> None:
    key = "AKIA" + "IOSFODNN7EXAMPLQ"
    assert "AWS" in parse_and_measure("a.pdf", pdf("Use this key:", f"the key {key} opens"))[1]["secrets"]


def test_an_encrypted_pdf_is_refused_and_one_without_password_is_read() -> None:
    from pypdf import PdfReader, PdfWriter

    for password, refused in (("secret", True), ("", False)):
        writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf("The gate opens at six."))))
        writer.encrypt(password, "owner", algorithm="RC4-128")
        held = BytesIO()
        writer.write(held)
        found, facts = read_and_measure("a.pdf", held.getvalue())
        assert (found is None) is refused
        assert ("encrypted" in (facts.unreadable or "")) is refused


def test_a_pdf_without_text_says_that_it_may_be_images() -> None:
    assert "OCR" in why("a.pdf", pdf("", ""))


def test_broken_pdfs_are_refused_with_a_reason() -> None:
    raw = pdf("The gate opens at six.", "And closes at nine.")
    assert "not a PDF" in why("a.pdf", b"plain text that is no PDF")
    for cut in range(0, len(raw), 97):
        found, facts = read_and_measure("a.pdf", raw[:cut])
        assert (found is None) == bool(facts.unreadable)
    assert why("a.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 40)


def test_a_pdf_that_unpacks_without_end_is_refused() -> None:
    from pypdf import PdfWriter
    from pypdf.generic import DictionaryObject, NameObject, StreamObject

    writer = PdfWriter()
    stream = StreamObject()
    stream._data = zlib.compress(b" " * 100_000_000)
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    page = writer.add_blank_page(9, 9)
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): DictionaryObject()})
    page[NameObject("/Contents")] = writer._add_object(stream)
    held = BytesIO()
    writer.write(held)
    assert "20000000 bytes" in why("a.pdf", held.getvalue())


# --- DOCX ---


def test_docx_has_headings_lists_code_and_tables() -> None:
    raw = docx()
    assert read("a.docx", raw) == [
        (H, "Opening hours", None),
        (P, "The gate opens at six.", None),
        (P, "- one\n- two", None),
        (H, "Code", None),
        (V, "if open:\n    enter()", None),
        (V, "| who | fee |\n| child | 1 |", None),
    ]
    found = read_document("a.docx", raw)
    assert found.metadata == {"title": "The yard", "keywords": ["gate", "key"]}
    assert {b.start for b in found.blocks} == {None}


def test_a_bookmark_in_a_heading_is_its_anchor_and_insertions_are_text() -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    def change(made: Any) -> None:
        heading = made.add_heading("Rules", 1)
        heading._p.append(parse_xml(f'<w:bookmarkStart {nsdecls("w")} w:id="1" w:name="_Toc7"/>'))
        runs = '<w:ins w:id="2" w:author="a"><w:r><w:t>No dogs</w:t></w:r></w:ins>'
        runs += '<w:del w:id="3" w:author="a"><w:r><w:delText> or cats</w:delText></w:r></w:del>'
        made.add_paragraph()._p.getparent().insert(-1, parse_xml(f"<w:p {nsdecls('w')}>{runs}</w:p>"))

    assert read("a.docx", docx(change))[-2:] == [(H, "Rules", "_Toc7"), (P, "No dogs", None)]


def test_broken_docx_are_refused_with_a_reason() -> None:
    raw = docx()
    for cut in (0, 4, 100, len(raw) // 2, len(raw) - 30):
        assert "damaged DOCX" in why("a.docx", raw[:cut])
    assert "encrypted, or an old .doc" in why("a.docx", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 900)
    assert "damaged DOCX" in why("a.docx", b"just text")


def repacked(raw: bytes, name: str, content: bytes) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(BytesIO(raw)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return held.getvalue()


def test_a_docx_that_unpacks_without_end_is_refused_with_the_limit() -> None:
    assert "100000000" in why("a.docx", repacked(docx(), "word/media/a.png", bytes(100_000_001)))
    assert "30000000" in why("a.docx", repacked(docx(), "word/document.xml", b" " * 30_000_001))


def test_a_docx_of_endless_depth_or_with_entities_is_refused() -> None:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    deep = f"<w:document {space}><w:body>{'<w:sdt>' * 100_000}</w:body></w:document>"
    assert "damaged DOCX" in why("a.docx", repacked(docx(), "word/document.xml", deep.encode()))
    laughs = '<!DOCTYPE a [<!ENTITY a "ha ha ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    laughs += f"<w:document {space}><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>"
    found, facts = read_and_measure("a.docx", repacked(docx(), "word/document.xml", laughs.encode()))
    assert facts.unreadable
    assert found is None


# --- both ---


@pytest.mark.parametrize(("document", "module"), [("a.pdf", "pypdf"), ("a.docx", "docx")])
def test_a_missing_reader_is_named_with_what_installs_it(
    document: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == module:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return true(name, *args, **kwargs)

    raw = pdf("The gate.") if module == "pypdf" else docx()
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Unreadable, match=rf"pip install 'pointsman\[{document[2:]}\]'"):
        read_document(document, raw)


@pytest.mark.parametrize("document", ["a.html", "a.pdf", "a.docx"])
def test_the_same_bytes_are_always_read_the_same(document: str) -> None:
    raw = {"a.html": PAGE.encode(), "a.pdf": pdf("The gate.", "The key."), "a.docx": docx()}[document]
    one, two = read_document(document, raw), read_document(document, raw)
    assert (one, one.text_digest, one.metadata_digest) == (two, two.text_digest, two.metadata_digest)


def test_a_table_or_code_that_fits_is_never_cut() -> None:
    rows = "".join(f"<tr><td>name{n}</td><td>{n}</td></tr>" for n in range(6))
    before, after, code = "one two three. " * 9, "four five. " * 9, "a b\n" * 12
    text = f"<h1>T</h1><p>{before}</p><table>{rows}</table><p>{after}</p><pre>{code}</pre>"
    document = read_document("a.html", text.encode())
    chunks = chunk_document(document, max_tokens=32, count=words)
    for block in document.blocks:
        if block.kind is V:
            assert sum(block.text in chunk.text for chunk in chunks) == 1
