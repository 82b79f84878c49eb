"""Why a probe failed: a pure decision over facts that the steps gather.

The order of the causes is that of the way from a document to an answer: what is not asked rightly any more cannot fail,
what is not in the index cannot be found, what is not found cannot be answered.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pointsman.core.evaluation.statistics import Signal, proportion

LISTED = 50
"""Failed probes that the record tells one by one; all are counted."""


class Cause(StrEnum):
    """Where on its way a probe failed."""

    STALE = "stale probe"
    NOT_INDEXED = "not indexed"
    NOT_RETRIEVED = "not retrieved"
    WRONG = "retrieved but wrong"
    SHAPE = "wrong shape"
    INCONCLUSIVE = "inconclusive"
    """The facts contradict each other, or one that decides is missing."""


@dataclass(frozen=True, slots=True)
class ProbeFindings:
    """What is known of one probe, or of one held-out example, at one revision. None: it was not looked at."""

    probe: str
    kind: str
    """``golden``, ``derived`` or ``example``."""
    listed: bool
    """Whether the store lists one of its documents, refused ones included."""
    expected: int
    """Chunks that its documents are cut into; 0 where none of them is served."""
    indexed: int
    """Those of them that a reader of the revision sees."""
    retrieved: bool
    """Whether one of its documents is among the top k."""
    moved: bool = False
    """Whether one of its documents changed while it was looked at."""
    known_before: bool = True
    """Whether the live release served one of its documents."""
    supported: bool | None = None
    """Whether its documents, as they are served, still hold its answer."""
    rank: int | None = None
    """Place of its documents in exact search, from 1; None beyond the depth, or when it was not looked at."""
    depth: int = 0
    """Passages that exact search looked at."""
    instead: str | None = None
    """The document that was found first."""
    answered: bool | None = None
    """Whether the answer in the context of its own documents was right."""
    in_shape: bool | None = None
    """Whether that answer had its shape."""

    def __post_init__(self) -> None:
        if not 0 <= self.indexed <= self.expected:
            raise ValueError(
                f"probe {self.probe!r}: {self.indexed} chunks indexed of {self.expected}; the first must lie within 0.."
                "the second: count the chunks of its documents, each once"
            )

    @property
    def failed(self) -> bool:
        """Whether it was not found, or not answered as it should be."""
        return not self.retrieved or self.answered is False or self.in_shape is False


@dataclass(frozen=True, slots=True)
class Attribution:
    """Why one probe failed."""

    probe: str
    kind: str
    cause: Cause
    because: str


def attribute(facts: ProbeFindings) -> Attribution | None:
    """Return why a probe failed; None when it did not."""
    if not facts.failed:
        return None
    cause, because = _cause(facts)
    return Attribution(facts.probe, facts.kind, cause, because)


def _cause(facts: ProbeFindings) -> tuple[Cause, str]:
    """Return the first cause on the way from the store to the answer, and the number that tells it."""
    if facts.moved:
        return Cause.INCONCLUSIVE, "its documents changed while they were looked at; run again"
    if facts.retrieved:
        return _misread(facts)
    if facts.expected == 0:
        return _unserved(facts)
    if facts.supported is False:
        return (
            Cause.STALE,
            "its documents held what it asks for in an earlier release; correct the probe",
        )
    if facts.indexed < facts.expected:
        return Cause.NOT_INDEXED, f"{facts.indexed} of the {facts.expected} chunks of its documents are in the index"
    return Cause.NOT_RETRIEVED, _missed(facts)


def _misread(facts: ProbeFindings) -> tuple[Cause, str]:
    """Return why a probe whose documents were found was not answered as it should be."""
    if facts.supported is False:
        return Cause.STALE, "its documents were found and do not hold its answer any more; correct the probe"
    if facts.in_shape is False:
        return Cause.SHAPE, "the answer does not have the shape of its reference"
    return Cause.WRONG, "its documents were in the context and the answer is not right"


def _unserved(facts: ProbeFindings) -> tuple[Cause, str]:
    """Return why none of a probe's documents is served."""
    if facts.retrieved:
        return (
            Cause.INCONCLUSIVE,
            "none of its documents is served and one was found; the store moved meanwhile, run again",
        )
    if facts.listed:
        return Cause.NOT_INDEXED, "the store lists its documents and validation refuses them; see the quarantine"
    if facts.known_before:
        return Cause.STALE, "its documents are gone from the store; remove the probe, or name others"
    return Cause.STALE, "its documents are not in the store, nor were they in the live release; correct their names"


def _missed(facts: ProbeFindings) -> str:
    place = f"exact search has them at {facts.rank}" if facts.rank else f"they are not among the nearest {facts.depth}"
    return f"{place}; {facts.instead!r} came first" if facts.instead else place


def attributed(facts: Sequence[ProbeFindings]) -> tuple[Attribution, ...]:
    """Return why each failed probe failed, ordered by kind and probe: the order of the facts means nothing."""
    found = (attribute(each) for each in facts)
    return tuple(sorted((a for a in found if a is not None), key=lambda a: (a.kind, a.probe, a.cause)))


def matrix(facts: Sequence[ProbeFindings]) -> dict[str, dict[str, int]]:
    """Return kind of probe → cause → number; ``passed`` counts those that did not fail."""
    table: dict[str, Counter[str]] = {}
    for each in facts:
        found = attribute(each)
        table.setdefault(each.kind, Counter())[str(found.cause) if found else "passed"] += 1
    return {kind: dict(sorted(row.items())) for kind, row in sorted(table.items())}


def attributions(facts: Sequence[ProbeFindings]) -> dict[str, Any]:
    """Return the attribution for the record: the matrix, and the first failed probes with their reasons."""
    return {"matrix": matrix(facts), "failed": [asdict(a) for a in attributed(facts)[:LISTED]]}


def counts(facts: Sequence[ProbeFindings]) -> Mapping[str, int]:
    """Return cause → number of failed golden probes."""
    found = Counter(str(a.cause) for a in attributed(facts) if a.kind == "golden")
    return dict(sorted(found.items()))


def cause_signals(facts: Sequence[ProbeFindings], confidence: float) -> tuple[Signal, ...]:
    """Return, for each cause that golden probes failed by, its share of them; nothing without golden probes."""
    golden = [attribute(each) for each in facts if each.kind == "golden"]
    causes = [a.cause if a else None for a in golden]
    return tuple(
        proportion(
            f"probes.failed.{cause.name.lower()}", [c is cause for c in causes], confidence, "share of golden, 0..1"
        )
        for cause in Cause
        if cause in causes
    )
