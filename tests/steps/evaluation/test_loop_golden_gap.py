"""Questions in words that no document contains: golden probes show a gap where derived probes show none."""

from collections.abc import Callable
from typing import Any

import pytest

from pointsman.core.evaluation.signal_names import DERIVED_GAP, GOLDEN_GAP, GOLDEN_GAP_CONTROL, GOLDEN_GAP_NEW
from pointsman.core.policy.decision import Track
from pointsman.core.supervision.examples import is_held_out
from pointsman.settings.params import Budget, Gate, Policy
from pointsman.steps.history.debt import account_of
from pointsman.steps.refresh.report import Outcome
from pointsman.steps.review.history import explain
from pointsman.steps.review.status import status
from tests.fakes.model_loader import JARGON
from tests.fakes.resources import FakeResources, begun, page, run
from tests.steps.live_releases import live

Opened = Callable[..., FakeResources]
SEED = 21
OLD = [n for n in range(20) if is_held_out(f"doc{n:02d}.md", SEED)]
"""Pages whose golden probes judge."""
NEW = [n for n in range(60) if is_held_out(f"new{n:02d}.md", SEED)]
"""New documents of which the same is true; there are more than four."""


def words(nth: int) -> list[str]:
    return [f"{chr(97 + nth % 26)}{chr(97 + nth // 26)}x{k}" for k in range(8)]


def arrive(resources: FakeResources, which: list[int]) -> None:
    """Write new documents in plain words, each about something of its own."""
    for nth in which:
        resources.store.write(f"new{nth:02d}.md", " ".join(words(nth)) + ".\n")


def row(document: str, question: str) -> dict[str, Any]:
    return {"id": f"of {document}", "question": question, "documents": [document]}


def of_old(which: list[int] = OLD) -> list[dict[str, Any]]:
    return [row(f"doc{n:02d}.md", f"Somebody must call number {n} in the village.") for n in which]


def of_new(which: list[int], prefix: str = JARGON) -> list[dict[str, Any]]:
    """Return a question in jargon for each new document; its other words lead to the old pages."""
    return [row(f"new{n:02d}.md", f"Somebody must {' '.join(f'{prefix}{w}' for w in words(n))}") for n in which]


def measured(outcome: Outcome, name: str) -> Any:
    return next((s for s in outcome.signals if s.name == name), None)


def after_questions(resources: FakeResources, new: list[int], rows: list[dict[str, Any]]) -> Outcome:
    begun(resources)
    resources.probes.write(rows)
    arrive(resources, new)
    return run(resources)


def test_questions_in_words_of_no_document_train_the_retriever_and_judge_it(opened: Opened) -> None:
    resources = opened(20)
    outcome = after_questions(resources, NEW, of_old() + of_new(NEW))
    derived, asked = measured(outcome, DERIVED_GAP), measured(outcome, GOLDEN_GAP)
    assert derived.low <= 0.05, "sentences of the documents see no gap"
    assert (asked.low > 0.15, asked.n) == (True, min(len(OLD), len(NEW)))
    assert outcome.decision.train == ("retriever",)
    ruling = outcome.gates["retriever"]
    assert ruling.verdict == "promote"
    assert "golden probes of new content" in ruling.because
    assert f"over {len(NEW)} probes" in ruling.because
    assert live(resources).embedder.adapter is not None
    assert explain(None, ledger=resources.ledger, memory=resources.memory)["replays"]
    assert account_of(resources.memory, "retriever").asked == ()


def test_questions_in_words_that_the_embedder_knows_train_nothing(opened: Opened) -> None:
    outcome = after_questions(opened(20), NEW, of_old() + of_new(NEW, prefix=""))
    assert outcome.decision.train == ()
    assert measured(outcome, GOLDEN_GAP).low <= 0.15


def test_questions_that_a_training_may_learn_measure_no_gap(opened: Opened) -> None:
    learnable = [n for n in range(60) if n not in NEW][: len(NEW)]
    outcome = after_questions(opened(20), learnable, of_old() + of_new(learnable))
    assert measured(outcome, GOLDEN_GAP) is None
    assert outcome.decision.train == ()


def test_a_held_out_question_that_is_asked_on_the_training_side_too_measures_nothing(opened: Opened) -> None:
    learnable = next(n for n in range(60) if n not in NEW)
    rows = of_new(NEW)
    twice = [{**each, "id": f"again {n}", "documents": [f"new{learnable:02d}.md"]} for n, each in enumerate(rows)]
    outcome = after_questions(opened(20), [*NEW, learnable], of_old() + rows + twice)
    assert measured(outcome, GOLDEN_GAP_NEW) is None


