"""Documents with the same text: a reader gets each passage once, with the names of all its documents."""

import json
from collections.abc import Callable

from pointsman.core.index.filters import Filter
from pointsman.core.supervision.examples import Example
from pointsman.steps.ledger.releases import live_release
from pointsman.steps.serving.answer import ask, search
from pointsman.steps.serving.prompts import build_prompts
from tests.fakes.resources import FakeResources, begun, page, run

Opened = Callable[..., FakeResources]
QUESTION = "when the bridge1 breaks, somebody must call number 1 in the village"


def copied(opened: Opened, copies: int) -> FakeResources:
    resources = begun(opened(6))
    for nth in range(copies):
        resources.store.write(f"copies/{nth:02d}.md", page(1))
    assert run(resources).exit_code == 0
    return resources


def test_fifteen_copies_of_a_page_do_not_crowd_the_others_out(opened: Opened) -> None:
    resources = begun(opened(6))
    before = search(resources.serving, QUESTION, top_k=5)["hits"]
    resources = copied(opened, 15)
    after = search(resources.serving, QUESTION, top_k=5)["hits"]
    assert [(h["headings"], h["text"]) for h in after] == [(h["headings"], h["text"]) for h in before]
    assert after[0]["also_in"]
    assert {after[0]["document"], *after[0]["also_in"]} == {"doc01.md", *(f"copies/{n:02d}.md" for n in range(15))}
    texts = [hit["text"] for hit in ask(resources.serving, QUESTION)["context"]]
    assert len(texts) == len(set(texts)) > 1


def test_a_copy_that_a_reader_may_not_see_is_not_named(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("secret/plans.md", f"---\naccess: [board]\n---\n{page(1)}")
    run(resources)
    found, board = (
        search(resources.serving, QUESTION, top_k=3, allow=Filter(groups))
        for groups in (frozenset(), frozenset({"board"}))
    )
    assert "secret/plans.md" not in json.dumps(found)
    assert "secret/plans.md" in json.dumps(board["hits"][0])


def test_a_probe_whose_document_is_a_copy_is_answered_by_the_other(opened: Opened) -> None:
    resources = copied(opened, 2)
    resources.probes.write([{"question": QUESTION, "documents": [f"copies/{n:02d}.md"]} for n in range(2)])
    resources.store.write("doc05.md", page(50))
    found = {s.name: s.value for s in run(resources).signals}
    assert found["probes.golden.staged"] == 1.0


def test_an_example_that_cites_a_copy_is_shown_that_copy(opened: Opened) -> None:
    resources = copied(opened, 3)
    live = live_release(resources.ledger)
    assert live is not None
    said = ({"role": "user", "content": QUESTION}, {"role": "assistant", "content": "It is 1."})
    example = Example("e", said, ("copies/02.md",))
    embedder = resources.models.embedder(live.embedder)
    (built,) = build_prompts(resources.index, embedder, live.index, [example], resources.params.generator)
    assert "copies/02.md" in built.item.context
    assert not {"doc01.md", "copies/00.md", "copies/01.md"} & set(built.item.context)
