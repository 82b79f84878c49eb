"""The decision: a pure function of evidence and limits. Same input, same bytes.

``index`` follows from what changed, exactly; ``train`` only from what is measured to remain after re-indexing; ``hold``
from the guards. Facts alone never train: no count of changed documents appears in a training rule. The method, its
formulas and its known weaknesses: ``docs/explanation/decision.md``.
"""

from pointsman.core.hashing import content_id
from pointsman.core.policy.decision import Decision, Draft
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.judge import stops
from pointsman.core.policy.limits import Limits
from pointsman.core.policy.rules import generator, index, retriever


def decide(evidence: Evidence, limits: Limits) -> Decision:
    """Return the decision for ``evidence`` under ``limits``; its id is the hash of the two."""
    draft = Draft()
    _guard(draft, evidence, limits)
    if not draft.hold:
        index.route(draft, evidence)
        retriever.propose(draft, evidence, limits)
        generator.propose(draft, evidence, limits)
    if not draft.reasons:
        draft.because("changes", 0, 0, "nothing changed since the live release")
    return draft.decided(content_id({"evidence": evidence.as_json(), "limits": limits.as_json()}))


def _guard(draft: Draft, evidence: Evidence, limits: Limits) -> None:
    """Hold what looks like an accident, unless a person has approved it."""
    corpus = evidence.corpus
    if not corpus.has_live and corpus.listed_documents == 0 and corpus.listing_error is None:
        draft.because("guard.listing", 0, 1, "the store lists no document and nothing is live")
    for stop in stops(evidence, limits):
        draft.hold |= not stop.passed
        draft.because(stop.signal, stop.value, stop.limit, stop.because)
        draft.flips += stop.flips
