"""Act and gate: train what the decision names, through dvc, and rule over each challenger before it may answer."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pointsman.core.errors import StoreMoved
from pointsman.core.evaluation.signal_names import ASKED
from pointsman.core.gates.index import judge_recall
from pointsman.core.gates.retriever import Sides, judge_retriever
from pointsman.core.gates.ruling import Verdict, strictest
from pointsman.core.policy.generator_rules import unlearns
from pointsman.core.policy.retriever_rules import decisive
from pointsman.core.supervision.probes import DERIVED, GOLDEN
from pointsman.ports.models import Role
from pointsman.steps.evaluation.answers import arms_beside, exam_table, rule_generator, sit_exam, sit_rest
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.evaluation.memorization import cross
from pointsman.steps.evaluation.probes import hits_of
from pointsman.steps.history.failed_trainings import note_failed
from pointsman.steps.history.throughput import retriever_estimate, training_estimate
from pointsman.steps.indexing.prepare import prepare
from pointsman.steps.indexing.rebuild import ann_recall, target_of
from pointsman.steps.indexing.stage import Staged, stage
from pointsman.steps.observe.state import Situation, attempt_id
from pointsman.steps.resources import Desk
from pointsman.steps.supervision.experience_replay import examples_used
from pointsman.steps.supervision.taint import note_learned
from pointsman.steps.training.results import Trained


def build_ahead(desk: Desk) -> Mapping[str, Any]:
    """Let dvc embed the whole corpus as it finds it, and return its report; what changed since is caught up with.

    Raises:
        BuildFailed: the stage failed; what was embedded is kept, and the next run goes on from there.
    """
    desk.index.close()  # readers of the embedded engine get in while the build runs
    return desk.builder.build("index")


def build(desk: Desk, situation: Situation, stage_name: str) -> Mapping[str, Any]:
    """Bring a dvc stage up to date and return its report.

    Raises:
        StoreMoved: it was built from other documents than those observed.
        BuildFailed: the stage failed.
    """
    desk.index.close()  # readers of the embedded engine get in while the build runs
    report = desk.builder.build(stage_name)
    built, seen = report.get("corpus"), situation.observation.good.id
    if built is not None and built != seen:
        raise StoreMoved(f"dvc built from corpus {built} but {seen} was observed; the store is changing, run again")
    taught, known = report.get("set"), situation.supervision.set_id
    if taught is not None and taught != known:
        raise StoreMoved(f"dvc trained on examples {taught} but {known} were accepted; they are changing, run again")
    return report


def train_generator(desk: Desk, situation: Situation, assessment: Assessment) -> Trained:
    """Train a generator adapter and let it sit the exam that the live generator sat.

    Raises:
        StoreMoved: it goes on from another adapter than the one that was live when the run began.
    """
    behaviour = assessment.behaviour
    assert behaviour is not None, "the policy trains the generator only on measured behaviour"  # noqa: S101 - an invariant of the policy, for the type checker
    estimate = training_estimate(desk, examples_used(desk, situation.live, situation.supervision))
    built = build(desk, situation, "train_generator")
    report = estimate.beside(built, desk.params.budget.price_per_hour)
    challenger = replace(desk.models.base("generator"), adapter=desk.models.adopt("generator"))
    continues = built.get("continues")
    if continues not in {None, situation.generator.adapter}:
        raise StoreMoved(f"dvc went on from adapter {continues} but {situation.generator.adapter} is live; run again")
    note_learned(desk, situation.supervision, str(challenger.adapter), live=situation.live, continues=continues)
    scores = sit_exam(desk, challenger, behaviour.paper.oracle, behaviour.shape)
    old = sit_rest(desk, situation.generator, behaviour, behaviour.scores)
    new = sit_rest(desk, challenger, behaviour, scores)
    crossed = cross(desk, behaviour.crossings, situation.generator, challenger)
    unlearning = unlearns(situation.decide(assessment.signals, measured=True))
    rulings = rule_generator(
        desk, old, new, behaviour, crossed, min_gain=-desk.params.gate.max_loss if unlearning else None
    )
    ruling = strictest(list(rulings.values()))
    if ruling.verdict is not Verdict.PROMOTE:
        attempt = attempt_id(desk, situation.supervision, situation.generator)
        note_failed(desk, attempt, situation.supervision, challenger, ruling.because)
    arms = arms_beside(desk, behaviour, scores)
    return Trained(challenger, ruling, report, exam_table(old, new, behaviour, rulings, crossed, arms))


def train_retriever(desk: Desk, situation: Situation, assessment: Assessment, staged: Staged) -> Trained:
    """Train an embedder adapter, embed the corpus with it into a collection of its own, and compare the two."""
    estimate = retriever_estimate(desk, staged.index.points)
    report = estimate.beside(build(desk, situation, "train_retriever"), desk.params.budget.price_per_hour)
    challenger = replace(desk.models.base("retriever"), adapter=desk.models.adopt("retriever"))
    target = target_of(situation, challenger)
    rebuilt = stage(desk, target, prepare(desk, target))
    old, new = desk.models.embedder(situation.embedder), desk.models.embedder(challenger)
    sides = [assessment.derived_new, assessment.derived_control]
    before = [hits_of(desk, staged.index, old, probes, dense_only=True) for probes in sides]
    after = [hits_of(desk, rebuilt.index, new, probes, dense_only=True) for probes in sides]
    asked, rerank = assessment.asked, situation.reranking
    answered = [hits_of(desk, rebuilt.index, new, probes, reranking=rerank) for probes in (asked.new, asked.control)]
    gate, case = desk.params.gate, decisive(assessment.signals, situation.limits)
    ruling = judge_retriever(
        Sides(DERIVED, before[0], after[0], before[1], after[1]),
        Sides(GOLDEN, asked.new_hits, answered[0], asked.control_hits, answered[1]),
        asked=case is not None and case.name == ASKED,
        min_items=gate.min_items, min_gain=gate.min_gain, max_loss=gate.max_loss,
        confidence=desk.params.policy.confidence, seed=desk.params.seed,
    )  # fmt: skip
    if ruling.verdict is Verdict.PROMOTE:
        found = judge_recall(ann_recall(desk, rebuilt.index), min_ann_recall=gate.min_ann_recall)
        ruling = ruling if found is None else found
    return Trained(challenger, ruling, report, staged=rebuilt)


def role_report(trained: Mapping[Role, Trained]) -> dict[str, Any]:
    """Return what every training reported, for the record, with the loss of each step and evaluation as curves."""
    return {
        role: {
            **t.report,
            "loss": t.report.get("losses", []),
            "validation_loss": [[e["step"], e["loss"]] for e in t.report.get("validation", [])],
        }
        for role, t in trained.items()
    }
