"""Passages found: each once, whatever documents it stands in."""

from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.index.hits import Hit, documents_of, merge_copies

hits = st.lists(
    st.builds(
        lambda document, text, heading, score: Hit(document, f"{document}-{text}", score, text, (heading,)),
        st.sampled_from("abcd"), st.sampled_from(("one", "two", "three")), st.sampled_from("xy"), st.floats(0, 1),
    )
)  # fmt: skip


def hit(document: str, text: str = "the same", heading: str = "h") -> Hit:
    return Hit(document, f"chunk-{document}", 1.0, text, (heading,))


def test_copies_become_the_best_of_them_with_the_others_named() -> None:
    (only,) = merge_copies([hit("b"), hit("a"), hit("b"), hit("c")])
    assert (only.document, only.also_in, only.chunk) == ("b", ("a", "c"), "chunk-b")
    assert [h.document for h in merge_copies([hit("a"), hit("b", heading="other")])] == ["a", "b"], (
        "headings are part of it"
    )


def test_a_copy_is_known_as_the_document_that_is_asked_for() -> None:
    (found,) = merge_copies([hit("b"), hit("a"), hit("c")])
    assert (found.known_as({"c"}).document, found.known_as({"c"}).also_in) == ("c", ("b", "a"))
    assert found.known_as({"b", "c"}) == found
    assert found.known_as({"z"}) == found


@given(hits)
def test_nothing_is_lost_and_nothing_comes_twice(found: list[Hit]) -> None:
    distinct = merge_copies(found)
    assert len({(h.headings, h.text) for h in distinct}) == len(distinct)
    assert {(h.headings, h.text, h.document) for h in found} == {
        (h.headings, h.text, name) for h in distinct for name in h.documents
    }
    assert all(len(set(h.documents)) == len(h.documents) for h in distinct)
    assert set(documents_of(distinct)) == {h.document for h in found}
    firsts = [next(n for n, f in enumerate(found) if (f.headings, f.text) == (h.headings, h.text)) for h in distinct]
    assert firsts == sorted(firsts)
    assert [found[n].document for n in firsts] == [h.document for h in distinct], "the best copy speaks for all"
