"""Who may read more than before, and who less: the change of access between two manifests."""

import pytest

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.exposure import AccessChange, both, narrower_than_shown, too_wide, within
from pointsman.core.corpus.manifest import EVERYBODY, Manifest, ManifestEntry

STAFF, BOARD, TWO, NONE = ("staff",), ("board",), ("board", "staff"), ()


def entry(text: str = "t", readers: tuple[str, ...] = EVERYBODY, *, more: str = "") -> ManifestEntry:
    """Return an entry whose metadata say who reads it."""
    metadata = f"{','.join(readers)}{more}"
    return ManifestEntry(f"{text}{metadata}", text, metadata_digest=metadata, size=1, readers=readers)


def change(
    old: dict[str, ManifestEntry], new: dict[str, ManifestEntry], caps: dict[str, tuple[str, ...]] | None = None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    before, now = Manifest(old), Manifest(new)
    found = AccessChange.between(before, now, Diff.between(before, now), caps or {})
    return found.exposed, found.narrowed


@pytest.mark.parametrize(
    ("before", "now", "exposed", "narrowed"),
    [
        (EVERYBODY, EVERYBODY, False, False),
        (EVERYBODY, STAFF, False, True),
        (STAFF, EVERYBODY, True, False),
        (STAFF, TWO, True, False),
        (TWO, STAFF, False, True),
        (STAFF, BOARD, True, True),
        (NONE, STAFF, True, False),
        (EVERYBODY, NONE, False, True),
    ],
)
def test_who_gains_and_who_loses(before: tuple[str, ...], now: tuple[str, ...], exposed: bool, narrowed: bool) -> None:
    for text in ("t", "another text"):
        found = change({"a": entry("t", before)}, {"a": entry(text, now)})
        assert found == (("a",) if exposed else (), ("a",) if narrowed else ())


def test_a_new_open_document_exposes_nothing_and_one_with_a_restricted_text_does() -> None:
    live = {"a": entry("secret", STAFF)}
    assert change(live, live | {"b": entry("news")}) == ((), ())
    assert change(live, live | {"b": entry("secret")}) == (("b",), ())
    assert change(live, live | {"b": entry("secret", STAFF, more="x")}) == ((), ())
    assert change(live | {"b": entry("news")}, live | {"b": entry("secret")}) == (("b",), ()), "edited into a copy"
    assert change(live | {"c": entry("secret")}, live | {"c": entry("secret"), "b": entry("secret")}) == ((), ())


def test_a_document_under_another_name_is_the_same_document() -> None:
    assert change({"a": entry("secret", STAFF)}, {"b": entry("secret")}) == (("b",), ())
    assert change({"a": entry("secret")}, {"b": entry("secret", STAFF)}) == ((), ("b",))


def test_what_was_revoked_since_counts_as_it_is_now() -> None:
    live = {"a": entry()}
    assert change(live, live, {"a": STAFF}) == (("a",), ())
    assert change(live, {"a": entry("t", STAFF)}, {"a": STAFF}) == ((), ("a",))
    assert change(live, {"a": entry("t", BOARD)}, {"a": STAFF}) == (("a",), ("a",))
    assert change({}, {"a": entry()}, {"a": NONE}) == (("a",), ()), "it was revoked, removed and is back"
    assert change({"a": entry("t")}, {"b": entry("t"), "a": entry("t")}, {"a": STAFF}) == (("a", "b"), ())


def test_a_manifest_without_readers_changes_no_access_while_the_metadata_are_the_same() -> None:
    old = ManifestEntry.from_row(["b", "t", "m", 1])
    now = ManifestEntry("b", "t", metadata_digest="m", size=1, readers=STAFF)
    assert change({"a": old}, {"a": now}) == ((), ())
    assert narrower_than_shown({"a": now}, [Manifest({"a": old})]) == {}


def test_open_documents_leave_no_trace_in_a_stored_manifest_and_others_come_back() -> None:
    open_one, closed = Manifest({"a": entry()}), Manifest({"a": entry(), "b": entry("u", TWO), "c": entry("v", NONE)})
    assert open_one.as_json() == {"documents": {"a": ["t*", "t", "*", 1]}}
    assert Manifest.from_json(closed.as_json()) == closed
    assert Manifest.from_json(open_one.as_json()).id == open_one.id
    assert Manifest({"a": entry("t", STAFF)}).id != Manifest({"a": entry("t", BOARD)}).id


def test_a_closed_document_is_for_nobody_until_its_statement_differs_from_that() -> None:
    live = entry("t", STAFF)
    shut = live.close()
    assert (shut.readers, shut.closed, shut.close(), shut.content_digest) == (NONE, True, shut, "t")
    assert change({"a": live}, {"a": shut}) == ((), ("a",))
    assert change({"a": shut}, {"a": live}) == (("a",), ())


def test_what_a_release_shows_to_others_and_where_a_text_went() -> None:
    shown = Manifest({"a": entry("one"), "gone": entry("two"), "same": entry("three", STAFF)})
    now = {"a": entry("one", BOARD), "new": entry("two", STAFF), "same": entry("three", STAFF)}
    assert narrower_than_shown(now, [shown]) == {"a": BOARD, "gone": STAFF}
    assert narrower_than_shown(now | {"copy": entry("two")}, [shown]) == {"a": BOARD}
    assert too_wide(shown, {"a": STAFF, "same": STAFF, "missing": NONE}) == {"a": STAFF}


def test_readers_that_are_among_both() -> None:
    assert (both(EVERYBODY, STAFF), both(TWO, STAFF), both(STAFF, BOARD)) == (STAFF, STAFF, NONE)
    assert within(NONE, NONE)
    assert within(STAFF, EVERYBODY)
    assert not within(EVERYBODY, TWO)
