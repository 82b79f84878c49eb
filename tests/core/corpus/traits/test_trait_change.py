"""A change is compared with the live texts: what became shorter, wordless, misread, translated or no content."""

import pytest

from pointsman.core.corpus.traits.change import SHORT, TraitChange, trait_change
from pointsman.core.corpus.traits.page_kind import PageKind
from pointsman.core.corpus.traits.text_traits import TextTraits

LIVE = TextTraits(words=200, characters=1000, letters=0.9, signs=0, language="en", page=PageKind.CONTENT)


def text(
    characters: int = 1000,
    letters: float = 0.9,
    signs: int = 0,
    language: str = "en",
    page: str = "content",
    digits: int = 0,
) -> TextTraits:
    return TextTraits(200, characters, letters, signs, language=language, page=PageKind(page), digits=digits)


def change(before: TextTraits | None, now: TextTraits | None) -> TraitChange:
    return trait_change(edited={"d": (before, now)}, added={}, live=[LIVE])


def new(now: TextTraits) -> TraitChange:
    return trait_change(edited={}, added={"d": now}, live=[LIVE])


def test_nothing_changed_is_nothing_found() -> None:
    assert trait_change(edited={}, added={}, live=[LIVE]) == TraitChange(live_letters=0.9)
    assert change(LIVE, text()) == TraitChange(edited=1, length_ratio=1.0, letters_change=0.0, live_letters=0.9)


@pytest.mark.parametrize(("characters", "found"), [(600, ()), (599, ("d",))])
def test_a_page_that_kept_less_than_its_share_is_shortened(characters: int, found: tuple[str, ...]) -> None:
    assert change(LIVE, text(characters)).shortened == found


@pytest.mark.parametrize(("before", "found"), [(SHORT, ("d",)), (SHORT - 1, ())])
def test_a_stub_is_never_shortened(before: int, found: tuple[str, ...]) -> None:
    assert change(text(before), text(10)).shortened == found


@pytest.mark.parametrize(("letters", "found"), [(0.75, ()), (0.74, ("d",)), (1.0, ())])
def test_a_page_whose_letters_went_is_wordless(letters: float, found: tuple[str, ...]) -> None:
    assert change(LIVE, text(letters=letters)).wordless == found


@pytest.mark.parametrize(
    ("before", "now", "characters", "found"),
    [(20, 3, 1000, ("d",)), (20, 4, 1000, ()), (19, 0, 1000, ()), (20, 0, 599, ()), (0, 50, 1000, ())],
)
def test_a_page_that_lost_its_numbers_alone_is_wordless(
    before: int, now: int, characters: int, found: tuple[str, ...]
) -> None:
    assert change(text(digits=before), text(characters, digits=now)).wordless == found


@pytest.mark.parametrize(("before", "signs", "found"), [(0, 1, ()), (0, 2, ("d",)), (5, 9, ()), (5, 10, ("d",))])
def test_a_page_with_more_and_twice_as_many_signs_was_misread(before: int, signs: int, found: tuple[str, ...]) -> None:
    assert change(text(signs=before), text(signs=signs)).mojibake == found


@pytest.mark.parametrize(("characters", "found"), [(2000, ("d",)), (2001, ())])
def test_a_new_page_was_misread_from_a_number_of_signs_per_1000_characters_on(
    characters: int, found: tuple[str, ...]
) -> None:
    assert new(text(characters, signs=2)).mojibake == found
    assert new(text(10, signs=1)).mojibake == ()


@pytest.mark.parametrize(
    ("before", "now", "found"), [("en", "de", ("d",)), ("en", "en", ()), ("?", "de", ()), ("en", "?", ("d",))]
)
def test_a_page_in_another_language_or_in_none_is_translated(before: str, now: str, found: tuple[str, ...]) -> None:
    assert change(text(language=before), text(language=now)).translated == found


def test_a_page_that_only_became_too_short_to_tell_its_language_is_not_translated() -> None:
    assert change(LIVE, text(499, language="?")).translated == ()
    assert change(LIVE, text(500, language="?")).translated == ("d",)


def test_a_new_page_in_a_language_that_nobody_has_is_strange() -> None:
    assert new(text(language="de")).strange == ("d",)
    assert new(text(language="en")).strange == ()
    assert new(text(language="?")).strange == ()
    assert trait_change(edited={}, added={"d": text(language="de")}, live=[]).strange == ()


def test_new_and_edited_pages_that_are_no_content_are_listed_by_kind() -> None:
    found = trait_change(
        edited={"b": (LIVE, text(page="login")), "a": (LIVE, text(page="login")), "old": (text(page="error"),) * 2},
        added={"c": text(page="cookie")},
        live=[LIVE],
    )
    assert found.pages == {PageKind.COOKIE: ("c",), PageKind.LOGIN: ("a", "b")}
    assert found.no_content == ("a", "b", "c")


def test_the_mean_length_is_not_hidden_by_one_page_that_grew() -> None:
    edited = {"a": (LIVE, text(500)), "b": (LIVE, text(50_000))}
    assert trait_change(edited=edited, added={}, live=[]).length_ratio == 0.75


def test_unknown_live_traits_are_counted_and_the_new_text_is_judged_by_itself() -> None:
    found = change(None, text(10, letters=0.1, signs=5, language="de", page="login"))
    assert (found.edited, found.unknown, found.length_ratio) == (0, 1, None)
    assert (found.shortened, found.wordless, found.translated) == ((), (), ())
    assert (found.mojibake, found.no_content) == (("d",), ("d",))


def test_unknown_new_traits_are_no_error() -> None:
    assert change(LIVE, None) == TraitChange(unknown=1, live_letters=0.9)
    assert trait_change(edited={}, added={"d": None}, live=[]) == TraitChange()
