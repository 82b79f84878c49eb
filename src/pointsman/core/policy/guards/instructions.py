"""New or edited documents that give orders to a language model."""

from collections.abc import Iterator

from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.guards.alarm import Alarm
from pointsman.core.policy.holds import INSTRUCTIONS
from pointsman.core.policy.limits import Limits
from pointsman.core.wording import count


def orders_to_models(evidence: Evidence, limits: Limits) -> Iterator[Alarm]:
    """Alarm where documents have marks that their live version has not; without a live release, where any has one."""
    instructed, most = evidence.guards.instructed, limits.guard.instructions_count
    if most is None or instructed <= most:
        return
    shown = "; ".join(f"{document!r} {said}" for document, said in evidence.guards.instructed_such)
    more = instructed - len(evidence.guards.instructed_such)
    others = f"; {count(more, 'more document')}" if more > 0 else ""
    sentence = (
        f"{count(instructed, 'new or edited document')} may give orders to a language model: {shown}{others}; more "
        f"than {most} {'needs' if most == 1 else 'need'} a person"
    )
    yield Alarm(INSTRUCTIONS, instructed, most, sentence)
