"""Access statements of HTML, PDF, DOCX and reStructuredText: read exactly, or the document is refused."""

import random
import zipfile
from io import BytesIO
from typing import Any

import pytest

from pointsman.adapters.parsers.dispatch import read_and_measure
from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.core.corpus.access import OPEN, readers_of
from tests.adapters.parsers.office_files import docx, pdf

CUSTOM = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
    '<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" name="{name}">'
    "<vt:lpwstr>{value}</vt:lpwstr></property></Properties>"
)


def read(document: str, raw: bytes) -> list[str] | None:
    """Return who reads a document; None where it is refused."""
    found, facts = read_and_measure(document, raw)
    assert found is not None
    return readers_of(found.metadata) if facts.access is None else None


def page(head: str, body: str = "") -> bytes:
    return f"<html><head><title>Pay</title>{head}</head><body>{body}<p>The pay of the yard.</p></body></html>".encode()


@pytest.mark.parametrize(
    "head",
    [
        "<meta name='access' content='staff'>", "<META NAME='ACCESS' CONTENT='staff'>",
        "<meta content=staff name=access>",
        "<meta name='&#97;ccess' content='staff'>", "<meta name=access content='[staff]'>",
    ],
)  # fmt: skip
def test_a_meta_tag_is_read_in_any_case_order_and_quotes(head: str) -> None:
    assert read("a.html", page(head)) == ["staff"]
    assert read("a.html", page("", head)) == ["staff"], "in the body too"


@pytest.mark.parametrize(
    "head",
    [
        "<meta name='access'>", "<meta name='access' content=''>", "<meta name='access' content=','>",
        "<meta name='access' value='staff'>", "<meta property='access' content='staff'>",
        "<meta itemprop='access' content='staff'>", "<meta http-equiv='access' content='staff'>",
        "<meta name='acess' content='staff'>", "<meta name='access ' content='staff'>",
        "<meta name='og:access' content='staff'>", "<meta name='DC.access' content='staff'>",
        "<meta name='\u0430ccess' content='staff'>", "<meta data-access='staff'>", "<meta access='staff'>",
        "<meta name='access' content='staff'><meta name='access' content='board'>",
        "<meta name='access' content='staff'><meta property='access' content='board'>",
        "<!-- <meta name='access' content='staff'> -->", "<!-- access: staff -->",
        "<noscript><meta property='access' content='staff'></noscript>",
        "<meta name='keywords' content='gate, access: staff'>",
        "<meta content= name=access>", "<!-- <meta id=access content=staff> -->", "<access>staff</access>",
        "<meta name='robots' access='staff'>",
        '<script type=application/ld+json>{"@type": "x", "access": "staff"}</script>',
    ],
)  # fmt: skip
def test_a_meta_tag_that_may_be_a_statement_refuses_the_page(head: str) -> None:
    assert read("a.html", page(head)) is None


@pytest.mark.parametrize(
    "text",
    [
        "<html data-access=staff><body><p>The pay.</p>", "<body access='staff'><p>The pay.</p>",
        "<p>access: staff</p><p>The pay of the yard.</p>", "<!-- access: staff --><p>The pay of the yard.</p>",
        "---\naccess: [staff\n---\n<p>The pay of the yard.</p>", "<p>The pay.</p><!-- <meta name=access content=a>",
    ],
)  # fmt: skip
def test_other_places_of_a_page_refuse_it_too(text: str) -> None:
    assert read("a.html", text.encode()) is None


@pytest.mark.parametrize(
    "head",
    [
        "", "<meta name='description' content='How to get access: a guide'>", "<meta name='robots' content='all'>",
        "<meta property='og:title' content='Access'>", "<meta charset='utf-8'>", "<!-- built by the yard: v2 -->",
        "<meta name='accessMode' content='textual'>", "<link rel='x' href='/access'>",
    ],
)  # fmt: skip
def test_other_metadata_of_a_page_refuses_nothing(head: str) -> None:
    assert read("a.html", page(head)) == [OPEN]
    assert read("a.html", page(head, "<p>Ask the team.</p><p>access: by the gate</p>")) == [OPEN]