@pytest.mark.parametrize(("n", "train"), [(3, ()), (4, ("retriever",))])
def test_golden_probes_decide_from_the_least_number_on(opened: Opened, n: int, train: tuple[str, ...]) -> None:
    outcome = after_questions(opened(20), NEW[:n], of_old() + of_new(NEW[:n]))
    assert outcome.decision.train == train
    if not train:
        debt = "retriever: more held-out golden probes would decide: 1 of new content"
        assert debt in outcome.decision.debt


def test_too_few_questions_of_several_changes_add_up(opened: Opened) -> None:
    resources = opened(20)
    first = after_questions(resources, NEW[:2], of_old() + of_new(NEW))
    assert (measured(first, GOLDEN_GAP).n, first.decision.train) == (2, ())
    assert len(account_of(resources.memory, "retriever").asked) == 2
    arrive(resources, NEW[2:4])
    second = run(resources)
    assert (measured(second, GOLDEN_GAP).n, second.decision.train) == (4, ("retriever",))
    assert account_of(resources.memory, "retriever").asked == ()


def test_without_questions_of_unchanged_content_nothing_is_trained_and_the_debt_says_why(opened: Opened) -> None:
    resources = opened(20)
    outcome = after_questions(resources, NEW, of_new(NEW))
    assert (measured(outcome, GOLDEN_GAP), measured(outcome, GOLDEN_GAP_CONTROL)) == (None, None)
    assert outcome.decision.train == ()
    assert any(
        "none of unchanged content can be compared" in debt
        for debt in status(resources.serving, memory=resources.memory, quarantine=resources.quarantine)["debt"]
    )
    resources.probes.write(of_old() + of_new(NEW))
    resources.store.write("doc00.md", page(41))
    asked = run(resources)
    assert measured(asked, GOLDEN_GAP_NEW).n >= len(NEW), "what was new then is asked again, and is no control"
    assert asked.decision.train == ("retriever",)


def test_a_training_that_golden_probes_propose_is_debt_while_it_costs_too_much(opened: Opened) -> None:
    resources = opened(20)
    tight = resources.with_params(budget=Budget(train_seconds=1.0))
    outcome = after_questions(tight, NEW, of_old() + of_new(NEW))
    assert outcome.decision.train == ()
    assert account_of(resources.memory, "retriever").points > 0
    resources.with_params()
    resources.store.write("doc00.md", page(41))
    assert run(resources).decision.train == ("retriever",)


def test_a_rename_does_not_change_the_debt_of_the_retriever(opened: Opened) -> None:
    resources = opened(20)
    tight = resources.with_params(budget=Budget(train_seconds=1.0))
    after_questions(tight, NEW, of_old() + of_new(NEW))
    before = account_of(resources.memory, "retriever")
    resources.store.remove("doc19.md")
    resources.store.write("moved.md", page(19))
    assert run(tight).decision.index is Track.PATCH
    assert account_of(resources.memory, "retriever") == before


def test_a_question_of_which_only_some_documents_are_new_is_on_neither_side(opened: Opened) -> None:
    mixed = [{**each, "documents": [f"new{n:02d}.md", "doc00.md"]} for n, each in zip(NEW, of_new(NEW), strict=True)]
    outcome = after_questions(opened(20), NEW, of_old() + mixed)
    assert measured(outcome, GOLDEN_GAP_NEW) is None


def test_no_question_is_asked_twice_of_the_staged_revision(opened: Opened) -> None:
    resources, plain = opened(20), opened(20)
    after_questions(resources, NEW, of_old() + of_new(NEW, prefix=""))
    after_questions(plain, NEW, [])
    asked = len(OLD) + len(NEW)
    assert resources.models.embedded - plain.models.embedded == 2 * asked, "on the live revision and on the staged one"


def test_with_too_few_golden_probes_for_the_gate_derived_ones_judge(opened: Opened) -> None:
    resources = opened(20, policy=Policy(min_examples=8, min_probes=4), gate=Gate(min_items=len(NEW) + 1))
    outcome = after_questions(resources, list(range(60)), of_old() + of_new(NEW))
    assert outcome.decision.train == ("retriever",)
    ruling = outcome.gates["retriever"]
    assert "derived probes of new content" in ruling.because
    assert ruling.verdict == "inconclusive"
    assert live(resources).embedder.adapter is None
