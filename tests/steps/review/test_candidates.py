"""Candidates: releases for which the gate was inconclusive, until a person approves or rejects them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pointsman.core.errors import OnHold, UsageError
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.review.decide import find_review, reject, review_summary
from tests.fakes.resources import FakeResources, begun, live_id, page, run
from tests.steps.holds import consent

Opened = Callable[..., FakeResources]


def lesson(nth: int) -> dict[str, Any]:
    document = f"doc{nth:02d}.md"
    answer = json.dumps({"answer": f"The keeper {nth}.", "citations": [document]})
    said = [{"role": "user", "content": f"Who opens door {nth}?"}, {"role": "assistant", "content": answer}]
    return {"messages": said, "cites": [document]}


def undecided(opened: Opened) -> tuple[FakeResources, Outcome]:
    """Return a workspace with a trained challenger for which the gate was inconclusive."""
    resources = begun(opened(20))
    resources.examples.write([lesson(nth) for nth in range(20)])
    resources.builder.spoils = {"keys": [["text", "str"]], "nll": 1.0}
    outcome = run(resources)
    assert outcome.gate == "inconclusive"
    assert outcome.candidate is not None
    return resources, outcome


def test_an_approved_candidate_goes_live_and_waits_no_longer(opened: Opened) -> None:
    resources, outcome = undecided(opened)
    waiting = review_summary(ledger=resources.ledger, memory=resources.memory)["waits"]
    assert outcome.candidate is not None
    assert [(w["kind"], w["candidate"]) for w in waiting] == [("candidate", outcome.candidate.id)]
    before = live_id(resources)
    verdict = consent(resources)
    assert (verdict["release"], verdict["left"]) == (outcome.candidate.id, before)
    assert live_id(resources) == outcome.candidate.id
    assert review_summary(ledger=resources.ledger, memory=resources.memory) == {"waits": [], "rejected": []}
    assert run(resources).exit_code == 0
    assert live_id(resources) == outcome.candidate.id, "the next refresh leaves it"
    assert resources.tracker.aliases("release")["live"] == outcome.candidate.id


def test_a_candidate_whose_rival_is_not_live_any_more_is_held_and_changes_nothing(opened: Opened) -> None:
    resources, outcome = undecided(opened)
    resources.store.write("new.md", page(31))
    run(resources)
    before = live_id(resources)
    with pytest.raises(OnHold, match=f"but {before} is live now"):
        consent(resources, outcome.decision.id)
    assert live_id(resources) == before
    assert review_summary(ledger=resources.ledger, memory=resources.memory)["waits"] == []


def test_a_rejected_candidate_waits_no_longer_and_loses_its_alias(opened: Opened) -> None:
    resources, outcome = undecided(opened)
    assert outcome.candidate is not None
    assert resources.tracker.aliases("release")["candidate"] == outcome.candidate.id
    reject(
        resources.records,
        find_review(None, ledger=resources.ledger, memory=resources.memory),
        by="ben",
        note="no better",
    )
    assert review_summary(ledger=resources.ledger, memory=resources.memory)["waits"] == []
    assert "candidate" not in resources.tracker.aliases("release")
    with pytest.raises(UsageError, match="no decision waits"):
        find_review(None, ledger=resources.ledger, memory=resources.memory)
