"""A live generator that learned what is stale now: how it is shown, trained again, or left as it is."""

from collections.abc import Callable

import pytest

from pointsman.core.evaluation.signal_names import MEMORIZED, TAINT
from pointsman.core.hashing import content_id
from pointsman.core.policy.decision import Track
from pointsman.core.release import Release
from pointsman.core.supervision.examples import Example
from pointsman.settings.params import Policy
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.review.confirm import confirm
from pointsman.steps.review.history import explain
from pointsman.steps.review.status import status
from pointsman.steps.supervision.taint import learned_by
from tests.fakes.calls import examined, look
from tests.fakes.resources import FakeResources, begun, page, run
from tests.steps.lessons import lessons, recite
from tests.steps.live_releases import live

Opened = Callable[..., FakeResources]


def changed(resources: FakeResources, n: int) -> None:
    """Change the first ``n`` documents that the lessons cite."""
    for nth in range(n):
        resources.store.write(f"doc{nth:02d}.md", page(nth + 40))


def test_a_generator_that_learned_what_is_stale_now_is_tainted_and_trained_again_without_it(opened: Opened) -> None:
    resources = begun(opened(30))
    resources.examples.write(lessons(30))
    run(resources)
    first = live(resources)
    learned = learned_by(resources.ledger, first)
    assert 0 < len(learned) < 30, "held-out examples are not learned"
    recite(resources, 12)
    changed(resources, 12)
    outcome = run(resources)
    assert (outcome.decision.index, outcome.decision.train) == (Track.UPDATE, ("generator",))
    reason = next(r for r in outcome.decision.reasons if r.signal == TAINT)
    assert "are stale" in reason.because
    asked = next(s for s in outcome.signals if s.name == MEMORIZED)
    assert (asked.value, asked.n) == (1.0, len(learned - now_true(resources)))
    assert outcome.gates["generator"].verdict == "promote", "not to be worse is enough"
    assert explain(None, ledger=resources.ledger, memory=resources.memory)["replays"]
    assert live(resources).generator.adapter != first.generator.adapter
    now = learned_by(resources.ledger, live(resources))
    assert now < learned
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"] == []
    assert resources.tracker.tainted[("generator", content_of(first))].endswith("stale examples")
    again = look(resources)
    assert isinstance(again, Outcome)
    assert again.decision.idle


def now_true(resources: FakeResources) -> set[str]:
    """Return the digests of the lessons whose documents ``changed(resources, 12)`` does not change."""
    return {Example.from_json(row).digest for row in lessons(30)[12:]}


@pytest.mark.parametrize(("by_heart", "train"), [(0, ()), (12, ("generator",))])
def test_a_tainted_generator_that_reads_what_is_there_now_stays(
    opened: Opened, by_heart: int, train: tuple[str, ...]
) -> None:
    resources = begun(opened(30))
    resources.examples.write(lessons(30))
    run(resources)
    recite(resources, by_heart)
    changed(resources, 12)
    outcome = run(resources)
    assert outcome.decision.train == train
    shown = next(r for r in outcome.decision.reasons if r.signal == MEMORIZED).because
    assert ("reads what it is given, and stays" in shown) == (not train)
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"] == (
        [] if train else [live(resources).generator.adapter]
    )
    assert explain(None, ledger=resources.ledger, memory=resources.memory)["replays"]


def test_stale_examples_whose_documents_are_gone_cannot_be_asked_and_are_trained_away(opened: Opened) -> None:
    resources = begun(opened(40))
    resources.examples.write(lessons(40))
    run(resources)
    for nth in range(10):
        resources.store.remove(f"doc{nth:02d}.md")
    outcome = run(resources)
    assert outcome.decision.train == ("generator",)
    assert not [s for s in outcome.signals if s.name == MEMORIZED]


def content_of(release: Release) -> str:
    return content_id([release.generator.base, release.generator.adapter])


def test_a_small_taint_is_shown_and_tolerated_and_a_confirmation_lifts_it(opened: Opened) -> None:
    resources = begun(opened(30, policy=Policy(min_examples=8, min_probes=4, tainted_share=0.9)))
    resources.examples.write(lessons(30))
    run(resources)
    changed(resources, 6)
    outcome = run(resources)
    assert outcome.decision.train == ()
    assert "is allowed" in next(r for r in outcome.decision.reasons if r.signal == TAINT).because
    adapter = live(resources).generator.adapter
    assert (
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"],
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted_by_stale"] > 0,
    ) == ([adapter], True)
    assert list(resources.tracker.tainted) == [("generator", content_of(live(resources)))]
    confirm(
        resources.intake,
        [],
        everything=True,
        by="ann",
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
    )
    look(resources)
    assert (
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"],
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted_by_stale"],
        resources.tracker.tainted,
    ) == ([], 0, {})
    assert examined(resources).healthy


def test_a_retraining_without_the_stale_examples_that_is_worse_is_not_tried_again(opened: Opened) -> None:
    resources = begun(opened(30))
    resources.examples.write(lessons(30))
    run(resources)
    adapter = live(resources).generator.adapter
    recite(resources, 12)
    changed(resources, 12)
    resources.builder.spoils = {"nll": 9.0}
    outcome = run(resources)
    assert outcome.gates["generator"].verdict == "refuse"
    assert live(resources).generator.adapter == adapter
    again = run(resources)
    assert again.decision.train == ()
    assert "last training without the stale examples" in again.decision.debt[0]
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"] == [adapter]
    assert resources.builder.calls["train_generator"] == 2


def test_a_stale_example_that_was_only_held_out_taints_nothing(opened: Opened) -> None:
    resources = begun(opened(30))
    resources.examples.write(lessons(30))
    run(resources)
    learned = learned_by(resources.ledger, live(resources))
    held_out = [Example.from_json(row) for row in lessons(30) if Example.from_json(row).digest not in learned]
    document = held_out[0].cites[0]
    resources.store.write(document, page(50))
    outcome = run(resources)
    assert outcome.decision.train == ()
    assert TAINT not in {r.signal for r in outcome.decision.reasons}
    assert status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"] == []


def test_a_mass_deletion_that_is_held_taints_nothing(opened: Opened) -> None:
    resources = begun(opened(30))
    resources.examples.write(lessons(30))
    run(resources)
    for nth in range(20):
        resources.store.remove(f"doc{nth:02d}.md")
    outcome = run(resources)
    assert outcome.decision.hold
    assert (
        status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["tainted"],
        resources.tracker.tainted,
    ) == (
        [],
        {},
    )
