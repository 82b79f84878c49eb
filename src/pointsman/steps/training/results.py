"""What a training gave, and what a refresh has done so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pointsman.core.gates.ruling import Ruling, Verdict
from pointsman.core.policy.decision import Decision
from pointsman.core.release import Model
from pointsman.ports.models import Role
from pointsman.steps.evaluation.assessment import Assessment
from pointsman.steps.indexing.stage import Staged

INDEX, MIGRATION = "index", "migration"
"""Gates of the index track: is every point in its place, and may readers be switched to another collection."""


@dataclass(frozen=True)
class TrainingOutcome:
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
class RefreshRun:
    """What staging, measuring, deciding, training and gating came to."""

    decision: Decision
    assessment: Assessment
    staged: Staged | None = None
    trained: Mapping[Role, TrainingOutcome] = field(default_factory=dict)
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
