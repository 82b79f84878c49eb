"""One scenario of the decision bench with the real parts: forked, changed, measured, and taken up where it was left."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.scenarios import actions, run, workspaces
from bench.scenarios.cases.catalogue import SCENARIOS
from bench.scenarios.matrix import Matrix
from bench.scenarios.run import OutOfTime, Run

WANTED = ("keep", "update", "rebuild", "hold")


def test_actions_are_carried_out_measured_and_never_done_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (workspaces, actions, run):
        monkeypatch.setattr(module, "HOME", tmp_path / "home")
    matrix, told = Matrix(tmp_path / "matrix"), list[str]()
    scenario = replace(SCENARIOS["one-number"], base="yard-plain")
    with pytest.raises(OutOfTime):
        Run(matrix, minutes=0.0, tell=told.append).scenario(scenario, 17, WANTED)
    assert told == []

    Run(matrix, minutes=None, tell=told.append).scenario(scenario, 17, WANTED)
    row = matrix.row("one-number", 17)
    assert row is not None
    entries = row["actions"]
    found = {name: matrix.outcome(entry["outcome"]) for name, entry in entries.items()}
    facts = {name: outcome["measured"]["facts"] for name, outcome in found.items() if outcome}
    assert [f["shown"] for f in facts["keep"].values()] == [False, False]
    assert [f["shown"] for f in facts["update"].values()] == [True, True]
    assert entries["hold"]["outcome"] == entries["keep"]["outcome"]
    assert entries["rebuild"]["outcome"] == entries["update"]["outcome"], (
        "any history ends equal to a build from scratch"
    )
    assert 0 < entries["update"]["embedded"] < entries["rebuild"]["embedded"]
    assert row["evidence"]["measured"]
    assert row["evidence"]["changes"]["edited"] == 1

    told.clear()
    Run(matrix, minutes=None, tell=told.append).scenario(scenario, 17, WANTED)
    assert told == []
