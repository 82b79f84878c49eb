"""The difference between two manifests."""

from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.manifest import Manifest, ManifestEntry

entries = st.builds(
    lambda text, metadata, form: ManifestEntry(f"{text}{metadata}{form}", text, metadata, 1),
    st.sampled_from("tuvw"),
    st.sampled_from("mn"),
    st.sampled_from("xy"),
)
manifests = st.dictionaries(st.sampled_from(["a", "b", "c/a", "c/b", "d/a"]), entries).map(Manifest)


def entry(text: str = "t", metadata: str = "m", form: str = "x") -> ManifestEntry:
    return ManifestEntry(f"{text}{metadata}{form}", text, metadata, 1)


@given(manifests, manifests)
def test_every_document_of_either_side_is_counted_once(old: Manifest, new: Manifest) -> None:
    diff = Diff.between(old, new)
    counts = diff.counts
    assert sum(counts.values()) + counts["renamed"] == len(old.entries.keys() | new.entries.keys())
    gone, come = old.entries.keys() - new.entries.keys(), new.entries.keys() - old.entries.keys()
    assert {*diff.removed, *(before for before, _ in diff.renamed)} == gone
    assert {*diff.added, *(after for _, after in diff.renamed)} == come
    assert len(diff.removed) + len(diff.renamed) == len(gone)
    assert len(diff.added) + len(diff.renamed) == len(come)


@given(manifests, manifests)
def test_the_diff_leads_from_one_to_the_other(old: Manifest, new: Manifest) -> None:
    diff = Diff.between(old, new)
    carried = {d: e for d, e in old.entries.items() if d not in {*diff.removed, *(a for a, _ in diff.renamed)}}
    for document in (*diff.added, *diff.edited, *diff.cosmetic, *diff.metadata, *(b for _, b in diff.renamed)):
        carried[document] = new.entries[document]
    assert Manifest(carried).id == new.id


@given(manifests, manifests)
def test_what_is_not_touched_serves_the_same(old: Manifest, new: Manifest) -> None:
    touched = Diff.between(old, new).touched
    for document in (old.entries.keys() | new.entries.keys()) - touched:
        before, after = old.entries[document], new.entries[document]
        assert (before.text_digest, before.metadata_digest) == (after.text_digest, after.metadata_digest)


@given(manifests, manifests)
def test_a_renamed_document_has_the_same_text_under_its_new_name(old: Manifest, new: Manifest) -> None:
    for before, after in Diff.between(old, new).renamed:
        assert old.entries[before].text_digest == new.entries[after].text_digest


@given(manifests)
def test_nothing_lies_between_equal_manifests(manifest: Manifest) -> None:
    diff = Diff.between(manifest, Manifest(dict(sorted(manifest.entries.items(), reverse=True))))
    assert not diff
    assert not diff.actionable
    assert diff.unchanged == len(manifest)


@given(manifests)
def test_a_manifest_comes_back_from_json_with_its_id(manifest: Manifest) -> None:
    assert Manifest.from_json(manifest.as_json()) == manifest
    assert Manifest.from_json(manifest.as_json()).id == manifest.id


@given(manifests, manifests)
def test_manifests_share_an_id_only_when_they_are_equal(one: Manifest, other: Manifest) -> None:
    assert (one.id == other.id) == (one.entries == other.entries)


def test_each_kind_of_change_is_recognised() -> None:
    old = Manifest(
        {"same": entry(), "text": entry(), "meta": entry(), "form": entry(), "gone": entry("g"), "old": entry("r")}
    )
    new = Manifest(
        {"same": entry(), "text": entry("u"), "meta": entry(metadata="n"), "form": entry(form="y"), "come": entry("c"),
         "new": entry("r")}
    )  # fmt: skip
    diff = Diff.between(old, new)
    assert diff == Diff(("come",), ("gone",), (("old", "new"),), ("text",), ("form",), ("meta",), 1)
    assert diff.altered == {"come", "gone", "old", "new", "text", "meta"}
    assert diff.touched == diff.altered | {"form"}


def test_a_cosmetic_change_is_a_change_that_asks_for_nothing() -> None:
    diff = Diff.between(Manifest({"a": entry()}), Manifest({"a": entry(form="y")}))
    assert diff
    assert (diff.actionable, diff.text_changed, diff.altered) == (False, False, frozenset())
    assert diff.touched == {"a"}, "its offsets have moved"


def test_new_text_and_new_metadata_at_once_are_an_edit() -> None:
    assert Diff.between(Manifest({"a": entry()}), Manifest({"a": entry("u", "n")})).edited == ("a",)


def test_a_document_that_moved_keeps_its_file_name_where_it_can() -> None:
    old = Manifest({"old/a.md": entry(), "old/b.md": entry()})
    new = Manifest({"new/b.md": entry(), "new/a.md": entry()})
    assert Diff.between(old, new).renamed == (("old/a.md", "new/a.md"), ("old/b.md", "new/b.md"))


def test_one_of_two_copies_that_went_is_renamed_and_the_other_removed() -> None:
    diff = Diff.between(Manifest({"a": entry(), "b": entry()}), Manifest({"c": entry()}))
    assert (diff.renamed, diff.removed, diff.added) == ((("a", "c"),), ("b",), ())


def test_a_copy_is_an_addition_and_no_rename() -> None:
    diff = Diff.between(Manifest({"a": entry()}), Manifest({"a": entry(), "b": entry()}))
    assert (diff.added, diff.renamed) == (("b",), ())
