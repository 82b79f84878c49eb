"""Numbers in words: the right singular and plural, shares as percent, gaps in points."""

POINTS = 100.0
"""Points in a whole share: a point is 0.01."""


def count(n: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: ``1 example``, ``2 examples``; ``plural`` where adding an s is wrong."""
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def be(n: int) -> str:
    """Return ``is`` for one and ``are`` for any other number."""
    return "is" if n == 1 else "are"


def percent(share: float) -> str:
    """Return a share (0..1) as a whole percent: ``90%``."""
    return f"{share:.0%}"


def points(share: float) -> str:
    """Return a share in points, with one decimal where it is needed: ``20 points``, ``0.5 points``, ``1 point``."""
    text = f"{round(share * POINTS, 1) or 0.0:.1f}".removesuffix(".0")
    return f"{text} {'point' if text == '1' else 'points'}"


def points_for_days(point_days: float, points_now: float) -> str:
    """Return a shortfall that added up, as so many points for so many days; a day at least.

    Args:
        point_days: points of each day, added up.
        points_now: the shortfall as last measured; where it is nearly none, the sentence counts in single points.

    >>> points_for_days(15.0, 5.0)
    '5 points for 3 days'
    """
    rate = points_now if points_now >= 0.1 else 1.0  # noqa: PLR2004 - the least that one decimal shows
    rate, days = (rate, point_days / rate) if point_days >= rate else (point_days, 1.0)
    size, length = (f"{n:.1f}".removesuffix(".0") for n in (rate, days))
    return f"{size} {'point' if size == '1' else 'points'} for {length} {'day' if length == '1' else 'days'}"


def signed(share: float) -> str:
    """Return a change of a share in points, with its sign: ``+20 points``, ``-0.5 points``, ``0 points``."""
    return f"{'+' if round(share * POINTS, 1) > 0 else ''}{points(share)}"


def interval(low: float, high: float) -> str:
    """Return the ends of an interval of changes, in points: ``-3 to +8 points``."""
    return f"{signed(low).split(' ')[0]} to {signed(high).split(' ')[0]} points"
