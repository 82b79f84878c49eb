"""The result of a training, and the results of one refresh so far."""

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
"""Gates of the index track: whether every point is in its place, and whether readers may move to a new collection."""


@dataclass(frozen=True)
class TrainingOutcome:
    """A challenger, the report of its training, and the gate's ruling on it."""

    model: Model
    ruling: Ruling
    report: Mapping[str, Any] = field(default_factory=dict)
    """The report of the DVC stage: tokens, seconds, losses."""
    evaluation: Mapping[str, Any] | None = None
    """For a generator: its answers beside the live generator's, as the record keeps them under ``exam``."""
    staged: Staged | None = None
    """For a retriever: the collection that was embedded with it."""

    @property
    def promoted(self) -> bool:
        """Whether the gate lets it become part of a release."""
        return self.ruling.verdict is Verdict.PROMOTE


@dataclass(frozen=True)
class RefreshRun:
    """The results of staging, measuring, deciding, training and gating."""

    decision: Decision
    assessment: Assessment
    staged: Staged | None = None
    """The staged revision; None where the index track had nothing to do."""
    trained: Mapping[Role, TrainingOutcome] = field(default_factory=dict)
    gates: Mapping[str, Ruling] = field(default_factory=dict)
    """Name of a gate → its ruling."""
    embedded: int = 0
    """Texts that the embedder embedded, in DVC stages and in this process."""
    embed_rate: float | None = None
    """Texts a second that the DVC stage embedded; None where they were too few to measure it."""

    @property
    def refused(self) -> bool:
        """Whether a gate refused the staged index, so that nothing may be released."""
        return any(self.gates[name].verdict is Verdict.REFUSE for name in (INDEX, MIGRATION) if name in self.gates)

    @property
    def waits(self) -> bool:
        """Whether the gate of a rebuilt index is inconclusive, so that a person decides."""
        return MIGRATION in self.gates and self.gates[MIGRATION].verdict is Verdict.INCONCLUSIVE
