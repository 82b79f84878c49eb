"""Every scenario, by id."""

from collections.abc import Collection

from bench.scenarios.cases import behaviour, facts, hostile, nothing, system, topics
from bench.scenarios.world import Scenario
from pointsman.core.errors import UsageError

SCENARIOS: dict[str, Scenario] = {
    scenario.id: scenario
    for family in (nothing, facts, topics, behaviour, system, hostile)
    for scenario in family.SCENARIOS
}


def chosen(ids: Collection[str]) -> list[Scenario]:
    """Return the scenarios with these ids, or all if none is given.

    Raises:
        UsageError: there is no such scenario.
    """
    unknown = sorted(set(ids) - SCENARIOS.keys())
    if unknown:
        raise UsageError(f"no scenario {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    return [scenario for scenario in SCENARIOS.values() if not ids or scenario.id in ids]
