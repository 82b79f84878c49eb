"""Traits are measured when a document is read, kept while its text is seen or live, and never asked for in vain."""

from collections.abc import Callable

from pointsman.core.corpus.diff import Diff
from pointsman.core.corpus.traits.change import TraitChange
from pointsman.steps.ledger.releases import live_release, manifest_of
from pointsman.steps.observe.state import state_now
from pointsman.steps.observe.texts.traits import TRAITS, changed_traits, stored_traits
from tests.fakes.resources import FakeResources, begun, page, run

Opened = Callable[..., FakeResources]

PROSE = "The boiler is filled before noon, and it is not to be opened while there is a fire in it. " * 6
LOGIN = "# Sign in\n\nYour session has expired. Please sign in to continue.\n\nForgot your password?\n"


def prose(nth: int) -> str:
    return page(nth, extra=PROSE)


def live_texts(resources: FakeResources) -> set[str]:
    live = live_release(resources.ledger)
    assert live is not None
    return {entry.text_digest for entry in manifest_of(resources.ledger, live).entries.values()}


def change_now(resources: FakeResources) -> TraitChange:
    state = state_now(
        resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
    )
    return changed_traits(
        diff=state.diff, live=state.live_manifest, now=state.manifest, memory=resources.records.memory
    )


def test_every_document_that_was_read_has_traits(opened: Opened) -> None:
    resources = begun(opened({f"doc{n:02d}.md": prose(n) for n in range(5)}))
    assert stored_traits(resources.memory).keys() >= live_texts(resources)
    assert all(traits.words > 100 for traits in stored_traits(resources.memory).values())


def test_the_traits_of_the_live_text_are_kept_for_as_long_as_a_change_waits(opened: Opened) -> None:
    resources = begun(opened({f"doc{n:02d}.md": prose(n) for n in range(30)}))
    for nth in range(30):
        resources.store.write(f"doc{nth:02d}.md", LOGIN + f"\n{nth}\n")
    assert run(resources).exit_code == 3
    first = change_now(resources)
    resources.store.write("doc00.md", LOGIN + "\nonce more\n")
    assert run(resources).exit_code == 3
    again = change_now(resources)
    for found in (first, again):
        assert (found.edited, found.unknown, len(found.shortened), len(found.no_content)) == (30, 0, 30, 30)
    assert stored_traits(resources.memory).keys() >= live_texts(resources)


def test_the_traits_of_a_text_that_nobody_has_any_more_are_dropped(opened: Opened) -> None:
    resources = begun(opened({f"doc{n:02d}.md": prose(n) for n in range(5)}))
    resources.store.write("doc05.md", prose(5) + "\nA line that goes again.\n")
    change_now(resources)
    measured = stored_traits(resources.memory).keys()
    resources.store.remove("doc05.md")
    change_now(resources)
    assert len(measured - stored_traits(resources.memory).keys()) == 1


def test_lost_memory_is_unknown_and_the_new_text_is_still_judged(opened: Opened) -> None:
    resources = begun(opened({f"doc{n:02d}.md": prose(n) for n in range(5)}))
    del resources.memory.texts[TRAITS]
    resources.store.write("doc01.md", LOGIN)
    found = change_now(resources)
    assert (found.edited, found.unknown, found.no_content, found.shortened) == (0, 1, ("doc01.md",), ())


def test_damaged_and_older_memory_is_not_used(opened: Opened) -> None:
    resources = begun(opened({f"doc{n:02d}.md": prose(n) for n in range(5)}))
    stored = resources.memory.get(TRAITS)
    text, row = next(iter(stored["texts"].items()))
    resources.memory.put(TRAITS, {**stored, "texts": {text: row[:3], "other": "no row"}})
    assert stored_traits(resources.memory) == {}
    resources.memory.put(TRAITS, {**stored, "version": 0})
    assert stored_traits(resources.memory) == {}
    resources.memory.put(TRAITS, {"version": stored["version"], "texts": ["no mapping"]})
    assert stored_traits(resources.memory) == {}


def test_an_unchanged_store_writes_no_traits(opened: Opened) -> None:
    resources = begun(opened({f"doc{n:02d}.md": prose(n) for n in range(5)}))
    del resources.memory.texts[TRAITS]
    change_now(resources)
    assert TRAITS not in resources.memory.texts


def test_a_change_of_names_alone_changes_no_traits(opened: Opened) -> None:
    resources = begun(opened({f"doc{n:02d}.md": prose(n) for n in range(5)}))
    resources.store.write("moved.md", prose(4))
    resources.store.remove("doc04.md")
    assert change_now(resources) == TraitChange()
    manifest = manifest_of(resources.ledger, live_release(resources.ledger))  # type: ignore[arg-type]
    nothing = Diff.between(manifest, manifest)
    assert changed_traits(diff=nothing, live=manifest, now=manifest, memory=resources.memory) == TraitChange()
