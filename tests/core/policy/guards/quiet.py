"""A change that no guard stops, for the tests of guards to disturb."""

from typing import Any

from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.judge import alarms
from pointsman.core.policy.limits import Limits
from tests.core.policy.samples import evidence_of, limits_of

LOSSES: dict[str, Any] = {
    "edited_count": 20, "edited_share": 0.9, "replaced_count": 10, "replaced_share": 0.10, "most_count": 5,
    "most_share": 0.5, "alike_count": 4, "folder_count": 20, "folder_share": 0.5, "encoding_count": 5,
    "page_kind_count": 3, "shortened_count": 10, "shortened_share": 0.10, "letters_count": 10, "language_count": 10,
}  # fmt: skip
"""Limits of the guards on what documents lost."""
LIMITS = limits_of(crowd_count=3, contradicting=0)
QUIET = evidence_of(
    changes={}, live_documents=100, listed_documents=100, documents=100, has_live=True, live_bytes=1000,
    served_bytes=1000,
)  # fmt: skip


def heard(evidence: Evidence, limits: Limits = LIMITS) -> list[str]:
    """Return the signals of the guards that stop the change."""
    return [alarm.signal for alarm in alarms(evidence, limits)]
