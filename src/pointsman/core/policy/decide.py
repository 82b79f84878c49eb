"""The decision: a pure function of evidence and limits. Same input, same bytes.

``index`` comes from what changed, exactly; ``train`` only from what is measured to remain after re-indexing; ``hold``
from the guards. Facts alone never train: no count of changed documents appears in a training rule. The method, its
formulas and its known weaknesses: ``docs/decision.md``.
"""

from pointsman.core.hashing import content_id
from pointsman.core.policy import generator_rules, index_rules, retriever_rules
from pointsman.core.policy.decision import Decision, Draft
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards import stops
from pointsman.core.policy.limits import Limits

RULES = 3
"""Version of the rules. What a record's limits do not know (None, or an earlier version) switches off the rules that
came later, so that an older record replays to itself: ``tests/core/policy/decisions`` holds records
of each version to that.

2: gain against cost, and margins. 3: a flip is said only where supplying it would change the decision, and an
arm without training ends an argument only when it does by itself all that lacks."""


def decide(evidence: Evidence, limits: Limits) -> Decision:
    """Return the decision for ``evidence`` under ``limits``; its id is the hash of the two."""
    draft = Draft(margins=limits.rules is not None)
    _guard(draft, evidence, limits)
    if not draft.hold:
        index_rules.route(draft, evidence)
        retriever_rules.propose(draft, evidence, limits)
        generator_rules.propose(draft, evidence, limits)
    if not draft.reasons:
        draft.because("changes", 0, 0, "nothing changed since the live release")
    return draft.decided(content_id({"evidence": evidence.as_json(), "limits": limits.as_json()}))


def _guard(draft: Draft, evidence: Evidence, limits: Limits) -> None:
    """Hold what looks like an accident, unless a person has approved it."""
    if not evidence.has_live and evidence.listed_documents == 0 and evidence.listing_error is None:
        draft.because("guard.listing", 0, 1, "the store lists no document and nothing is live")
    for stop in stops(evidence, limits):
        draft.hold |= not stop.passed
        draft.because(stop.signal, stop.value, stop.limit, stop.because)
        draft.flips += stop.flips
