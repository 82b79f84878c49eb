"""Act and gate: train what the decision names, through dvc, and rule over each challenger before it may answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pointsman.core.challenge import strictest
from pointsman.core.decision import ASKED
from pointsman.core.errors import StoreMoved
from pointsman.core.gate import Ruling, Sides, Verdict, judge_recall, judge_retriever
from pointsman.core.policy import Decision, unlearns
from pointsman.core.probes import DERIVED, GOLDEN
from pointsman.core.release import Model
from pointsman.core.retriever_track import decisive
from pointsman.steps.assessing import Assessment, hits_of
from pointsman.steps.attempts import note_failed
from pointsman.steps.crossing import cross
from pointsman.steps.desk import Desk, Role
from pointsman.steps.examining import arms_beside, exam_table, rule_generator, sit_exam, sit_rest
from pointsman.steps.migrating import ann_recall, target_of
from pointsman.steps.pacing import retriever_estimate, training_estimate
from pointsman.steps.preparing import prepare
from pointsman.steps.replaying import examples_used
from pointsman.steps.situation import Situation, attempt_id
from pointsman.steps.staging import Staged, stage
from pointsman.steps.tainting import note_learned

INDEX, MIGRATION = "index", "migration"
"""Gates of the index track: is every point in its place, and may readers be switched to another collection."""


@dataclass(frozen=True)
class Trained:
    """A challenger, what it cost, and what the gate said."""

    model: Model
    ruling: Ruling
    report: Mapping[str, Any] = field(default_factory=dict)
    """The build's own report: tokens, seconds, losses."""
    exam: Mapping[str, Any] | None = None
    staged: Staged | None = None
    """For a retriever: the collection embedded by it."""

    @property
    def promoted(self) -> bool:
        """Whether the gate lets it answer."""
        return self.ruling.verdict is Verdict.PROMOTE


@dataclass(frozen=True)
class Acted:
    """What staging, measuring, deciding, training and gating came to."""

    decision: Decision
    assessment: Assessment
    staged: Staged | None = None
    trained: Mapping[Role, Trained] = field(default_factory=dict)
    gates: Mapping[str, Ruling] = field(default_factory=dict)
    embedded: int = 0
    """Texts that went through the embedder, in builds and here."""
    embed_rate: float | None = None
    """Texts a second that the build embedded, when they were enough to tell."""

    @property
    def refused(self) -> bool:
        """Whether the gate refused the staged index, so that nothing may be released."""
        return any(self.gates[name].verdict is Verdict.REFUSE for name in (INDEX, MIGRATION) if name in self.gates)

    @property
    def waits(self) -> bool:
        """Whether the gate could not tell if readers may be switched to a rebuilt index: a person decides."""
        return MIGRATION in self.gates and self.gates[MIGRATION].verdict is Verdict.INCONCLUSIVE


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