@pytest.mark.parametrize(
    ("info", "readers"),
    [
        ({}, [OPEN]), ({"Access": "staff, board"}, ["board", "staff"]), ({"access": "staff"}, ["staff"]),
        ({"ACCESS": "staff"}, ["staff"]), ({"Access": "[]"}, []), ({"Access": ""}, None), ({"Access": ","}, None),
        ({"Acess": "staff"}, None), ({"access ": "staff"}, None), ({"AccessGroups": "staff"}, None),
        ({"Keywords": "access: staff"}, None), ({"Subject": "access: staff"}, None),
        ({"Access": "staff", "access": "board"}, None), ({"Title": "How to get access"}, [OPEN]),
    ],
)  # fmt: skip
def test_the_information_of_a_pdf(info: dict[str, Any], readers: list[str] | None) -> None:
    assert read("a.pdf", pdf("The pay of the yard\nis low.", **info)) == readers


@pytest.mark.parametrize(
    ("element", "refused"),
    [("<x:Access>staff</x:Access>", True), ("<rdf:li>access: staff</rdf:li>", True), ("<x:Mode>full</x:Mode>", False)],
)
def test_the_packet_of_a_pdf(element: str, refused: bool) -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf("The pay of the yard."))))
    writer.xmp_metadata = f'<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:rdf="rdf">{element}</x:xmpmeta>'.encode()
    held = BytesIO()
    writer.write(held)
    assert read("a.pdf", held.getvalue()) == (None if refused else [OPEN])


def test_the_first_lines_of_a_pdf_and_a_docx_are_a_head() -> None:
    assert read("a.pdf", pdf("access: staff\n\nThe pay of the yard.")) is None
    assert (
        read("a.docx", docx(lambda made: made.element.body.insert(0, made.add_paragraph("access: staff")._p))) is None
    )


def with_custom(name: str, value: str) -> bytes:
    """Return a DOCX with a property that a person added."""
    source, held = zipfile.ZipFile(BytesIO(docx())), BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for each in source.infolist():
            made.writestr(each, source.read(each))
        made.writestr("docProps/custom.xml", CUSTOM.format(name=name, value=value))
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "value", "readers"),
    [
        ("access", "staff, board", ["board", "staff"]), ("Access", "staff", ["staff"]), ("access", "[]", []),
        ("access", "", None), ("acess", "staff", None), ("Access Groups", "staff", None), ("Department",
        "yard", [OPEN]),
        ("Note", "access: staff", None),
    ],
)  # fmt: skip
def test_the_custom_properties_of_a_docx(name: str, value: str, readers: list[str] | None) -> None:
    assert read("a.docx", with_custom(name, value)) == readers


@pytest.mark.parametrize(
    ("name", "value", "readers"),
    [
        ("keywords", "gate, access: staff", None), ("category", "access=staff", None), ("comments",
        "Access: staff", None),
        ("subject", "access: staff", None), ("subject", "How to get access", [OPEN]), ("category", "yard", [OPEN]),
    ],
)  # fmt: skip
def test_the_core_properties_of_a_docx(name: str, value: str, readers: list[str] | None) -> None:
    def change(made: Any) -> None:
        setattr(made.core_properties, name, value)

    assert read("a.docx", docx(change)) == readers


def test_the_meta_directive_is_no_metadata() -> None:
    text = "Some words of the yard.\n\n.. meta::\n   :description: x\n   :{}: staff\n\nMore words.\n"
    assert read("a.rst", text.format("access").encode()) is None
    assert read("a.rst", text.format("property=access").encode()) is None
    assert read("a.rst", text.format("keywords").encode()) == [OPEN]


