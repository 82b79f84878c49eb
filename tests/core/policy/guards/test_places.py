"""Folders, and paths with limits of their own: both sides of each limit."""

import pytest

from pointsman.core.corpus.comparison.losses import Loss
from pointsman.core.errors import UsageError
from pointsman.core.policy.guards.judge import alarms
from tests.core.policy.guards.quiet import LOSSES, QUIET, heard
from tests.core.policy.samples import limits_of, replace

LIMITS = limits_of(**LOSSES)


@pytest.mark.parametrize(
    ("removed", "rewritten", "of", "holds"),
    [(20, 0, 20, False), (21, 0, 21, True), (21, 0, 42, False), (0, 21.0, 30, True), (0, 20.0, 30, False)],
)
def test_a_folder_that_lost_most_is_a_hold_however_large_the_store_is(
    removed: int, rewritten: float, of: int, holds: bool
) -> None:
    loss = Loss(
        "billing/", documents=of, removed=removed, edited=int(rewritten), rewritten=rewritten,
        replaced=round(rewritten / of, 4), gone=("billing/a.md",) if removed else (),
    )  # fmt: skip
    evidence = replace(QUIET, live_documents=10**6, lost_folders=(loss,))
    assert heard(evidence, LIMITS) == (["guard.folder"] if holds else [])
    for alarm in alarms(evidence, LIMITS):
        assert "'billing/'" in alarm.because
        assert "more than 20 and more than 50%" in alarm.because


def test_of_nested_folders_the_outermost_is_told() -> None:
    lost = tuple(Loss(place, documents=40, removed=40) for place in ("a/", "a/b/", "c/"))
    (alarm,) = alarms(replace(QUIET, lost_folders=lost), LIMITS)
    assert alarm.value == 80
    assert "'a/b/'" not in alarm.because


@pytest.mark.parametrize(
    ("own", "loss", "holds"),
    [
        ({"removed_count": 0, "removed_share": 0.0}, Loss(documents=900, removed=1), True),
        ({"removed_count": 0, "removed_share": 0.0}, Loss(documents=900), False),
        ({"removed_share": 1.0, "edited_share": 1.0, "replaced_share": 1.0},
         Loss(documents=90, removed=90, edited=90, rewritten=90.0, replaced=1.0), False),
        ({"replaced_share": 0.5}, Loss(documents=90, edited=40, rewritten=40.0, replaced=0.44), False),
        ({"replaced_share": 0.5}, Loss(documents=90, edited=50, rewritten=50.0, replaced=0.55), True),
        ({}, Loss(documents=90, removed=11), True),
    ],
)  # fmt: skip
def test_a_path_has_its_own_limits_and_those_of_the_store_for_the_rest(
    own: dict[str, float], loss: Loss, holds: bool
) -> None:
    limits = replace(LIMITS, paths={"law/**": own})
    evidence = replace(QUIET, lost_paths=(replace(loss, place="law/**"),))
    assert heard(evidence, limits) == (["guard.paths"] if holds else [])


@pytest.mark.parametrize("own", [{"removed_share": 1.1}, {"removed_count": -1}, {"crowd_count": 3}])
def test_limits_of_a_path_that_cannot_be_are_refused(own: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="paths"):
        limits_of(**LOSSES, paths={"law/**": own})
