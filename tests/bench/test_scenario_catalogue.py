"""The scenarios are what the issue asks for, and each changes what it says; nothing is measured here."""

from collections import Counter
from dataclasses import replace

import pytest

from bench.scenarios.cases.catalogue import SCENARIOS, chosen
from bench.scenarios.cases.corpora import FLASK, NEXT_EDITION, base
from bench.scenarios.cases.edits import swapped, text_of
from bench.scenarios.measure import ndcg, ranking, together
from bench.scenarios.world import ACTIONS, FAMILIES, Base, Case, Form, Question, Scenario, World
from pointsman.core.errors import UsageError
from pointsman.core.index.hits import Hit

SEED = 17


def cases() -> list[Scenario]:
    fetched = (FLASK / NEXT_EDITION).is_dir()
    return [s for s in SCENARIOS.values() if fetched or s.base.startswith("yard")]


def case_of(scenario: Scenario) -> tuple[Base, Case]:
    asked = base(scenario.base)
    return asked, scenario.case(asked, SEED)


def test_there_are_at_least_44_scenarios_in_six_families_on_two_corpora() -> None:
    families = Counter(s.family for s in SCENARIOS.values())
    assert len(SCENARIOS) >= 44
    assert set(families) == set(FAMILIES)
    assert min(families.values()) >= 6
    assert {s.base.partition("-")[0] for s in SCENARIOS.values()} == {"yard", "flask"}


def test_every_scenario_says_what_is_expected_and_why() -> None:
    assert all(s.expected in ACTIONS and s.because for s in SCENARIOS.values())


@pytest.mark.parametrize("scenario", cases(), ids=lambda s: s.id)
def test_a_seed_gives_the_same_bytes_again(scenario: Scenario) -> None:
    asked, first = case_of(scenario)
    assert scenario.case(asked, SEED).id == first.id


@pytest.mark.parametrize("scenario", cases(), ids=lambda s: s.id)
def test_every_scenario_changes_the_users_side(scenario: Scenario) -> None:
    asked, case = case_of(scenario)
    assert case.world.id != asked.world.id


@pytest.mark.parametrize("scenario", cases(), ids=lambda s: s.id)
def test_something_judges_every_scenario_and_no_question_has_two_ids(scenario: Scenario) -> None:
    _, case = case_of(scenario)
    ids = [q.id for q in (*case.affected, *case.controls, *case.asked, *case.controls_asked)]
    assert ids
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("scenario", cases(), ids=lambda s: s.id)
def test_what_must_be_shown_stands_in_the_new_documents_and_what_must_not_is_gone_from_them(scenario: Scenario) -> None:
    _, case = case_of(scenario)
    for question in case.affected:
        answering = [text_of(case.world, d) for d in question.documents if d in case.world.documents]
        for string in question.shows:
            assert any(string in " ".join(text.split()) or string in text for text in answering), (question.id, string)
        assert set(question.documents) <= case.world.documents.keys() or scenario.family == "hostile"
        assert not set(question.gone) & case.world.documents.keys() or case.restricted or case.markers


@pytest.mark.parametrize("scenario", cases(), ids=lambda s: s.id)
def test_markers_stand_in_the_documents_that_bring_them(scenario: Scenario) -> None:
    _, case = case_of(scenario)
    texts = [raw.decode("utf-8", "replace") for raw in case.world.documents.values()]
    assert all(any(marker in text for text in texts) for marker in case.markers)


SPARED = {"rewrapped", "crlf-and-bom", "comments-only", "header-line-deleted", "all-moved"}
"""Scenarios that touch every page and leave every text as it is: their controls may stand in them."""


def leaving() -> list[Scenario]:
    """Return the scenarios whose controls lie in documents that are left alone; accidents do hit the answers."""
    return [s for s in cases() if s.family not in {"hostile", "system"} and s.id not in SPARED]


@pytest.mark.parametrize("scenario", leaving(), ids=lambda s: s.id)
def test_control_questions_are_answered_by_documents_that_the_change_left_alone(scenario: Scenario) -> None:
    asked, case = case_of(scenario)
    assert case.controls
    for control in case.controls:
        for document in control.documents:
            assert case.world.documents.get(document) == asked.world.documents[document], (control.id, document)


def test_a_change_that_would_change_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not contain"):
        swapped(World({"a.md": b"x"}), "a.md", "never there", "y")


def test_an_unknown_scenario_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="one-number"):
        chosen(["one-numbr"])


def test_an_impossible_expectation_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="expects 'retrain'"):
        Scenario("x", "facts", "yard-taught", "retrain", "", lambda base, rng: Case(World({})))


@pytest.mark.parametrize(
    ("found", "right", "value"),
    [(["a"], ["a"], 1.0), (["b", "a"], ["a"], 0.63093), (["b"], ["a"], 0.0), (["a", "b"], ["b", "a"], 1.0)],
)
def test_ndcg_counts_documents_by_their_place(found: list[str], right: list[str], value: float) -> None:
    assert ndcg(found, right) == pytest.approx(value, abs=1e-5)


def test_a_question_whose_answer_went_is_right_when_nothing_gone_is_found() -> None:
    question = Question("q", "?", gone=("old.md",))
    new, old = Hit("new.md", "1", 1.0, "new"), Hit("old.md", "2", 0.5, "old")
    assert ranking([new], question) == 1.0
    assert ranking([new, old], question) == 0.0
    assert ranking([replace(new, also_in=("old.md",))], question) == 0.0


def test_a_passage_of_several_documents_answers_for_each() -> None:
    question = Question("q", "?", documents=("page.md",))
    assert ranking([Hit("copy.md", "1", 1.0, "it", also_in=("page.md",))], question) == 1.0
    assert ranking([Hit("copy.md", "1", 1.0, "it")], question) == 0.0


def test_strings_must_stand_in_one_passage_together() -> None:
    assert together(["Deprecated\nsyard drain"], ("Deprecated", "drain"))
    assert not together(["Deprecated", "syard drain"], ("Deprecated", "drain"))


def test_a_form_is_exactly_its_keys_or_its_marks() -> None:
    keys = Form(keys=("answer", "sources"))
    assert keys.fits('{"sources": [], "answer": "x"}')
    assert not keys.fits('{"answer": "x"}')
    assert not keys.fits("x")
    letter = Form(begins="Dear", ends="Yours")
    assert letter.fits("Dear you. Yours")
    assert not letter.fits("Dear you.")
    assert not letter.fits('{"answer": "Dear you. Yours"}')
