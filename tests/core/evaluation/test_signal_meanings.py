"""Every signal that a person may read has a direction."""

import pytest

from pointsman.core.evaluation import signal_names
from pointsman.core.evaluation.error_analysis import Cause
from pointsman.core.evaluation.signal_meanings import HIGHER, LOWER, MEANINGS, NEITHER, better


def test_every_named_signal_has_a_meaning() -> None:
    names = {value for name, value in vars(signal_names).items() if name.isupper()}
    assert names <= MEANINGS.keys()
    assert {meaning.better for meaning in MEANINGS.values()} <= {HIGHER, LOWER, NEITHER}


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("residual.retrieval.gap", LOWER), ("residual.behaviour.shape_valid", HIGHER),
        ("control.behaviour.shape_valid", HIGHER), ("shape.few_shot", HIGHER), ("base.declined.constrained", HIGHER),
        ("residual.behaviour.nll", LOWER), ("control.behaviour.nll", LOWER), ("guard.removed", NEITHER),
        ("weather", ""),
    ],
)  # fmt: skip
def test_a_control_group_and_a_baseline_have_the_direction_of_their_measure(name: str, direction: str) -> None:
    assert better(name) == direction


def test_fewer_failed_probes_are_better_whatever_the_cause() -> None:
    assert {better(f"probes.failed.{cause.name.lower()}") for cause in Cause} == {LOWER}
