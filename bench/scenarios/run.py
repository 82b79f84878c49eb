"""Run scenarios: copy a workspace, change it, record evidence, carry out every action, measure. Resumable."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.scenarios import actions
from bench.scenarios.actions import Impossible, ServedIndex
from bench.scenarios.cases.corpora import base
from bench.scenarios.domain_classifier import auc
from bench.scenarios.matrix import Matrix
from bench.scenarios.measure import Answers, inputs_of, measured
from bench.scenarios.workspaces import HOME, as_cached, base_place, cleared, cpu_seconds, fork
from bench.scenarios.world import ACTIONS, GENERATOR, HOLD, INDEX_ACTIONS, Case, Scenario, World, trained_by
from pointsman.bootstrap.workspace import open_resources
from pointsman.core.index.points import Point
from pointsman.core.policy.decision import Track
from pointsman.core.policy.evidence import Measurements
from pointsman.core.release import Model
from pointsman.steps.evaluation.assess import assess
from pointsman.steps.indexing.compare import sampled_points
from pointsman.steps.indexing.prepare import prepare
from pointsman.steps.indexing.rebuild import target_of
from pointsman.steps.indexing.stage import Staged, stage, unstage
from pointsman.steps.observe.state import WorkspaceState, state_now
from pointsman.steps.resources import Resources

ShowLine = Callable[[str], None]

OLD_PASSAGES = 200
"""Most unchanged passages to compare new ones with."""


class OutOfTime(Exception):
    """The given minutes are over. Measured outcomes are stored."""


class Run:
    """One run over scenarios; the time limit is checked between actions."""

    def __init__(self, matrix: Matrix, *, minutes: float | None, tell: ShowLine) -> None:
        """Take the matrix to fill, the time limit, and a function that shows progress lines."""
        self._matrix = matrix
        self._tell = tell
        self._end = None if minutes is None else time.monotonic() + 60 * minutes
        self._answers = Answers(HOME / "answers.jsonl")
        self._source = HOME

    def scenario(self, scenario: Scenario, seed: int, wanted: Sequence[str], *, anew: bool = False) -> None:
        """Carry out the wanted actions that are not measured yet; ``anew`` records the evidence again.

        Raises:
            OutOfTime: the time limit has passed.
        """
        case = scenario.case(base(scenario.base), seed)
        row = self._row(scenario, seed, case)
        row |= {"evidence": None} if anew else {}
        missing = [action for action in wanted if action not in row["actions"]]
        if not missing and row["evidence"] is not None:
            return
        self._hurry()
        place = HOME / "forks" / scenario.id
        fork(scenario.base, case.world, place)
        self._source, _ = base_place(scenario.base)
        with open_resources(place) as resources:
            with actions.with_normaliser_of(case):
                state = state_now(
                    resources.intake, serving=resources.serving, records=resources.records, progress=resources.progress
                )
                if row["evidence"] is None:
                    row |= evidence_of(resources, state, seed)
                    row["rules"] |= hashes(base(scenario.base).world, case.world)
                    self._matrix.put_row(row)
                    self._tell(f"{scenario.id}: evidence")
            self._actions(resources, state, case, row, missing)
        cleared(place)

    def _row(self, scenario: Scenario, seed: int, case: Case) -> dict[str, Any]:
        """Return the stored row of a scenario, or a new one if the scenario or its base has changed."""
        known = self._matrix.row(scenario.id, seed)
        _, made = base_place(scenario.base)
        if known is not None and (known["case"], known["base_id"]) == (case.id, made["id"]):
            return known
        return {
            "scenario": scenario.id, "seed": seed, "family": scenario.family, "base": scenario.base,
            "base_id": made["id"], "case": case.id, "expected": scenario.expected, "because": scenario.because,
            "budget_cpu_seconds": made["index_cpu_seconds"] + (made["generator_cpu_seconds"] or 0.0),
            "evidence": None, "actions": {},
        }  # fmt: skip

    def _actions(
        self, resources: Resources, state: WorkspaceState, case: Case, row: dict[str, Any], missing: list[str]
    ) -> None:
        """Carry out the missing actions; each index action is staged once for both generators."""
        place = Path(resources.scratch).parents[1]
        began = time.monotonic()
        generators = self._generators(resources, state, missing)
        spend(row, "generator" if len(generators) > 1 else "", time.monotonic() - began)
        for index in INDEX_ACTIONS:
            names = [index, f"{index}{GENERATOR}", *([HOLD] if index == "keep" else [])]
            due = [name for name in names if name in missing]
            if not due:
                continue
            self._hurry()
            began = time.monotonic()
            with self._standing(index, resources, state, case, place) as (stand, notes):
                for name in due:
                    trained = generators[GENERATOR] if name.endswith(GENERATOR) else generators[""]
                    row["actions"][name] = self._measured(resources, case, stand, notes, trained)
                    spend(row, trained_by(name), time.monotonic() - began)
                    began = time.monotonic()
                    self._matrix.put_row(row)
                    self._tell(f"{row['scenario']}: {name}")

    def _generators(
        self, resources: Resources, state: WorkspaceState, missing: Sequence[str]
    ) -> dict[str, dict[str, Any]]:
        """Return the generator of the next release without training, and the one trained on the examples."""
        found: dict[str, dict[str, Any]] = {"": {"model": state.generator, "cpu_seconds": 0.0}}
        if any(name.endswith(GENERATOR) for name in missing):
            self._hurry()
            used = cpu_seconds()
            try:
                model, taught = actions.generator_of(resources, state)
                found[GENERATOR] = {"model": model, "cpu_seconds": taught.cpu_seconds, "training": taught.key}
            except Impossible as error:
                spent = round(cpu_seconds() - used, 2)
                found[GENERATOR] = {"model": state.generator, "cpu_seconds": spent, "impossible": str(error)}
        return found

    @contextmanager
    def _standing(
        self, index: str, resources: Resources, state: WorkspaceState, case: Case, place: Path
    ) -> Iterator[tuple[ServedIndex | None, dict[str, Any]]]:
        """Yield the index that an action serves, and undo the action afterwards."""
        as_cached(place, self._source)
        used = cpu_seconds()
        try:
            stand = standing(index, resources, state, case, place)
        except Impossible as error:
            spent = round(cpu_seconds() - used, 2)
            fallback = None if case.world.index_lost else actions.kept(resources, state)
            yield fallback, {"cpu_seconds": spent, "impossible": str(error)}
            return
        yield stand, {"cpu_seconds": stand.cpu_seconds, "embedded": stand.embedded}
        actions.undone(resources, stand, state)

    def _measured(
        self,
        resources: Resources,
        case: Case,
        stand: ServedIndex | None,
        notes: dict[str, Any],
        generator: dict[str, Any],
    ) -> dict[str, Any]:
        """Return the entry of an action in its row; an identical state is measured only once."""
        model: Model = generator["model"]
        inputs = inputs_of(resources, case, stand, model)
        id_ = self._matrix.find(inputs)
        if id_ is None:
            id_ = self._matrix.put_outcome(inputs, measured(resources, case, stand, model, self._answers))
        impossible = [g["impossible"] for g in (notes, generator) if "impossible" in g]
        more = {name: value for name, value in notes.items() if name not in {"cpu_seconds", "impossible"}}
        more |= {"training": generator["training"]} if "training" in generator else {}
        more |= {"impossible": impossible} if impossible else {}
        return {"outcome": id_, "cpu_seconds": round(notes["cpu_seconds"] + generator["cpu_seconds"], 3), **more}

    def _hurry(self) -> None:
        if self._end is not None and time.monotonic() > self._end:
            raise OutOfTime


def standing(index: str, resources: Resources, state: WorkspaceState, case: Case, place: Path) -> ServedIndex:
    """Carry an index action out.

    Raises:
        Impossible: the action cannot be carried out in this world.
    """
    if index == "keep":
        return actions.kept(resources, state)
    if index == "patch":
        return actions.patched(resources, state)
    if index == "update":
        return actions.updated(resources, state)
    with actions.with_normaliser_of(case):
        if index == "rebuild":
            return actions.rebuilt(resources, state, place)
        return actions.rebuilt_with_new_retriever(resources, state)


def spend(row: dict[str, Any], kind: str, seconds: float) -> None:
    """Add the wall seconds of an action to its kind; ``status`` estimates the remaining time from them."""
    spent = row.setdefault("wall_seconds", {})
    spent[kind] = round(spent.get(kind, 0.0) + seconds, 1)


def evidence_of(resources: Resources, state: WorkspaceState, seed: int) -> dict[str, Any]:
    """Return the evidence that the product measures, and the inputs of the simple rules.

    As in a refresh: observe; stage what the policy decides, unless it holds; assess; undo.
    """
    used = cpu_seconds()
    decision = state.decision
    staged, signals = None, ()
    if not decision.hold:
        if decision.index is not Track.KEEP:
            target = target_of(state)
            staged = stage(
                resources.serving,
                target,
                prepare(resources.intake, target, serving=resources.serving, progress=resources.progress),
                progress=resources.progress,
                quarantine=resources.quarantine,
            )
        signals = assess(resources.intake, state, staged, serving=resources.serving, memory=resources.memory).signals
    spent = round(cpu_seconds() - used, 2)
    evidence = replace(state.evidence, measurements=Measurements(measured=not decision.hold, signals=signals))
    found = {
        "evidence": evidence.as_json(), "limits": state.limits.as_json(), "evidence_cpu_seconds": spent,
        "rules": {"auc": _auc(resources, state, staged, seed), "files": _files(state)},
    }  # fmt: skip
    if staged is not None:
        unstage(resources.index, staged.index.collection, staged.index.revision)
    return found


def hashes(before: World, after: World) -> dict[str, bool]:
    """Return whether examples and params.yaml have changed, the inputs of the strong rule.

    ``commands`` is whether params.yaml has another embedder or chunking (see ``score.obeys``).
    """
    commands = {"retriever", "chunking"} & {s for s, keys in after.params.items() if keys != before.params.get(s)}
    params = dict(after.params) != dict(before.params)
    return {"examples": after.examples_id != before.examples_id, "params": params, "commands": bool(commands)}


def _files(state: WorkspaceState) -> dict[str, float]:
    """Return the number of changed or renamed files, and their share of the live files."""
    changed = len(state.diff.touched)
    return {"changed": changed, "share": round(changed / max(1, len(state.live_manifest)), 4)}


def _auc(resources: Resources, state: WorkspaceState, staged: Staged | None, seed: int) -> float | None:
    """Return the AUC of separating new passages from a sample of live ones, 0..1; None for too few."""
    live = state.live
    if staged is None or live is None or not staged.prepared.new:
        return None
    if staged.index.embedder != live.index.embedder or live.index.collection not in resources.index.collections():
        return None
    old: list[Point] = sampled_points(live.index, OLD_PASSAGES, vector_index=resources.index, params=resources.params)
    digests = {p.digest for p in old}
    fresh = {w.digest for w in staged.prepared.new} - digests
    before, now = (
        np.array(list(resources.index.vectors(place.collection, wanted).values()), dtype=np.float32)
        for place, wanted in ((live.index, digests), (staged.index, fresh))
    )
    return auc(before, now, seed)


def actions_left(matrix: Matrix, scenarios: Sequence[Scenario], seeds: Sequence[int]) -> dict[str, list[str]]:
    """Return the actions that are not measured yet, by scenario and seed."""
    found = {}
    for scenario in scenarios:
        for seed in seeds:
            row = matrix.row(scenario.id, seed)
            known = row["actions"] if row else {}
            found[f"{scenario.id}-{seed}"] = [action for action in ACTIONS if action not in known]
    return found
