"""Changes that a guard holds, and the approval of a person."""

from typing import Any

from pointsman.steps.refresh.report import Outcome
from pointsman.steps.review.decide import approve, find_review
from tests.fakes.resources import FakeResources, live_id, run, served


def gone(resources: FakeResources, first: int, last: int) -> None:
    for nth in range(first, last):
        resources.store.remove(f"doc{nth:02d}.md")


def signals_of(outcome: Outcome) -> list[str]:
    return [r.signal for r in outcome.decision.reasons]


def because(outcome: Outcome, signal: str) -> str:
    return next(r.because for r in outcome.decision.reasons if r.signal == signal)


def consent(resources: FakeResources, decision: str | None = None) -> dict[str, Any]:
    return approve(
        resources.intake,
        find_review(decision, ledger=resources.ledger, memory=resources.memory),
        by="ann",
        note="archive moved",
        serving=resources.serving,
        records=resources.records,
        progress=resources.progress,
    )


def holding(resources: FakeResources, *signals: str) -> Outcome:
    """Refresh, and check that these guards hold and the live release stays."""
    before, content = live_id(resources), served(resources)
    outcome = run(resources)
    assert (signals_of(outcome), outcome.exit_code) == (list(signals), 3)
    assert (live_id(resources), served(resources)) == (before, content)
    assert all("pointsman approve" in flip or "by itself" in flip for flip in outcome.decision.flips)
    return outcome
