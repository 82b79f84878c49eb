"""Which way each measure is better."""

import pytest

from pointsman.core.evaluation import signal_names
from pointsman.core.evaluation.answer_scoring import MEASURES
from pointsman.core.evaluation.answer_signals import F1, NLL, NLL_GAP
from pointsman.core.evaluation.directions import HIGHER, LOWER, direction


@pytest.mark.parametrize(
    ("name", "better"),
    [
        (signal_names.DERIVED_GAP, LOWER),
        (signal_names.GOLDEN_GAP, LOWER),
        (signal_names.GOLDEN_GAP_NEW, HIGHER),
        (signal_names.SHAPE, HIGHER),
        (signal_names.DECLINED, HIGHER),
        (signal_names.FORM_AGREEMENT, HIGHER),
        (signal_names.MEMORIZED, LOWER),
        (NLL, LOWER),
        (NLL_GAP, LOWER),
        (F1, HIGHER),
        ("control.behaviour.nll", LOWER),
        ("probes.golden.staged", HIGHER),
        ("probes.failed.ranking", LOWER),
        ("base.shape.few_shot", HIGHER),
        ("citation.prompt", HIGHER),
        ("false_refusal", LOWER),
        ("edits.factual", None),
        ("n", None),
    ],
)
def test_a_measure_says_which_way_is_better(name: str, better: str | None) -> None:
    assert direction(name) == better


def test_a_drift_is_a_p_value_and_says_so() -> None:
    assert direction("drift.embedding") == "a p-value: lower means more drift"


@pytest.mark.parametrize("measure", [*MEASURES, "refusal", "false_refusal"])
def test_no_score_of_answers_is_without_a_direction(measure: str) -> None:
    assert direction(measure)
