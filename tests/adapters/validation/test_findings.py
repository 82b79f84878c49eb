"""What is checked is what is served: the passages as readers get them, the source, and the metadata."""

import pytest

from pointsman.adapters.parsers.document import parse_and_measure
from pointsman.adapters.validation.findings import screen
from tests.adapters.parsers.office_files import docx
from tests.adapters.validation.credentials import drawn

KEY = drawn("AKIA[U16]", 3)
IBAN = "DE89 3704 0044 0532 0130 00"


def found(name: str, source: str) -> str:
    """Return what is found in a document: kinds and places."""
    _, facts = parse_and_measure(name, source.encode())
    assert KEY not in str(facts)
    return ", ".join(each.split(", fingerprint")[0] for key in ("secrets", "personal") if (each := facts[key]))


@pytest.mark.parametrize(
    ("name", "source", "where"),
    [
        ("a.md", f"# T\n\nThe key is {KEY} now.\n", "line 3"),
        ("a.html", "<p>The key is " + "".join(f"&#{ord(c)};" for c in KEY) + " now.</p>", "line 1"),
        ("a.html", f"<h1>T</h1>\n<p>The key is {KEY[:6]}<b>{KEY[6:]}</b> now.</p>", "line 2"),
        ("a.html", f"<p>The key is {KEY[:6]}<wbr>{KEY[6:]} now.</p>", "line 1"),
        ("a.html", f"<p>Words that are seen.</p>\n<!-- {KEY} -->", "line 2"),
        ("a.html", f"<p>Words that are seen.</p>\n<img alt='{KEY}' src='a.png'>", "line 2"),
        (
            "a.html",
            f"<html><head><meta name='author' content='{KEY}'></head><body><p>Words.</p></body></html>",
            "line 1",
        ),
        ("a.md", f"---\ntitle: {KEY}\n---\n\n# T\n\nWords that are seen.\n", "line 2"),
        ("a.md", f"# T\n\nThe key is {KEY[:6]}**{KEY[6:]}** now.\n", "line 3"),
        ("a.md", f"# T\n\nThe key is <i>{KEY[:6]}</i>{KEY[6:]} now.\n", "line 3"),
        ("a.md", f"# T\n\n```\nkey = {KEY}\n```\n", "line 4"),
        ("a.md", f"# T\n\nSee [the page](https://corp.net/?key={KEY}) now.\n", "line 3"),
        ("a.md", f"# T\r\n\r\nThe\r\nkey is {KEY[:6]}\u200b{KEY[6:]} now.\r\n", "line 4"),
        ("a.rst", f"T\n=\n\n.. comment {KEY}\n\nWords that are seen.\n", "line 4"),
        ("a.txt", f"One.\n\nThe key is {KEY} now.\n", "line 3"),
    ],
)
def test_a_key_is_found_wherever_it_stands(name: str, source: str, where: str) -> None:
    assert found(name, source) == f"AWS Access Key ({where}"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.md", f"# T\n\nJane's account is {IBAN[:14]}\n{IBAN[15:]} at the bank.\n"),
        ("a.html", f"<p>Jane's account is {IBAN.replace(' ', '&nbsp;')}.</p>"),
        ("a.html", f"<p>Jane's account is <b>DE89</b>{IBAN[4:]}.</p>"),
        ("a.html", f"<table><tr><td>{IBAN.replace(' ', '</td><td>')}</td></tr></table>"),
        ("a.md", f"# T\n\nJane's is <span>DE89</span> <span>3704</span>{IBAN[9:]}.\n"),
        ("a.md", f"# T\n\n| a | b | c | d | e | f |\n|---|---|---|---|---|---|\n| {IBAN.replace(' ', ' | ')} |\n"),
        ("a.rst", f"T\n=\n\nJane's account is **DE89**{IBAN[4:]} now.\n"),
    ],
)
def test_an_account_number_is_found_in_the_text_as_it_is_served(name: str, source: str) -> None:
    assert found(name, source).startswith("IBAN (line ")


def test_a_document_without_a_source_names_the_passage_or_the_metadata() -> None:
    pytest.importorskip("docx")
    raw = docx(lambda file: (file.add_heading("Keys", 1), file.add_paragraph(f"The key is {KEY} now.")))
    blocks, facts = parse_and_measure("a.docx", raw)
    assert blocks is not None
    assert facts["secrets"].startswith(f"AWS Access Key (passage {len(blocks.blocks)}, fingerprint ")


def test_every_value_is_named_once_by_its_first_place() -> None:
    assert found("a.md", f"# T\n\nThe key {KEY}.\n\nAgain {KEY}.\n") == "AWS Access Key (line 3"
    other = drawn("AKIA[U16]", 4)
    both = parse_and_measure("a.md", f"# T\n\nThe key {KEY}.\n\nAnd {other}.\n".encode())[1]
    assert both["secrets"].count("AWS Access Key") == 2
    assert both["sensitive"] == 2


def test_a_page_of_many_keys_names_ten_and_counts_the_others() -> None:
    page = "\n\n".join(f"Key {drawn('AKIA[U16]', n)}." for n in range(30))
    said = parse_and_measure("a.md", page.encode())[1]["secrets"]
    assert said.count("fingerprint") == 10
    assert said.endswith(", and 20 more")


def test_the_texts_of_an_example_are_searched_by_name() -> None:
    assert screen({"message 1": "How?", "message 2": f"Use {KEY}."})["secrets"] == "AWS Access Key (message 2)"
    assert screen({"question": f"Whose is {IBAN}?"}) == {"secrets": None, "personal": "IBAN (question)"}
    assert screen({"question": "How?"}) == {"secrets": None, "personal": None}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.rst", f"T\n=\n\nThe key is {KEY[:6]}\\ **{KEY[6:]}** now.\n"),
        ("a.md", "# T\n\nPay to GB94\\ BARC\\ 1020\\ 1530\\ 0934\\ 59.\n"),
    ],
)
def test_an_escaped_blank_parts_no_value(name: str, source: str) -> None:
    assert found(name, f"{source}\nThe customer lives here.\n")