NAMES = (
    "access",
    "ACCESS",
    "acces",
    "sccess",
    "accesses",
    "access_groups",
    "&#97;ccess",
    "ac\u200bcess",
    "access ",
    "og:access",
)
NAMING = ("name", "property", "http-equiv", "itemprop", "NAME", "data-name", "id", "key")
CONTENTS = ('content="{v}"', "content={v}", 'value="{v}"', "", "content", "content=", 'content="{v}" content="board"')
PLACES = (
    "<html><head>{m}</head><body><p>T x y.</p></body></html>", "<body>\n<p>T x y.</p>{m}</body>", "<p>T x y{m}",
    "<noscript>{m}</noscript><p>T x y</p>", "<!-- {m} --><p>T x y</p>", "<p>T x y</p><!--\n{m}\n-->",
    "<template>{m}</template><p>T x y</p>", "<head><title>x{m}</title></head><p>T x y</p>", "<p>T x y</p>{m}<",
    "<!DOCTYPE html>{m}<p>T x y</p>", "<svg><metadata>{m}</metadata></svg><p>T x y</p>", "<!-- a --!>{m}<p>T x y</p>",
)  # fmt: skip


def test_no_page_with_a_meta_tag_of_the_statement_is_open() -> None:
    draw = random.Random(3)
    wrong = []
    for _ in range(3_000):
        name = draw.choice(("'{}'", '"{}"', "{}")).format(draw.choice(NAMES))
        value = draw.choice(CONTENTS).format(v=draw.choice(("staff", "staff,board", "[]", "", " ")))
        parts = draw.sample([f"{draw.choice(NAMING)}={name}", value], 2)
        text = draw.choice(PLACES).format(m=f"<meta {' '.join(parts)}{draw.choice(('>', '/>', ' >'))}")
        found, facts = read_and_measure("a.html", text.encode())
        if found is not None and facts.access is None and readers_of(found.metadata) == [OPEN]:
            wrong.append(text)
    assert not wrong, (len(wrong), wrong[:5])


def test_a_description_whose_other_attribute_may_be_a_statement_is_refused() -> None:
    head, body = '<html><head><meta name="description" ', "></head><body><p>Words here.</p></body></html>"
    odd, plain = 'property="access" content="staff"', 'content="How to get access"'
    assert parse_and_measure("a.html", f"{head}{odd}{body}".encode())[1]["access"]
    assert parse_and_measure("a.html", f"{head}{plain}{body}".encode())[1]["access"] is None


META = "<meta name='access' content='staff'>"


@pytest.mark.parametrize(
    "head",
    [
        f"<template>{META}</template>", f"<noscript>{META}</noscript>", f"<title>{META}</title>",
        f"<style>{META}</style>",
        f'<script>document.write("{META}")</script>', f"<script type='text/template'>{META}</script>",
        f"<!--[if IE]>{META}<![endif]-->", "<template><meta name='access' content='all'></template>" + META,
        "<meta name='audience' content='internal'>", "<meta name='roles' content='staff'>",
        "<meta property='visibility' content='private'>",
    ],
)  # fmt: skip
def test_a_tag_that_no_browser_reads_or_with_another_name_refuses_the_page(head: str) -> None:
    page = f"<html><head>{head}</head><body><h1>Pay</h1><p>The salary of Jane is 90,000 euro a year.</p></body></html>"
    assert parse_and_measure("a.html", page.encode())[1]["access"]


@pytest.mark.parametrize(
    "head",
    [
        "<meta name='audience' content='all'>", "<meta name='robots' content='none'>", "<script>a <access</script>",
        "<script>var meta = 'access';</script>", "<template><meta name='viewport' content='x'></template>",
    ],
)  # fmt: skip
def test_other_tags_refuse_no_page(head: str) -> None:
    page = f"<html><head>{head}</head><body><h1>Pay</h1><p>The salary of Jane is 90,000 euro a year.</p></body></html>"
    assert parse_and_measure("a.html", page.encode())[1]["access"] is None
