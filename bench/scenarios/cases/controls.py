"""The control questions of a case."""

from dataclasses import replace

from bench.scenarios.cases.edits import JSON_FORM, asked, untouched
from bench.scenarios.world import Base, Case, World

BEHAVIOUR_CONTROLS = 6
"""Number of questions about the live behaviour that are asked after every action."""


def judged_case(base: Base, world: World, *, altered: frozenset[str] = frozenset(), **more: object) -> Case:
    """Return a case with the control questions of the base whose documents are not in ``altered``."""
    kept = asked(base.spare[:BEHAVIOUR_CONTROLS], JSON_FORM) if base.world.examples else ()
    case = Case(world, controls=untouched(base.controls, altered), controls_asked=kept)
    return replace(case, **more)  # type: ignore[arg-type]
