"""What was served compared with what is to be served: removed, moved, edited and replaced, by place."""

from collections.abc import Mapping

from pointsman.core.corpus.comparison.alike import became_alike
from pointsman.core.corpus.comparison.losses import Loss
from pointsman.core.corpus.comparison.manifests import MOST_COMPARED, Comparison, folders_of
from pointsman.core.corpus.comparison.overlap import ShingleSample
from pointsman.core.corpus.manifest import Manifest, ManifestEntry
from tests.steps.accidents import article


def compared(before: Mapping[str, str], now: Mapping[str, str], *, recent: frozenset[str] = frozenset()) -> Comparison:
    samples = {text: ShingleSample.of(text) for text in (*before.values(), *now.values()) if text != "unknown"}
    served, new = (
        Manifest({d: ManifestEntry(f"b {t}", t, "m", len(t)) for d, t in documents.items()})
        for documents in (before, now)
    )
    return Comparison.of(served, new, samples, recent=recent, similarity=0.8)


def everywhere(_document: str) -> tuple[str]:
    return ("",)


def test_a_document_that_is_gone_and_not_moved_is_removed() -> None:
    found = compared({"a": article(1), "b": article(2), "c": article(3)}, {"x": article(1), "c": article(3)})
    assert found.gone == {"b"}
    assert found.losses(everywhere, {"b"}) == {"": Loss(documents=3, removed=1, gone=("b",))}


def test_a_document_that_was_moved_and_edited_a_little_is_edited() -> None:
    found = compared({"a": article(1)}, {"x": article(1) + "\nOne more line.\n"})
    assert (found.gone, found.names) == (frozenset(), {"x": "a"})
    assert 0 <= found.lost["x"] < 0.2
    assert found.edited == {"x"}


def test_each_new_document_takes_the_place_of_one_that_went_at_most() -> None:
    twins = {"a": article(1) + "\nA.\n", "b": article(1) + "\nB.\n"}
    found = compared(twins, {"x": article(1) + "\nC.\n"})
    assert len(found.gone) == 1


def test_a_document_that_came_within_the_window_may_be_one_that_was_moved() -> None:
    before = {"a": article(1), "x": article(1) + "\nOne more line.\n"}
    assert compared(before, {"x": before["x"]}).gone == {"a"}
    assert compared(before, {"x": before["x"]}, recent=frozenset({"x"})).gone == frozenset()


def test_too_many_documents_to_compare_are_all_gone() -> None:
    before = {f"a{n}": f"text {n}" for n in range(MOST_COMPARED + 1)}
    now = {f"b{n}": f"text {n} and more" for n in range(3)}
    assert len(compared(before, now).gone) == MOST_COMPARED + 1


def test_the_share_is_the_larger_one_of_documents_and_bytes() -> None:
    small, large = {f"s{n}": article(n, words=20) for n in range(9)}, {"large": article(99, words=2000)}
    rewritten = compared(small | large, small | {"large": article(98, words=2000)})
    assert rewritten.losses(everywhere, {"large"})[""].replaced > 0.8
    others = compared(small | large, {d: article(n, words=20, about="x") for n, d in enumerate(small)} | large)
    assert others.losses(everywhere, set(small))[""].replaced > 0.8


def test_a_text_that_is_not_known_counts_as_replaced() -> None:
    loss = compared({"a": "unknown", "b": article(1)}, {"a": article(2), "b": article(1)}).losses(everywhere, {"a"})[""]
    assert (loss.rewritten, loss.unknown, loss.edited) == (1.0, 1, 1)


def test_what_is_live_already_is_left_out_unless_the_change_adds_to_it() -> None:
    found = compared({"a": article(1), "b": article(2)}, {"b": article(3)})
    assert found.losses(everywhere, set()) == {}
    assert found.losses(everywhere, {"b"})[""].removed == 0
    assert found.losses(everywhere, {"a"})[""].rewritten == 0


def test_bytes_that_stay_the_same_are_not_edited_but_another_reading_is_another_text() -> None:
    entry = ManifestEntry("bytes", "one", "m", 9)
    samples = {"one": ShingleSample.of(article(1)), "two": ShingleSample.of(article(2))}
    again = Comparison.of(
        Manifest({"a": entry}), Manifest({"a": ManifestEntry("bytes", "two", "m", 9)}), samples, similarity=0.8
    )
    loss = again.losses(everywhere, {"a"})[""]
    assert (loss.edited, loss.rewritten > 0.9) == (0, True)


def test_every_folder_above_a_document_is_a_place_of_its_own() -> None:
    assert list(folders_of("a/b/c.md")) == ["a/", "a/b/"]
    assert list(folders_of("c.md")) == []
    found = compared({"a/b/c.md": article(1), "a/d.md": article(2), "e.md": article(3)}, {"a/d.md": article(2)})
    lost = found.losses(folders_of, {"a/b/c.md", "e.md"})
    assert {place: (loss.documents, loss.removed) for place, loss in lost.items()} == {"a/": (2, 1), "a/b/": (1, 1)}


def test_different_texts_that_become_one_are_lost_and_those_that_were_one_before_are_not() -> None:
    def samples(texts: Mapping[str, str]) -> dict[str, ShingleSample]:
        return {document: ShingleSample.of(text) for document, text in texts.items()}

    six = {f"d{n}": article(n) for n in range(6)}
    one = dict.fromkeys(six, article(50))
    assert became_alike(samples(six), samples(one), 0.8) == (5, tuple(six))
    assert became_alike(samples(one), samples(dict.fromkeys(six, article(51))), 0.8) == (0, ())
    assert became_alike(dict.fromkeys(six), samples(one), 0.8)[0] == 5, "texts that are not known are like no other"
    swapped = {f"d{n}": article((n + 1) % 6) for n in range(6)}
    assert became_alike(samples(six), samples(swapped), 0.8) == (0, ())


def test_bytes_that_get_another_ending_are_moved_however_differently_they_are_read() -> None:
    served = Manifest({f"{n}.txt": ManifestEntry(f"bytes {n}", f"plain {n}", "m", 9) for n in range(3)})
    now = Manifest({f"new/{n}.rst": ManifestEntry(f"bytes {n}", f"parsed {n}", "m", 9) for n in range(3)})
    found = Comparison.of(served, now, {}, similarity=0.8)
    assert (found.gone, dict(found.lost)) == (frozenset(), {})
    assert found.names == {f"new/{n}.rst": f"{n}.txt" for n in range(3)}
