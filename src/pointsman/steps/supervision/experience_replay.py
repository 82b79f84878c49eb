"""Experience replay: the live adapter that a training may continue, and how many examples it would use."""

from pointsman.core.policy.decision import GENERATOR
from pointsman.core.release import Release
from pointsman.core.training.experience_replay import BASE, Champion, replay_count, why_not_continue
from pointsman.ports.ledger import Ledger
from pointsman.settings.params import Params
from pointsman.steps.ledger.lineage import STALE
from pointsman.steps.ledger.releases import EXAMPLES, LEARNED
from pointsman.steps.ledger.tombstones import TAINT
from pointsman.steps.supervision.accept import Supervision
from pointsman.steps.supervision.recipe import recipe_of
from pointsman.steps.supervision.taint import learned_by


def champion_of(ledger: Ledger, live: Release | None) -> Champion | None:
    """Return the live generator's adapter and what it learned; None where there is none."""
    if live is None or live.generator.adapter is None:
        return None
    noted = ledger.get(LEARNED, live.generator.adapter) or {}
    return Champion(
        live.generator.adapter,
        live.generator.base,
        learned_by(ledger, live),
        rank=noted.get("rank"),
        alpha=noted.get("alpha"),
        tainted=_requests(ledger, live.generator.adapter),
    )


def _requests(ledger: Ledger, adapter: str) -> tuple[str, ...]:
    """Return the erasure requests whose documents the adapter learned from; stale examples are not among them."""
    notes = [note for id_ in ledger.ids(TAINT) if (note := ledger.get(TAINT, id_))]
    requests = {n["request"] for n in notes if n["adapter"] == adapter and n["part"] == GENERATOR}
    return tuple(sorted(requests - {STALE}))


def examples_used(live: Release | None, supervision: Supervision, *, ledger: Ledger, base: str, params: Params) -> int:
    """Return roughly how many of the accepted examples a training uses, its held-out share included.

    ``base`` is the fingerprint of the generator's base model.

    All of them when it starts from the base model; the new and the replayed ones when it continues the live adapter.
    """
    known, lora = len(supervision.examples), params.generator.lora
    if lora.start == BASE:
        return known
    champion = champion_of(ledger, live)
    recipe = recipe_of(lora, base)
    if champion is None or why_not_continue(champion, recipe, supervision.stale_examples):
        return known
    before = ledger.get(EXAMPLES, live.trained_on) if live and live.trained_on else None
    new = len(set(supervision.examples).difference(before["digests"] if before else ()))
    return new + replay_count(known - new, new=new, share=lora.replay) if new else known
