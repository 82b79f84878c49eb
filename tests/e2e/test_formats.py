"""A store with a document of every format, indexed by the real engines and found where it stands."""

from tests.adapters.parsers.office_files import docx, pdf
from tests.e2e.conftest import Place

HTML = """<html><head><title>Yard</title></head><body><section id="quokka"><h1>The quokka interlock</h1>
<p>The quokka interlock closes after 41 seconds.</p></section></body></html>
"""
RST = "Yard\n====\n\n.. _numbats:\n\nThe numbat valve\n----------------\n\nThe numbat valve has 3 positions.\n"
MARKDOWN = "# Yard\n\n## The bilby lamp {#bilbies}\n\nThe bilby lamp burns for 77 hours.\n"


def test_a_document_of_every_format_is_found_with_its_anchor_and_its_place(place: Place) -> None:
    sources = {
        "yard.html": HTML,
        "yard.rst": RST,
        "yard.md": MARKDOWN,
        "yard.txt": "The wombat relay opens at 9 volts.\n",
    }
    for name, text in sources.items():
        (place.documents / name).write_text(text)
    raw = pdf(
        "A first page of little news.", "The dingo\nThe dingo switch weighs 12 grams.", outline=[(1, "The dingo", None)]
    )
    (place.documents / "yard.pdf").write_bytes(raw)
    (place.documents / "yard.docx").write_bytes(
        docx(lambda made: made.add_paragraph("The potoroo bell rings 5 times."))
    )
    (place.documents / "broken.pdf").write_bytes(raw[: len(raw) // 3])
    report = place.json("refresh")
    assert report["gate"] == "promote"
    assert (report["changes"]["added"], report["changes"]["quarantined"]) == (6, 1)
    for question, document, anchor in (
        ("quokka interlock", "yard.html", "quokka"),
        ("numbat valve", "yard.rst", "numbats"),
        ("bilby lamp", "yard.md", "bilbies"),
        ("wombat relay", "yard.txt", None),
        ("dingo switch", "yard.pdf", "page=2"),
        ("potoroo bell", "yard.docx", None),
    ):
        hit = place.json("search", question, "--top-k", "1")["hits"][0]
        assert (hit["document"], hit["anchor"]) == (document, anchor)
        if document in sources:
            assert question in sources[document][hit["start"] : hit["end"]]
        else:
            assert (hit["start"], hit["end"]) == (None, None)
    assert "broken.pdf" in (place.root / ".pointsman/quarantine/documents.jsonl").read_text()
    assert place.json("doctor")["healthy"] is True
