"""Edited documents and replaced text: both sides of each limit, with value, limit and examples in the sentence."""

import json

import pytest

from pointsman.core.corpus.comparison.losses import Loss
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.judge import alarms
from tests.core.policy.guards.quiet import LOSSES, QUIET, heard
from tests.core.policy.samples import limits_of, replace

LIMITS = limits_of(**LOSSES)


@pytest.mark.parametrize(
    ("edited", "of", "holds"), [(20, 20, False), (21, 21, True), (90, 100, False), (91, 100, True), (91, 110, False)]
)
def test_nearly_all_documents_edited_are_a_hold_beyond_both_limits(edited: int, of: int, holds: bool) -> None:
    evidence = replace(QUIET, lost=Loss(documents=of, edited=edited, rewritten=0.5, replaced=0.01, worst=("a.md",)))
    assert heard(evidence, LIMITS) == (["guard.edited_share"] if holds else [])
    for alarm in alarms(evidence, LIMITS):
        assert f"{edited} of {of} live documents" in alarm.because
        assert "'a.md'" in alarm.because
        assert "more than 20 and more than 90%" in alarm.because


@pytest.mark.parametrize(
    ("rewritten", "share", "holds"),
    [(10.0, 0.3, False), (10.1, 0.3, True), (10.1, 0.1, False), (10.1, 0.11, True), (5.0, 0.9, False),
     (5.1, 0.51, True), (5.1, 0.5, False)],
)  # fmt: skip
def test_replaced_text_is_a_hold_beyond_both_limits_or_beyond_those_of_a_small_store(
    rewritten: float, share: float, holds: bool
) -> None:
    evidence = replace(QUIET, lost=Loss(documents=100, edited=12, rewritten=rewritten, replaced=share))
    assert heard(evidence, LIMITS) == (["guard.replaced_share"] if holds else [])
    for alarm in alarms(evidence, LIMITS):
        assert (alarm.value, alarm.limit) == (share, 0.10)
        assert "12 edited documents of 100" in alarm.because
        assert "more than 10 and more than 10% (or more than 5 and more than 50%)" in alarm.because


def test_a_text_that_is_not_known_any_more_is_told_of() -> None:
    evidence = replace(QUIET, lost=Loss(documents=100, edited=30, rewritten=30.0, replaced=0.3, unknown=7))
    (alarm,) = alarms(evidence, LIMITS)
    assert "the earlier text of 7 of them is not known any more" in alarm.because


@pytest.mark.parametrize(("removed", "of", "holds"), [(5, 6, False), (6, 10, True), (6, 12, False), (9, 10, True)])
def test_most_of_a_small_store_gone_is_a_hold(removed: int, of: int, holds: bool) -> None:
    evidence = replace(QUIET, live_documents=of, lost=Loss(documents=of, removed=removed, gone=("a.md", "b.md")))
    assert heard(evidence, LIMITS) == (["guard.removed"] if holds else [])
    for alarm in alarms(evidence, LIMITS):
        assert "such as 'a.md', 'b.md'" in alarm.because


@pytest.mark.parametrize(("alike", "holds"), [(4, False), (5, True)])
def test_texts_that_became_one_are_a_hold_beyond_their_limit(alike: int, holds: bool) -> None:
    evidence = replace(QUIET, alike=alike, alike_documents=("a.md", "b.md"))
    assert heard(evidence, LIMITS) == (["guard.alike"] if holds else [])
    assert heard(evidence, replace(LIMITS, alike_count=None)) == []
    for alarm in alarms(evidence, LIMITS):
        assert "5 different texts are lost" in alarm.because
        assert "more than 4" in alarm.because


def test_a_loss_over_several_releases_names_the_one_from_which_it_is_counted() -> None:
    lost = Loss(documents=75, removed=20)
    (alarm,) = alarms(replace(QUIET, since_release="r7", lost=lost), LIMITS)
    assert "gone from the store since release r7" in alarm.because


def test_losses_survive_the_stored_form() -> None:
    lost = Loss(documents=100, edited=30, rewritten=30.5, replaced=0.3, unknown=7, gone=("a",), worst=("b", "c"))
    evidence = replace(
        QUIET, lost=lost, lost_folders=(replace(lost, place="a/"),), lost_paths=(replace(lost, place="b/**"),), alike=9,
        alike_documents=("x",), since_release="r7",
    )  # fmt: skip
    assert Evidence.from_json(json.loads(json.dumps(evidence.as_json()))) == evidence


def test_without_the_new_limits_nothing_new_is_held() -> None:
    lost = Loss(documents=100, edited=100, rewritten=100.0, replaced=1.0)
    evidence = replace(QUIET, lost=lost, lost_folders=(replace(lost, place="a/"),), alike=99)
    assert heard(evidence, limits_of()) == []
