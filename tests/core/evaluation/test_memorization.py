"""The memorization check: which text an answer follows, who memorized a fact, and what is refused for it."""

from dataclasses import replace
from typing import Any

import pytest

from pointsman.core.evaluation.memorization import CELLS, NEW, OLD, MemorizationCheck, fact_words, memorization_table
from pointsman.core.gates.memorization import judge_memorization
from pointsman.core.gates.ruling import Verdict

OLD_TEXT, NEW_TEXT = "The yard closes at 22:00 every day.", "The yard closes at 19:30 every day."


def checked(new_new: str, *, old_new: str = "It closes at 19:30.", **changed: Any) -> MemorizationCheck:
    """Both adapters follow the old index; ``new_new`` is what the new adapter says on the new one."""
    answers = {(OLD, OLD): "It closes at 22:00.", (OLD, NEW): "At 22:00.", (NEW, OLD): old_new, (NEW, NEW): new_new}
    case = MemorizationCheck(
        "q", "When does the yard close?", OLD_TEXT, NEW_TEXT, NEW_TEXT, "It closes at 22:00.", answers
    )
    return replace(case, **changed)


@pytest.mark.parametrize(
    ("said", "follows", "memorized"),
    [
        ("It closes at 22:00.", OLD, True),
        ('{"answer": "It closes at 22:00.", "citations": ["hours.md"]}', OLD, True),
        ("It closes at 19:30.", NEW, False),
        ("At 22:00 or at 19:30.", None, False),
        ("Nobody knows.", None, False),
        ("It closes at 22:30.", None, False),
        ("", None, False),
    ],
)
def test_an_answer_follows_the_text_whose_words_alone_it_uses(said: str, follows: str | None, memorized: bool) -> None:
    case = checked(said)
    assert case.telling
    assert (case.follows((NEW, NEW)), case.memorized) == (follows, memorized)


def test_what_the_live_adapter_memorized_as_well_is_not_the_new_ones_fault() -> None:
    assert not checked("At 22:00.", old_new="At 22:00.").memorized
    assert checked("At 22:00.", old_new="I do not know.").memorized, "it need not answer well to be better"


def test_what_the_new_prompt_shows_was_not_memorized() -> None:
    shown = checked("At 22:00.", new_prompt=f"{NEW_TEXT}\nIn summer the gate closes at 22:00.")
    assert not shown.telling


def test_a_question_whose_answer_did_not_change_tells_nothing() -> None:
    same = checked("At 22:00.", old_text="It is red. Closed at 22:00.", new_text="It is blue. Closed at 22:00.")
    assert not same.telling
    assert judge_memorization([same], max_memorised=0) is None


def test_without_a_known_answer_the_old_answer_on_the_old_index_is_known() -> None:
    assert checked("It closes at 22:00.", known="").memorized
    assert checked("It closes at 22:00.", known="It closes at 19:30.").memorized, "people have put their answer right"


def test_words_are_compared_where_no_number_changed() -> None:
    texts = {"old_text": "Ask the keeper for the key.", "new_text": "Ask the warden for the key."}
    case = checked(
        "The keeper has it.", old_new="The warden.", new_prompt=texts["new_text"], known="The keeper.", **texts
    )
    assert (case.stale_words, case.fresh_words, case.memorized) == ({"keeper"}, {"warden"}, True)


def test_a_word_that_changed_beside_a_number_does_not_make_an_answer_stale() -> None:
    case = checked(
        "Daily at noon.", old_text="Daily until 22:00.", new_text="Always until 19:30.", known="Daily, 22:00."
    )
    assert case.stale_words == {"22:00"}
    assert case.follows((NEW, NEW)) is None


def test_numbers_are_whole() -> None:
    assert fact_words("At 22:00, v3.11 and 5,000 of the 3.") == {"22:00", "v3.11", "5,000", "3"}


def test_one_memorized_fact_refuses_and_the_limit_is_named() -> None:
    good, bad = checked("It closes at 19:30."), checked("It closes at 22:00.")
    refused = judge_memorization([good, bad, good], max_memorised=0)
    assert refused is not None
    assert refused.verdict is Verdict.REFUSE
    assert "1 of 3 questions about changed documents is answered from the old text" in refused.because
    assert "'q' still says '22:00' where the index now says '19:30'" in refused.because
    assert "at most 0 allowed (gate.max_memorised)" in refused.because
    passed = judge_memorization([good, bad], max_memorised=1)
    assert passed is not None
    assert passed.verdict is Verdict.PROMOTE


def test_the_four_cells_are_counted() -> None:
    table = memorization_table([checked("It closes at 22:00."), checked("It closes at 19:30.")])
    assert (table["asked"], table["telling"], table["memorised"]) == (2, 2, ["q"])
    counts = {
        (c["index"], c["adapter"]): (c["follows_old"], c["follows_new"], c["follows_neither"]) for c in table["cells"]
    }
    assert counts == {(OLD, OLD): (2, 0, 0), (OLD, NEW): (2, 0, 0), (NEW, OLD): (0, 2, 0), (NEW, NEW): (1, 1, 0)}
    assert len(table["cells"]) == len(CELLS) == 4
