"""Whether a training that is argued for may begin: cooldown, budget of seconds and money, worth of the gain."""

import math
from dataclasses import dataclass

from pointsman.core.policy.cost import money
from pointsman.core.policy.debt import POINTS, missing_point_days, expected_benefit
from pointsman.core.policy.decision import GENERATOR, Draft, Expected
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import Limits

CENTS = 10_000
"""Parts of a unit of money that a debt is said in, rounded up."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is said for training a model."""

    role: str
    points: float | None
    """Lower bound of the gain, in points; None before it is measured."""
    point_days: float
    """Borne since the last training."""
    ahead: bool = True
    """Whether the gain of the days to come counts too; for a gap within its limit only what was borne does."""


def affordable(draft: Draft, case: Case, evidence: Evidence, limits: Limits) -> bool:
    """Tell whether a training may begin; what defers it is said, and owed."""
    seconds, waited = _price(case.role, evidence)
    if limits.rules is not None:
        draft.expected.append(_expected(case, seconds, limits))
    return (
        _cooled_down(draft, case.role, waited, limits)
        and _within_budget(draft, case.role, seconds, limits)
        and _worth_it(draft, case, seconds, limits)
    )


def least_points(role: str, evidence: Evidence, limits: Limits) -> float | None:
    """Return the points lacking from which a training may begin now; None where no gain would let it begin."""
    seconds, waited = _price(role, evidence)
    unsaid = Draft()
    if not (_cooled_down(unsaid, role, waited, limits) and _within_budget(unsaid, role, seconds, limits)):
        return None
    rate, days = limits.seconds_per_point_day, limits.horizon_days
    if rate is None or days is None:
        return 0.0
    missing = missing_point_days(seconds, 0.0, evidence.owing(role).point_days, horizon_days=days, rate=rate)
    if not missing:
        return 0.0
    return missing / days if days and missing / days < POINTS else None


def _price(role: str, evidence: Evidence) -> tuple[float, float | None]:
    """Return the predicted seconds of a training, and the hours since the last one."""
    if role == GENERATOR:
        return evidence.train_seconds, evidence.hours_since_training
    return evidence.retriever_seconds, evidence.hours_since_retriever


def _expected(case: Case, seconds: float, limits: Limits) -> Expected:
    price = money(seconds, limits.price_per_hour or 0.0)
    return Expected(case.role, case.points, case.point_days, _worth(case, limits), seconds, price)


def _worth(case: Case, limits: Limits) -> float | None:
    rate, days = limits.seconds_per_point_day, limits.horizon_days
    if case.points is None or rate is None or days is None:
        return None
    ahead = days if case.ahead else 0.0
    return expected_benefit(case.points, case.point_days, horizon_days=ahead, seconds_per_point_day=rate)


def _cooled_down(draft: Draft, role: str, waited: float | None, limits: Limits) -> bool:
    if waited is None or waited >= limits.cooldown_hours:
        return True
    draft.because(
        "cooldown", waited, limits.cooldown_hours, f"the last training was {waited:.1f} h ago",
        margin=waited - limits.cooldown_hours,
    )  # fmt: skip
    draft.debt.append(f"{role}: deferred for {limits.cooldown_hours - waited:.1f} h (cooldown)")
    return False


def _within_budget(draft: Draft, role: str, seconds: float, limits: Limits) -> bool:
    if seconds > limits.train_seconds:
        draft.because(
            "budget", seconds, limits.train_seconds, f"training would take {seconds:.0f} s",
            margin=limits.train_seconds - seconds,
        )  # fmt: skip
        draft.debt.append(f"{role}: deferred until budget.train_seconds is at least {math.ceil(seconds)}")
        return False
    price = money(seconds, limits.price_per_hour or 0.0)
    if limits.train_money is not None and price > limits.train_money:
        draft.because(
            "budget.money", price, limits.train_money, f"training would cost {price:.4f}",
            margin=limits.train_money - price,
        )  # fmt: skip
        enough = math.ceil(price * CENTS) / CENTS
        draft.debt.append(f"{role}: deferred until budget.train_money is at least {enough:.4f}")
        return False
    return True


def _worth_it(draft: Draft, case: Case, seconds: float, limits: Limits) -> bool:
    value, rate = _worth(case, limits), limits.seconds_per_point_day
    if value is None or rate is None or case.points is None:
        return True
    said = f"{case.points:.1f} points lacking"
    counted = f" for the next {limits.horizon_days:g} days" if case.ahead else ", within the limit,"
    shown = f"{said}{counted} and {case.point_days:.1f} point-days borne are worth {value:.0f} s of training"
    draft.because("budget.worth", value, seconds, f"{shown}; it would take {seconds:.0f} s", margin=value - seconds)
    if value >= seconds:
        least = math.ceil(value) if limits.know(3) else round(value)
        draft.flips.append(f"a {case.role} training predicted to take more than {least} s would have been deferred")
        return True
    missing = missing_point_days(
        seconds, case.points, case.point_days, horizon_days=(limits.horizon_days or 0.0) if case.ahead else 0.0,
        rate=rate,
    )  # fmt: skip
    days = missing / case.points if case.points else math.inf
    draft.debt.append(f"{case.role}: {_until(missing, days)}")
    most = math.floor(value) if limits.know(3) else round(value)
    if most or not limits.know(3):
        draft.flips.append(f"a {case.role} training of at most {most} s would have been worth it")
    return False


def _until(missing: float, days: float) -> str:
    if math.isinf(days):
        return "deferred; what is lacking adds nothing to the debt, so only a larger shortfall would justify it"
    return f"deferred until {missing:.1f} more point-days are borne, in about {days:.1f} days at this rate"
