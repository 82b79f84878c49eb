"""Documents that say the same: a reader gets their passages once, and hears where else they stand."""

import json
from collections.abc import Callable

from pointsman.core.index.filters import Filter
from pointsman.core.supervision.examples import Example
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.serving.answer import ask, search
from pointsman.steps.serving.prompts import pose
from tests.fakes.desk import FakeDesk, begun, page, run

Opened = Callable[..., FakeDesk]
QUESTION = "when the bridge1 breaks, somebody must call number 1 in the village"


def copied(opened: Opened, copies: int) -> FakeDesk:
    desk = begun(opened(6))
    for nth in range(copies):
        desk.store.write(f"copies/{nth:02d}.md", page(1))
    assert run(desk).exit_code == 0
    return desk


def test_fifteen_copies_of_a_page_do_not_crowd_the_others_out(opened: Opened) -> None:
    desk = begun(opened(6))
    before = search(desk.serving, QUESTION, top_k=5)["hits"]
    desk = copied(opened, 15)
    after = search(desk.serving, QUESTION, top_k=5)["hits"]
    assert [(h["headings"], h["text"]) for h in after] == [(h["headings"], h["text"]) for h in before]
    assert after[0]["also_in"]
    assert {after[0]["document"], *after[0]["also_in"]} == {"doc01.md", *(f"copies/{n:02d}.md" for n in range(15))}
    texts = [hit["text"] for hit in ask(desk.serving, QUESTION)["context"]]
    assert len(texts) == len(set(texts)) > 1


def test_a_copy_that_a_reader_may_not_see_is_not_named(opened: Opened) -> None:
    desk = begun(opened(6))
    desk.store.write("secret/plans.md", f"---\naccess: [board]\n---\n{page(1)}")
    run(desk)
    found, board = (
        search(desk.serving, QUESTION, top_k=3, allow=Filter(groups)) for groups in (frozenset(), frozenset({"board"}))
    )
    assert "secret/plans.md" not in json.dumps(found)
    assert "secret/plans.md" in json.dumps(board["hits"][0])


def test_a_probe_whose_document_is_a_copy_is_answered_by_the_other(opened: Opened) -> None:
    desk = copied(opened, 2)
    desk.probes.write([{"question": QUESTION, "documents": [f"copies/{n:02d}.md"]} for n in range(2)])
    desk.store.write("doc05.md", page(50))
    found = {s.name: s.value for s in run(desk).signals}
    assert found["probes.golden.staged"] == 1.0


def test_an_example_that_cites_a_copy_is_shown_that_copy(opened: Opened) -> None:
    desk = copied(opened, 3)
    live = live_release(desk.ledger)
    assert live is not None
    said = ({"role": "user", "content": QUESTION}, {"role": "assistant", "content": "It is 1."})
    example = Example("e", said, ("copies/02.md",))
    embedder = desk.models.embedder(live.embedder)
    (posed,) = pose(desk.index, embedder, live.index, [example], desk.params.generator)
    assert "copies/02.md" in posed.item.context
    assert not {"doc01.md", "copies/00.md", "copies/01.md"} & set(posed.item.context)
