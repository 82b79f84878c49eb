"""Positions of passages in the loop: what a move costs, and which bytes they point to."""

from collections.abc import Callable

from pointsman.core.corpus.chunk import Chunk
from pointsman.core.hashing import digest
from pointsman.core.policy.decision import Track
from pointsman.steps.ledger.releases import live_release, manifest_of
from pointsman.steps.serving.answer import search
from tests.fakes.calls import examined
from tests.fakes.resources import FakeResources, begun, live_id, page, run, served

Opened = Callable[..., FakeResources]


def passages(resources: FakeResources, document: str) -> list[Chunk]:
    live = live_release(resources.ledger)
    assert live is not None
    return resources.index.chunks(live.index.collection, revision=live.index.revision, documents=[document])


def stands(resources: FakeResources, document: str, *versions: str) -> None:
    """Require that every passage is at its position in the version that the live release names."""
    live = live_release(resources.ledger)
    assert live is not None
    named = manifest_of(resources.ledger, live).entries[document].byte_digest
    (source,) = (text for text in versions if digest(text.encode()) == named)
    for passage in passages(resources, document):
        assert source[passage.start : passage.end] == passage.text


def cosmetic(text: str) -> str:
    return text.replace("\n\n", "\n\n\n")


def test_an_edit_at_the_top_moves_what_follows_without_embedding_it(opened: Opened) -> None:
    resources = begun(opened(6))
    longer = page(1).replace("Every morning", "On each and every single morning")
    resources.store.write("doc01.md", longer)
    outcome = run(resources)
    assert (outcome.work.chunks_embedded, outcome.work.points_added, outcome.work.chunks_reused) == (1, 2, 1)
    stands(resources, "doc01.md", page(1), longer)


def test_white_space_moves_nothing_until_something_else_makes_a_release(opened: Opened) -> None:
    resources = begun(opened(6))
    before, first = served(resources), live_id(resources)
    resources.store.write("doc01.md", cosmetic(page(1)))
    outcome = run(resources)
    assert (outcome.decision.index, live_id(resources), served(resources)) == (Track.KEEP, first, before)
    stands(resources, "doc01.md", page(1), cosmetic(page(1)))
    resources.store.write("doc02.md", page(12))
    outcome = run(resources)
    assert outcome.state.changes["cosmetic"] == 1
    assert outcome.work.chunks_embedded == 2, "those of the other document"
    stands(resources, "doc01.md", cosmetic(page(1)))
    stands(resources, "doc02.md", page(12))


def test_the_doctor_takes_a_document_that_white_space_moved_for_what_it_is(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", cosmetic(page(1)))
    run(resources)
    found = examined(resources)
    assert (found.missing, found.foreign, found.source_ahead, found.healthy) == (0, 0, 0, True)


def test_a_passage_that_the_doctor_restores_from_moved_bytes_has_no_position_in_the_old_ones(opened: Opened) -> None:
    resources = begun(opened(6))
    resources.store.write("doc01.md", cosmetic(page(1)))
    run(resources)
    name = resources.index.collections()[0]
    resources.index.delete(name, [p.id for p in resources.index.points(name, documents=["doc01.md"])])
    assert examined(resources, repair=True).healthy
    assert {(p.start, p.end) for p in passages(resources, "doc01.md")} == {(None, None)}
    resources.store.write("doc02.md", page(12))
    run(resources)
    stands(resources, "doc01.md", cosmetic(page(1)))


def test_a_search_tells_where_a_passage_stands(opened: Opened) -> None:
    resources = begun(opened(6))
    hit = search(resources.serving, "keeper of the boiler1", top_k=1)["hits"][0]
    assert (hit["title"], hit["anchor"]) == ("The boiler1", "the-boiler1")
    assert page(1)[hit["start"] : hit["end"]] == hit["text"]


def test_a_reader_that_was_installed_since_reads_what_was_refused(opened: Opened) -> None:
    resources = begun(opened(3))
    reads = len(resources.store.reads)
    run(resources)
    assert len(resources.store.reads) == reads, "nothing is opened twice"
    object.__setattr__(resources, "readers", "pypdf")
    run(resources)
    assert len(resources.store.reads) == reads + 3
