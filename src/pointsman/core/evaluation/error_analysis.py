"""Error analysis: why a probe failed, decided from findings that the steps gather.

The causes follow the way from a document to an answer: what is not in the index cannot be found, and what is not found
cannot be answered. A probe that asks for something that changed is stale, whatever failed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pointsman.core.evaluation.statistics import Signal, proportion
from pointsman.core.wording import be, count

LISTED = 50
"""Failed probes that the record lists one by one; all are counted."""


class Cause(StrEnum):
    """Where on its way a probe failed."""

    STALE = "stale probe"
    NOT_INDEXED = "not indexed"
    NOT_RETRIEVED = "not retrieved"
    WRONG = "retrieved but wrong"
    SHAPE = "wrong shape"
    INCONCLUSIVE = "inconclusive"
    """The findings contradict each other, or one that decides is missing."""


@dataclass(frozen=True, slots=True)
class ProbeFindings:
    """What is known about one probe, or one held-out example, at one revision; None where it was not checked."""

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
    """Whether one of its documents changed during the check."""
    known_before: bool = True
    """Whether the live release served one of its documents."""
    supported: bool | None = None
    """Whether its documents, as they are served, still hold its answer."""
    rank: int | None = None
    """Place of its documents in exact search, from 1; None beyond the depth, or when it was not checked."""
    depth: int = 0
    """Passages that exact search returned."""
    instead: str | None = None
    """The document that was found first."""
    answered: bool | None = None
    """Whether the answer in the context of its own documents was right."""
    in_shape: bool | None = None
    """Whether that answer had its shape."""

    def __post_init__(self) -> None:
        if not 0 <= self.indexed <= self.expected:
            raise ValueError(
                f"probe {self.probe!r}: {self.indexed} chunks indexed of {self.expected}; the first must be between 0 "
                "and the second: count each chunk of its documents once"
            )

    @property
    def failed(self) -> bool:
        """Whether it was not found, or not answered as it should be."""
        return not self.retrieved or self.answered is False or self.in_shape is False


@dataclass(frozen=True, slots=True)
class FailureCause:
    """Why one probe failed."""

    probe: str
    kind: str
    cause: Cause
    because: str


def failure_cause(findings: ProbeFindings) -> FailureCause | None:
    """Return why a probe failed; None when it did not."""
    if not findings.failed:
        return None
    cause, because = _cause(findings)
    return FailureCause(findings.probe, findings.kind, cause, because)


def _cause(findings: ProbeFindings) -> tuple[Cause, str]:
    """Return the first cause on the way from the store to the answer, and the number that shows it."""
    if findings.moved:
        return Cause.INCONCLUSIVE, "its documents changed during the check; run the refresh again"
    if findings.retrieved:
        return _misread(findings)
    if findings.expected == 0:
        return _unserved(findings)
    if findings.supported is False:
        return (
            Cause.STALE,
            "its documents answered it in an earlier release and do not any more; correct the probe",
        )
    if findings.indexed < findings.expected:
        chunks = f"{findings.indexed} of {count(findings.expected, 'chunk')}"
        return Cause.NOT_INDEXED, f"{chunks} of its documents {be(findings.indexed)} in the index"
    return Cause.NOT_RETRIEVED, _missed(findings)


def _misread(findings: ProbeFindings) -> tuple[Cause, str]:
    """Return why a probe whose documents were found was not answered as it should be."""
    if findings.supported is False:
        return Cause.STALE, "its documents were found and do not answer it any more; correct the probe"
    if findings.in_shape is False:
        return Cause.SHAPE, "the answer does not have the format of its reference"
    return Cause.WRONG, "its documents were in the context and the answer is not right"


def _unserved(findings: ProbeFindings) -> tuple[Cause, str]:
    """Return why none of a probe's documents is served."""
    if findings.retrieved:
        return (
            Cause.INCONCLUSIVE,
            "none of its documents is served and one was found: the store changed meanwhile, run the refresh again",
        )
    if findings.listed:
        return Cause.NOT_INDEXED, "the store lists its documents and validation refuses them; see the quarantine"
    if findings.known_before:
        return Cause.STALE, "its documents are gone from the store; remove the probe, or name others"
    return Cause.STALE, "its documents are not in the store, nor were they in the live release; correct their names"


def _missed(findings: ProbeFindings) -> str:
    place = (
        f"exact search finds them at place {findings.rank}"
        if findings.rank
        else f"they are not among the nearest {findings.depth}"
    )
    return f"{place}; {findings.instead!r} came first" if findings.instead else place


def failure_causes(findings: Sequence[ProbeFindings]) -> tuple[FailureCause, ...]:
    """Return why each failed probe failed, ordered by kind and probe: the order of the findings means nothing."""
    found = (failure_cause(each) for each in findings)
    return tuple(sorted((a for a in found if a is not None), key=lambda a: (a.kind, a.probe, a.cause)))


def matrix(findings: Sequence[ProbeFindings]) -> dict[str, dict[str, int]]:
    """Return kind of probe → cause → number; ``passed`` counts those that did not fail."""
    table: dict[str, Counter[str]] = {}
    for each in findings:
        found = failure_cause(each)
        table.setdefault(each.kind, Counter())[str(found.cause) if found else "passed"] += 1
    return {kind: dict(sorted(row.items())) for kind, row in sorted(table.items())}


def attributions(findings: Sequence[ProbeFindings]) -> dict[str, Any]:
    """Return the error analysis for the record: the matrix, and the first failed probes with their reasons."""
    return {"matrix": matrix(findings), "failed": [asdict(a) for a in failure_causes(findings)[:LISTED]]}


def failures_by_cause(findings: Sequence[ProbeFindings]) -> Mapping[str, int]:
    """Return cause → number of failed golden probes."""
    found = Counter(str(a.cause) for a in failure_causes(findings) if a.kind == "golden")
    return dict(sorted(found.items()))


def cause_signals(findings: Sequence[ProbeFindings], confidence: float) -> tuple[Signal, ...]:
    """Return the share of golden probes that failed by each cause; nothing without golden probes."""
    golden = [failure_cause(each) for each in findings if each.kind == "golden"]
    causes = [a.cause if a else None for a in golden]
    return tuple(
        proportion(
            f"probes.failed.{cause.name.lower()}", [c is cause for c in causes], confidence, "share of golden, 0..1"
        )
        for cause in Cause
        if cause in causes
    )
