"""Replay: what the ledger knows of the live adapter that a training may go on from, and what it will take."""

from pointsman.core.policy.decision import GENERATOR
from pointsman.core.release import Release
from pointsman.core.training.experience_replay import BASE, Champion, replay_count, why_not_continue
from pointsman.ports.ledger import Ledger
from pointsman.ports.models import Models
from pointsman.settings.params import Params
from pointsman.steps.ledger.lineage import STALE
from pointsman.steps.ledger.releases import EXAMPLES, LEARNED
from pointsman.steps.ledger.tombstones import TAINT
from pointsman.steps.supervision.accept import Supervision
from pointsman.steps.supervision.recipe import recipe_of
from pointsman.steps.supervision.taint import learned_by


def champion_of(ledger: Ledger, live: Release | None) -> Champion | None:
    """Return the live generator's adapter, with everything that it learned; None without one."""
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
    """Return the requests that made it forget; of what is stale the training set itself tells."""
    notes = [note for id_ in ledger.ids(TAINT) if (note := ledger.get(TAINT, id_))]
    told = {n["request"] for n in notes if n["adapter"] == adapter and n["part"] == GENERATOR}
    return tuple(sorted(told - {STALE}))


def examples_used(
    live: Release | None, supervision: Supervision, *, ledger: Ledger, models: Models, params: Params
) -> int:
    """Return about how many of the accepted examples a training goes through, its held-out share included.

    All of them on the base; the new and the repeated ones where the live adapter can be gone on from.
    """
    known, lora = len(supervision.examples), params.generator.lora
    if lora.start == BASE:
        return known
    champion = champion_of(ledger, live)
    recipe = recipe_of(lora, models.base("generator").base)
    if champion is None or why_not_continue(champion, recipe, supervision.stale_examples):
        return known
    before = ledger.get(EXAMPLES, live.trained_on) if live and live.trained_on else None
    new = len(set(supervision.examples).difference(before["digests"] if before else ()))
    return new + replay_count(known - new, new=new, share=lora.replay) if new else known
