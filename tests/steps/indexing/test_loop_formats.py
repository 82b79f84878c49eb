"""A store with every format, through the loop and a real qdrant-edge index; only the models are fakes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pointsman.adapters.qdrant.edge_index import EdgeIndex
from pointsman.steps.serving.answer import search
from tests.adapters.parsers.office_files import docx, pdf
from tests.fakes.calls import examined
from tests.fakes.resources import FakeResources, run

Opened = Callable[..., FakeResources]

HTML = '<section id="quokka"><h1>The quokka</h1>\n<p>The quokka interlock closes after 41 seconds.</p></section>'
RST = "Yard\n====\n\n.. _numbats:\n\nThe numbat valve\n----------------\n\nThe numbat valve has 3 positions.\n"
MARKDOWN = "# Yard\n\n## The bilby lamp {#bilbies}\n\nThe bilby lamp burns for 77 hours.\n"
TEXT = "The wombat relay opens at 9 volts.\n"


def test_every_format_is_found_with_its_anchor_and_its_place_and_a_broken_one_is_quarantined(
    opened: Opened, tmp_path: Path
) -> None:
    resources = replace(opened(6), index=EdgeIndex(tmp_path / "qdrant"))
    raw = pdf("A first page.", "Dingo\nThe dingo switch weighs 12 grams.", outline=[(1, "Dingo", None)])
    sources = {"yard.html": HTML, "yard.rst": RST, "yard.md": MARKDOWN, "yard.txt": TEXT}
    for name, content in sources.items():
        resources.store.write(name, content)
    resources.store.write("yard.pdf", raw)
    resources.store.write("yard.docx", docx(lambda made: made.add_paragraph("The potoroo bell rings 5 times.")))
    resources.store.write("broken.pdf", raw[: len(raw) // 3])
    run(resources)
    for question, document, anchor in (
        ("quokka interlock closes", "yard.html", "quokka"),
        ("numbat valve positions", "yard.rst", "numbats"),
        ("bilby lamp burns", "yard.md", "bilbies"),
        ("wombat relay opens", "yard.txt", None),
        ("dingo switch weighs", "yard.pdf", "page=2"),
        ("potoroo bell rings", "yard.docx", None),
    ):
        hit = search(resources.serving, question, top_k=1)["hits"][0]
        assert (hit["document"], hit["anchor"]) == (document, anchor)
        if document in sources:
            assert hit["text"] in sources[document][hit["start"] : hit["end"]]
        else:
            assert (hit["start"], hit["end"]) == (None, None)
    assert [(row.item, row.check) for row in resources.quarantine.rows("documents")] == [("broken.pdf", "format")]
    assert examined(resources).healthy
    resources.index.close()
