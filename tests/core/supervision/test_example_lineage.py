"""Lineage: for which texts an example is true, and what makes it stale."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.corpus.documents import NORMALISER_VERSION
from pointsman.core.corpus.manifest import CARRIED, ManifestEntry
from pointsman.core.hashing import digest
from pointsman.core.supervision.examples import Example
from pointsman.core.supervision.lineage import ACCEPTED, ASSUMED, CONFIRMED, Corpus, Lineage, LineageNote

OLD, NEW, THIRD = (digest(text) for text in ("old", "new", "third"))


def example(*cites: Any, id_: str = "e1") -> Example:
    said = [{"role": "user", "content": "When?"}, {"role": "assistant", "content": "At 22:00."}]
    return Example.from_json({"id": id_, "messages": said, "cites": list(cites)})


def corpus(**said: str) -> Corpus:
    return Corpus({f"{name}.md": ManifestEntry(digest(f"bytes {text}"), text, "m", 9) for name, text in said.items()})


def noted(of: Example, why: str = ACCEPTED, nth: int = 0, **said: str) -> LineageNote:
    return LineageNote({of.digest: {f"{name}.md": text for name, text in said.items()}}, why, nth)


def test_an_example_is_stale_once_its_document_says_something_else_and_no_longer_when_it_says_it_again() -> None:
    one = example("a.md")
    lineage = Lineage.of([noted(one, a=OLD)])
    assert corpus(a=OLD).stale(one, lineage) == ()
    [found] = corpus(a=NEW).stale(one, lineage)
    assert (found.document, found.true_for, found.now) == ("a.md", OLD, NEW)
    assert OLD in found.describe()
    assert NEW in found.describe()
    assert "pointsman confirm e1" in found.describe()


def test_a_cosmetic_change_makes_nothing_stale() -> None:
    one = example("a.md")
    rewrapped = Corpus({"a.md": ManifestEntry("other bytes", OLD, "m", 11)})
    assert rewrapped.stale(one, Lineage.of([noted(one, a=OLD)])) == ()


def test_a_document_carried_into_another_collection_says_what_it_said() -> None:
    one = example("a.md")
    assert corpus(a=f"{CARRIED}{OLD}").stale(one, Lineage.of([noted(one, a=OLD)])) == ()


def test_an_example_without_a_note_is_true_now_and_must_be_recorded() -> None:
    one = example("a.md", "b.md")
    assert corpus(a=NEW, b=OLD).stale(one, Lineage()) == ()
    assert corpus(a=NEW, b=OLD).unknown(one, Lineage()) == {"a.md": NEW, "b.md": OLD}
    assert corpus(a=NEW, b=OLD).unknown(one, Lineage.of([noted(one, a=OLD)])) == {"b.md": OLD}


def test_a_document_that_is_gone_makes_its_example_stale_and_the_one_that_has_its_text_is_named() -> None:
    one = example("a.md")
    lineage = Lineage.of([noted(one, a=OLD)])
    [gone] = corpus(b=NEW).stale(one, lineage)
    assert (gone.now, gone.moved_to) == (None, None)
    [moved] = corpus(b=OLD).stale(one, lineage)
    assert moved.moved_to == "b.md"
    assert "b.md has its text" in moved.describe()
    assert corpus(b=NEW).stale(example("never.md"), lineage) == ()


def test_a_document_cited_twice_is_named_once() -> None:
    one = example("a.md", "a.md")
    assert len(corpus(a=NEW).stale(one, Lineage.of([noted(one, a=OLD)]))) == 1


def test_a_confirmation_counts_in_the_place_of_what_was_noted() -> None:
    one = example("a.md", "b.md")
    lineage = Lineage.of([noted(one, a=OLD, b=OLD), noted(one, CONFIRMED, 1, a=NEW)])
    assert corpus(a=NEW, b=OLD).stale(one, lineage) == ()
    assert [each.true_for for each in corpus(a=OLD, b=OLD).stale(one, lineage)] == [NEW]


@pytest.mark.parametrize("given_digest", [OLD, OLD.upper(), digest("bytes " + OLD), digest("bytes " + OLD) + "0" * 32])
def test_the_file_may_say_what_an_example_is_true_for_by_text_or_by_bytes(given_digest: str) -> None:
    one = example({"document": "a.md", "digest": given_digest})
    assert corpus(a=OLD).stale(one, Lineage()) == ()
    assert corpus(a=NEW).stale(one, Lineage())
    assert corpus(a=OLD).unknown(one, Lineage()) == {}


def test_a_new_digest_in_the_file_goes_before_what_was_noted_and_beside_what_was_confirmed() -> None:
    one = example({"document": "a.md", "digest": THIRD})
    lineage = Lineage.of([noted(one, a=OLD)])
    assert corpus(a=THIRD).stale(one, lineage) == ()
    assert corpus(a=OLD).stale(one, lineage)
    confirmed = Lineage.of([noted(one, a=OLD), noted(one, CONFIRMED, 1, a=NEW)])
    assert corpus(a=NEW).stale(one, confirmed) == corpus(a=THIRD).stale(one, confirmed) == ()


def test_a_digest_in_the_file_is_no_part_of_what_the_example_teaches() -> None:
    plain, told = example("a.md"), example({"document": "a.md", "digest": OLD})
    assert plain.digest == told.digest
    assert plain.cites == told.cites == ("a.md",)
    assert Example.from_json(told.as_json()) == told
    named = [
        Example.from_json({"messages": plain.as_json()["messages"], "cites": [cite]})
        for cite in (
            "a.md",
            {"document": "a.md", "digest": OLD},
            {"document": "a.md"},
            {"document": "a.md", "digest": None},
        )
    ]
    assert len({each.id for each in named}) == 1


@pytest.mark.parametrize(
    ("cite", "why"),
    [
        ({"document": "a.md", "digest": "not hex at all, nor of that length"}, r"cites\[0\].digest is a text, not 32"),
        ({"document": "a.md", "digest": OLD[:31]}, r"cites\[0\].digest"),
        ({"document": "a.md", "digest": f"{OLD}0"}, r"cites\[0\].digest"),
        ({"document": "a.md", "digest": 7}, r"cites\[0\].digest is 7"),
        ({"document": 7}, r"cites\[0\] is"),
        ({"digest": OLD}, r"cites\[0\] is"),
        (7, r"cites\[0\] is 7"),
        (None, r"cites\[0\] is None"),
    ],
)
def test_a_cite_of_another_form_says_where(cite: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        example(cite)


def test_notes_of_another_normaliser_say_nothing() -> None:
    one = example("a.md")
    old = LineageNote({one.digest: {"a.md": OLD}}, ACCEPTED, 0, normaliser=NORMALISER_VERSION - 1)
    assert corpus(a=NEW).stale(one, Lineage.of([old])) == ()


def test_an_assumed_lineage_is_counted_until_a_person_confirms_it() -> None:
    one = example("a.md")
    assumed = Lineage.of([noted(one, ASSUMED, a=OLD)])
    assert assumed.assumed == {one.digest}
    assert Lineage.of([noted(one, ASSUMED, a=OLD), noted(one, CONFIRMED, 1, a=OLD)]).assumed == frozenset()


@given(st.permutations([(ACCEPTED, OLD), (CONFIRMED, NEW), (ACCEPTED, THIRD), (CONFIRMED, THIRD)]), st.data())
def test_notes_count_by_their_numbers_in_whatever_order_they_are_read(order: list[tuple[str, str]], data: Any) -> None:
    one = example("a.md")
    notes = [noted(one, why, nth, a=said) for nth, (why, said) in enumerate(order)]
    first = next(said for why, said in order if why == ACCEPTED)
    last = next(said for why, said in reversed(order) if why == CONFIRMED)
    lineage = Lineage.of(data.draw(st.permutations(notes)))
    assert lineage.accepted[one.digest]["a.md"] == first
    assert lineage.digests_for(one, "a.md") == (last,)
    assert Lineage.from_json(lineage.as_json()).digests_for(one, "a.md") == (last,)


def test_a_note_keeps_its_id_when_one_of_its_documents_is_forgotten() -> None:
    note = noted(example("a.md"), a=OLD)
    value = note.as_json()
    value["examples"] = {digest_: {} for digest_ in value["examples"]}
    assert LineageNote.from_json(value).id == note.id


def test_an_example_about_a_restricted_document_is_set_aside_whatever_its_text_says() -> None:
    one = example("a.md", "b.md")
    lineage = Lineage.of([noted(one, a=OLD, b=OLD)])
    closed = Corpus(corpus(a=OLD, b=NEW).entries, frozenset({"a.md", "gone.md"}))
    [found] = closed.set_aside(one, lineage)
    assert (found.document, found.restricted) == ("a.md", True)
    assert "not everybody may read a.md" in found.describe()
    [stale] = Corpus(closed.entries).set_aside(one, lineage)
    assert (stale.document, stale.restricted) == ("b.md", False)
    [gone] = closed.set_aside(example("gone.md"), lineage)
    assert (gone.now, gone.restricted) == (None, True)
