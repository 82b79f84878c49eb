"""An edit changed a fact, or only the wording; doubt is a fact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.edits.classify import SHOWN, Edit, classify, summed
from pointsman.core.edits.vocabulary.lexicon import Facet

VOCABULARY = frozenset(["receives", "the", "train", "yard", "environment", "which", "form", "from", "sulfate"])


def known(word: str) -> bool:
    return word in VOCABULARY


def edit(old: str, new: str, *, before: tuple[str, ...] = (), after: tuple[str, ...] | None = None) -> Edit:
    return classify("a.md", [(before, old)], [(before if after is None else after, new)], known)


def facets(old: str, new: str) -> set[Facet]:
    return {change.facet for change in edit(old, new).changes}


@pytest.mark.parametrize(
    ("old", "new", "facet"),
    [
        ("The yard closes at 22:00.", "The yard closes at 19:30.", Facet.DATE),
        ("It holds 40 trains.", "It holds 60 trains.", Facet.NUMBER),
        ("Keep it above -5 degrees.", "Keep it above 5 degrees.", Facet.NUMBER),
        ("It holds 20 MB.", "It holds 20 GB.", Facet.UNIT),
        ("It ends on 3 March 2026.", "It ends on 4 March 2026.", Facet.DATE),
        ("Install v2.0.1 first.", "Install v2.1.0 first.", Facet.VERSION),
        ("Ask Maria for the key.", "Ask Jonas for the key.", Facet.NAME),
        ("Call `getUser` first.", "Call `getuser` first.", Facet.NAME),
        ("The gate is shared.", "The gate is not shared.", Facet.NEGATION),
        ("The file is encrypted.", "The file is unencrypted.", Facet.NEGATION),
        ("You may lock it.", "You must lock it.", Facet.MODALITY),
        ("Stop it before you leave.", "Stop it after you leave.", Facet.POLARITY),
        ("The clerk calls the driver.", "The clerk is called by the driver.", Facet.ORDER),
        ("The seller pays the buyer.", "The buyer pays the seller.", Facet.ORDER),
        ("The door is of steel.", "The door is of wood.", Facet.WORDS),
        ("The sulfite is weighed.", "The sulfate is weighed.", Facet.WORDS),
        ("Fill in the form.", "Fill in the from.", Facet.POLARITY),
        ("Go home.", "Go home. Bring the key.", Facet.ADDED),
        ("Go home. Bring the key.", "Go home.", Facet.REMOVED),
        ("1. Unplug it.\n2. Open the case.", "1. Open the case.\n2. Unplug it.", Facet.ORDER),
    ],
)
def test_a_changed_fact_is_classified_by_its_kind(old: str, new: str, facet: Facet) -> None:
    assert facets(old, new) == {facet}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The yard recieves a train.", "The yard receives a train."),
        ("Choose wich track.", "Choose which track."),
        ("You don't need it.", "You do not need it!"),
        ("The limit is 1000 rows in 5 min.", "The limit is 1,000 rows in 5 minutes."),
        ("It opens at 9 am on 3 March 2026.", "It opens at 09:00 on 2026-03-03."),
        ("The colour of the catalogue.", "The color of the catalog."),
        ("The panel is used by operators.", "Operators use the panel."),
        ("See http://example.org/a/.", "See https://example.org/a."),
        ("- zebra\n- apple", "* apple\n* zebra"),
        ("The train stops, and the doors open.", "The train stops. The doors open."),
        ("Set **up** the back-up.", "Set up the backup."),
    ],
)
def test_other_wording_is_no_fact(old: str, new: str) -> None:
    assert edit(old, new).changes == ()


def test_a_line_that_moved_to_another_section_changed_a_fact_with_the_same_characters() -> None:
    lamp, nothing = "The lamp turns green.", "Nothing happens."
    old = [(("Bug", "Expected"), lamp), (("Bug", "Actual"), nothing)]
    new = [(("Bug", "Expected"), nothing), (("Bug", "Actual"), lamp)]
    found = classify("bug.md", old, new)
    assert [c.facet for c in found.changes] == [Facet.SECTION, Facet.SECTION]
    assert found.changes[0].before == "The lamp turns green. (Bug > Expected)"
    assert found.changes[0].after == "The lamp turns green. (Bug > Actual)"


def test_lines_below_a_renamed_heading_stand_in_another_section() -> None:
    line = "Windows agents work."
    (change,) = edit(line, line, before=("Status", "Supported"), after=("Status", "Deprecated")).changes
    assert (change.facet, change.before, change.after) == (
        Facet.SECTION, "Status > Supported", "Status > Deprecated",
    )  # fmt: skip
    assert not edit(line, line, before=("Set-up",), after=("Setup",)).factual


def test_sections_in_another_order_say_the_same() -> None:
    old = [(("A",), "The yard has ten tracks."), (("B",), "The shed has two.")]
    assert not classify("a.md", old, old[::-1]).factual


def test_a_change_quotes_its_words_and_its_section() -> None:
    (change,) = edit("The yard closes at 22:00.", "The yard closes at 19:30.", before=("Guide", "Hours")).changes
    assert (change.before, change.after, change.section) == ("22:00", "19:30", "Guide > Hours")


def test_without_a_vocabulary_a_mended_word_is_doubtful_and_so_a_fact() -> None:
    passages = [[((), text)] for text in ("The yard recieves a train.", "The yard receives a train.")]
    assert classify("a.md", *passages).factual


def test_a_corrected_name_is_a_fact_however_near_the_spelling() -> None:
    assert edit("Ask Mrs Trian now.", "Ask Mrs Train now.").factual


def test_the_indentation_of_a_program_is_a_fact() -> None:
    assert edit("if ready:\n    start()\n    report()", "if ready:\n    start()\nreport()").factual


def test_where_the_reading_order_is_unknown_another_order_is_no_change() -> None:
    steps = ["1. Unplug it.", "2. Open the case."]
    sides = [[((), "\n".join(s))] for s in (steps, steps[::-1])]
    assert classify("a.pdf", *sides, ordered=True).factual
    assert not classify("a.pdf", *sides, ordered=False).factual


def test_the_record_names_a_few_changes_and_counts_them_all() -> None:
    lines = [f"- room {n} holds {{}} people in building {n}" for n in range(SHOWN + 3)]
    found = edit("\n".join(x.format(10) for x in lines), "\n".join(x.format(20) for x in lines)).as_json()
    assert found["facets"] == {"number": SHOWN + 3}
    assert len(found["changes"]) == SHOWN


def test_edits_are_counted_by_verdict() -> None:
    assert summed([edit("a 1", "a 2"), edit("Stop it", "Stop it.")]) == {"factual": 1, "wording": 1}


@given(st.text(max_size=300))
def test_a_text_against_itself_has_no_edit(text: str) -> None:
    assert edit(text, text) == Edit("a.md", ())


@given(st.lists(st.tuples(st.sampled_from(["", "A", "B"]), st.text(max_size=80)), max_size=4), st.data())
def test_any_two_texts_can_be_compared(old: list[tuple[str, str]], data: st.DataObject) -> None:
    new = data.draw(st.permutations(old))
    sides = [[((h,) if h else (), t) for h, t in side] for side in (old, new)]
    assert isinstance(classify("a.md", *sides, known).factual, bool)


@pytest.mark.parametrize(
    "texts",
    [
        ("x" * 400_000, "x" * 399_999 + "y"),
        (" ".join(f"w{n}" for n in range(40_000)), " ".join(f"v{n}" for n in range(40_000))),
        ("\n".join(f"line {n} of many" for n in range(8_000)), "\n".join(f"row {n} of some" for n in range(8_000))),
        ("A. " * 20_000, "B. " * 20_000),
    ],
)
def test_a_hostile_text_is_judged_and_doubted(texts: tuple[str, str]) -> None:
    assert edit(*texts).factual
