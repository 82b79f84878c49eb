"""(c) A changed fact: re-indexing alone changes the answers, and an adapter that learned the old fact is refused.

After the adapter of (a) is live, the values of 120 sheets change and a refresh updates the index. The questions are
asked as in serving, on the index before and after. Then examples of another behaviour are added, so that the policy
trains, and with them examples that state old values of some sheets. The refresh trains on all of them, and its
memorization check must refuse that adapter. The same check must have passed the adapter of (a).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from bench.finetuning.shared_steps import CONFIDENCE, FULL, SEED, SMOKE, SharedSteps, brief
from bench.finetuning.sheets import Sheet
from bench.finetuning.verdict import Goal, ProofResult, yes
from bench.finetuning.workspace import REFUSED, StepResult
from pointsman.core.evaluation.memorization import CELLS, Cell, MemorizationCheck
from pointsman.core.evaluation.statistics import Signal, proportion
from pointsman.core.gates.memorization import judge_memorization
from pointsman.core.gates.ruling import Verdict
from pointsman.core.supervision.examples import Example, is_held_out

FOLLOWS = 0.9
"""Fewest changed facts that the answers must follow after re-indexing alone, as a share."""
OLD_VERSION, NEW_VERSION = 1, 2
ASKED = "-asked"
ADAPTERS = {"old": "live adapter", "new": "planted adapter"}


def run_proof(*, smoke: bool = False) -> ProofResult:
    """Measure how many answers follow a changed fact after re-indexing, and whether the wrong adapter is refused.

    Args:
        smoke: few sheets, as a test of the code.
    """
    shared = SharedSteps(SMOKE if smoke else FULL)
    taught = shared.taught()
    before = shared.place.step("live before the change", shared.live)
    moved = shared.changed(NEW_VERSION)
    after = shared.place.step("live after the change", shared.live)
    size = shared.size
    given = {"planted": size.planted, "beside": size.beside, "new": size.new, "lora": size.planted_lora}
    planted = shared.place.step("planted", lambda: _planted(shared), given)
    crossed = shared.place.step("crossed", lambda: _crossed(shared, before, after, planted), given)
    return judged(shared, taught, moved["report"], planted, [_again(row) for row in crossed["rows"]])


def _planted(shared: SharedSteps) -> StepResult:
    """Add the wrong examples and refresh, which trains on them."""
    place, size = shared.place, shared.size
    wrong = shared.plant.planted(size.planted, SEED, version=OLD_VERSION)
    place.set_params(generator={"lora": size.planted_lora})
    place.lines("examples", "answers", [e.as_json() for e in shared.plant.examples()[: size.beside]])
    place.lines("examples", "orders", [e.as_json() for e in shared.plant.orders()[: size.new]])
    place.lines("examples", "planted", [example.as_json() for example in wrong])
    report = place.refresh(allowed=(0, REFUSED))
    record = place.last_evaluation()
    exam, training = record["exam"], record["training"]["generator"]
    return {
        "report": report, "rulings": exam["rulings"], "crossing": exam["crossing"], "training": brief(training),
        "planted": [example.cites[0] for example in wrong],
    }  # fmt: skip


def _asked(sheet: Sheet) -> Example:
    """Return the question of a fact with its old answer."""
    said = ({"role": "user", "content": sheet.question(0)}, {"role": "assistant", "content": sheet.answer(OLD_VERSION)})
    return Example(f"{sheet.document}{ASKED}", said, (sheet.document,))


def _crossed(shared: SharedSteps, before: StepResult, after: StepResult, planted: StepResult) -> StepResult:
    """Ask every changed fact as in serving: on both indexes, with the live adapter and with the wrong one."""
    from pointsman.bootstrap.workspace import open_resources
    from pointsman.core.release import Model
    from pointsman.steps.evaluation.memorization import MemorizationPrompt, check_memorization
    from pointsman.steps.ledger.releases import load_release
    from pointsman.steps.serving.prompts import prompt_set

    asked = [_asked(sheet) for sheet in shared.plant.facts]
    honest = Model(**after["generator"])
    liar = replace(honest, adapter=planted["training"]["adapter_fingerprint"])
    with open_resources(shared.place.root) as resources:
        papers = []
        for release_at in (before, after):
            release = load_release(resources.ledger, release_at["release"])
            embedder = resources.models.embedder(release.embedder)
            papers.append(
                prompt_set(resources.index, embedder, release.index, asked, resources.params.generator).retrieved
            )
        crossings = [MemorizationPrompt(old, new) for old, new in zip(*papers, strict=True)]
        found = check_memorization(crossings, honest, liar, models=resources.models, params=resources.params)
    return {"rows": [_row(each) for each in found]}


def _row(each: MemorizationCheck) -> dict[str, Any]:
    return {**asdict(each), "answers": [each.answers[cell] for cell in CELLS]}


def _again(row: Mapping[str, Any]) -> MemorizationCheck:
    return MemorizationCheck(**{**row, "answers": dict(zip(CELLS, row["answers"], strict=True))})


def judged(
    shared: SharedSteps,
    taught: StepResult,
    moved: Mapping[str, Any],
    planted: StepResult,
    crossed: Sequence[MemorizationCheck],
) -> ProofResult:
    """Compare answers and gate rulings with the limits."""
    n, documents = shared.size.fewest, set(planted["planted"])
    follows = {
        (cell, side): followed(crossed, cell, side, f"{cell[0]} index, {ADAPTERS[cell[1]]}: follows the {side} text")
        for cell in CELLS
        for side in ("old", "new")
    }
    honest, liar = taught["exam"]["rulings"].get("memory"), planted["rulings"].get("memory")
    refused = liar is not None and liar["verdict"] == Verdict.REFUSE
    passed = honest is not None and honest["verdict"] == Verdict.PROMOTE
    recited = [each for each in crossed if each.memorized]
    over = judge_memorization(crossed, max_memorised=0)
    return ProofResult(
        "c",
        "answers follow a changed fact after re-indexing, and an adapter that memorized the old one is refused",
        goals=[
            Goal(follows[("new", "old"), "new"], FOLLOWS, items=n),
            Goal(yes("only the index followed the change: update, nothing trained", _index_only(moved)), 1, items=1),
            Goal(yes("the 2x2 check refuses the adapter that learned old values", refused), 1, items=1),
            Goal(yes("the 2x2 check passes the adapter that learned none", passed), 1, items=1),
        ],
        seconds=shared.place.seconds,
        measures=list(follows.values()),
        facts={
            "asked": len(crossed), "telling": sum(each.telling for each in crossed),
            "recited": len(recited),
            "recited_of_planted": sum(each.id.removesuffix(ASKED) in documents for each in recited),
            "planted_sheets": len(documents), "over_all": over.as_json() if over else None,
            "refusal": planted["rulings"], "crossing_in_the_gate": planted["crossing"],
            "honest": {"ruling": honest, "crossing": taught["exam"]["crossing"]},
            "after_the_change": {key: moved[key] for key in ("decision", "work", "seconds")},
            "planted_decision": planted["report"]["decision"], "training": planted["training"],
            "held_out": "no example of the live adapter cites a sheet of facts; they are asked as nothing planted asks",
            "facts_on_the_held_out_side": sum(is_held_out(sheet.document, SEED) for sheet in shared.plant.facts),
        },
    )  # fmt: skip


def _index_only(report: Mapping[str, Any]) -> bool:
    decision = report["decision"]
    return decision["index"] == "update" and not decision["train"] and not report["work"]["tokens_trained"]


def followed(crossed: Sequence[MemorizationCheck], cell: Cell, side: str, name: str) -> Signal:
    """Return the share of answers in a cell that state the old or the new fact (``side``)."""
    found = [each.telling and each.follows(cell) == side for each in crossed]
    return proportion(name, found, CONFIDENCE, "share of changed facts, 0..1")
