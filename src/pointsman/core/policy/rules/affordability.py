"""Whether a proposed training may begin: cooldown, budget of seconds and money, expected benefit against cost."""

import math
from dataclasses import dataclass

from pointsman.core.policy.cost import money
from pointsman.core.policy.debt import EXACT_DIGITS, expected_benefit, missing_point_days
from pointsman.core.policy.decision import GENERATOR, Draft, Expected
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits
from pointsman.core.wording import POINTS, count, points_for_days

CENTS = 10_000
"""Parts of a unit of money in a sentence; a debt is rounded up to the next."""
NEVER_DAYS = 36_500
"""A wait of more than a century is called never."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed training of a model, with what speaks for it."""

    role: str
    points: float | None
    """Lower bound of the gain, in points; None before it is measured."""
    point_days: float
    """The accumulated shortfall since the last training."""
    finding: str = ""
    """What was measured, in words."""
    ahead: bool = True
    """Whether the gain of the days to come counts too; for a gap within its limit only the past counts."""


def affordable(draft: Draft, proposal: Proposal, evidence: Evidence, limits: Limits) -> bool:
    """Tell whether a training may begin; what puts it off is added to the reasons and the debt."""
    seconds, waited = _price(proposal.role, evidence)
    price = money(seconds, limits.training.price_per_hour)
    benefit = _benefit(proposal, limits)
    draft.expected.append(
        Expected(
            proposal.role,
            proposal.points,
            point_days=proposal.point_days,
            worth=benefit,
            seconds=seconds,
            money=price,
        )
    )
    return (
        _cooled_down(draft, proposal.role, waited, limits)
        and _within_budget(draft, proposal.role, seconds, limits)
        and _worth_it(draft, proposal, seconds, limits)
    )


def least_points(role: str, evidence: Evidence, limits: Limits) -> float | None:
    """Return the shortfall in points from which a training may begin now; None where none is large enough."""
    seconds, waited = _price(role, evidence)
    unsaid = Draft()
    if not (_cooled_down(unsaid, role, waited, limits) and _within_budget(unsaid, role, seconds, limits)):
        return None
    rate, days = limits.training.seconds_per_point_day, limits.training.horizon_days
    if rate is None:
        return 0.0
    so_far = evidence.training.debt_of(role).point_days
    missing = missing_point_days(seconds, 0.0, so_far, horizon_days=days, rate=rate)
    if not missing:
        return 0.0
    return missing / days if days and missing / days < POINTS else None


def _price(role: str, evidence: Evidence) -> tuple[float, float | None]:
    """Return the predicted seconds of a training, and the hours since the last one."""
    history = evidence.training
    if role == GENERATOR:
        return history.train_seconds, history.hours_since_training
    return history.retriever_seconds, history.hours_since_retriever


def _benefit(proposal: Proposal, limits: Limits) -> float | None:
    """Return the seconds of training that a proposal justifies; None where that is not known, or has no price."""
    rate = limits.training.seconds_per_point_day
    if proposal.points is None or rate is None:
        return None
    days = limits.training.horizon_days if proposal.ahead else 0.0
    return expected_benefit(proposal.points, proposal.point_days, horizon_days=days, seconds_per_point_day=rate)


def _cooled_down(draft: Draft, role: str, waited: float | None, limits: Limits) -> bool:
    cooldown = limits.training.cooldown_hours
    if waited is None or waited >= cooldown:
        return True
    sentence = f"the last training was {waited:.1f} h ago; {cooldown:g} h must pass (policy.cooldown_hours)"
    draft.because("cooldown", waited, cooldown, sentence, margin=waited - cooldown)
    draft.debt.append(f"{role}: waits {cooldown - waited:.1f} h more, the cooldown (policy.cooldown_hours)")
    return False


def _within_budget(draft: Draft, role: str, seconds: float, limits: Limits) -> bool:
    most, dearest = limits.training.train_seconds, limits.training.train_money
    if seconds > most:
        sentence = f"training would take about {math.ceil(seconds)} s, more than {most:g} s (budget.train_seconds)"
        draft.because("budget", seconds, most, sentence, margin=most - seconds)
        draft.debt.append(f"{role}: waits until budget.train_seconds is at least {math.ceil(seconds)}")
        return False
    price = money(seconds, limits.training.price_per_hour)
    if dearest is not None and price > dearest:
        sentence = f"training would cost about {price:.4f}, more than {dearest:g} (budget.train_money)"
        draft.because("budget.money", price, dearest, sentence, margin=dearest - price)
        enough = math.ceil(price * CENTS) / CENTS
        draft.debt.append(f"{role}: waits until budget.train_money is at least {enough:.4f}")
        return False
    return True


def _worth_it(draft: Draft, proposal: Proposal, seconds: float, limits: Limits) -> bool:
    """Compare the expected benefit with the predicted seconds."""
    benefit, role = _benefit(proposal, limits), proposal.role
    if benefit is None:
        return True
    now = proposal.points or 0.0
    added = (
        f"; the shortfall since the last training has added up to {points_for_days(proposal.point_days, now)}"
        if proposal.point_days
        else ""
    )
    least, most = math.ceil(benefit), math.floor(benefit)
    worth = benefit >= seconds
    said = f"worth it, up to {least} s" if worth else f"not worth it yet, {_so_far(proposal, most)}"
    predicted = math.floor(seconds) if worth else math.ceil(seconds)
    sentence = f"training (about {predicted} s) is {said}: {proposal.finding}{added}"
    draft.because("budget.worth", benefit, seconds, sentence, margin=benefit - seconds)
    if worth:
        draft.flips.append(f"a {role} training predicted to take more than {least} s would wait")
        return True
    draft.debt.append(f"{role}: {_until(proposal, seconds, limits)}")
    if most:
        draft.flips.append(f"a {role} training of at most {most} s would be worth it")
    return False


def _so_far(proposal: Proposal, most: int) -> str:
    """Return how much training a proposal justifies today, in words."""
    return f"only up to {most} s" if proposal.ahead or most else "for a gap within its limit only the past counts"


def _until(proposal: Proposal, seconds: float, limits: Limits) -> str:
    """Return how long a training waits until its benefit justifies its cost."""
    points, rate = proposal.points or 0.0, limits.training.seconds_per_point_day or 0.0
    ahead = limits.training.horizon_days if proposal.ahead else 0.0
    missing = missing_point_days(seconds, points, proposal.point_days, horizon_days=ahead, rate=rate)
    days = missing / points if points else math.inf
    if days > NEVER_DAYS:
        return "waits; hardly anything adds up at this shortfall, so only a larger one would justify the training"
    more, after = points_for_days(missing, points), count(math.ceil(round(days, EXACT_DIGITS)), "day")
    return f"waits until the shortfall has added up by another {more}, in about {after} as things are"
