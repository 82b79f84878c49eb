"""Short texts of results: ids, times and counts as people read them."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

SHOWN_ID = 8
"""Characters of an id that people see; every command takes the beginning of an id."""

ID = re.compile(r"\b(?=[0-9]*[a-f])(?:[0-9a-f]{32}|[0-9a-f]{16})\b")
"""A content id or a digest, as ``core.hashing`` makes them."""

TIME = re.compile(r"(?:at )?(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+00:00)")
"""A time as the ledger keeps it, with the ``at`` before it."""

MINUTE, HOUR, DAY = 60, 3600, 86400
MONTH = 30 * DAY
BRIEF: Mapping[str, str] = {"day": "d", "hour": "h", "minute": "min"}
"""Unit of time → its abbreviation, for narrow columns."""

NOUNS: Mapping[str, tuple[str, str]] = {
    "added": ("document", "added"),
    "removed": ("document", "removed"),
    "renamed": ("document", "renamed"),
    "edited": ("document", "edited"),
    "cosmetic": ("document", "changed in white space or markup only"),
    "metadata": ("document", "changed in metadata only"),
    "unchanged": ("document", "unchanged"),
    "exposed": ("document", "open to more readers"),
    "narrowed": ("document", "open to fewer readers"),
    "quarantined": ("document", "refused"),
    "examples_added": ("example", "added"),
    "examples_removed": ("example", "removed"),
    "examples_stale": ("example", "stale"),
    "examples_restricted": ("example", "about restricted documents"),
    "chunks_embedded": ("chunk", "embedded"),
    "chunks_reused": ("chunk", "reused"),
    "points_added": ("point", "added"),
    "points_retired": ("point", "retired"),
    "tokens_trained": ("token", "trained on"),
    "documents": ("document", "refused"),
    "chunks": ("chunk", "refused"),
    "examples": ("example", "refused"),
    "probes": ("probe", "refused"),
    "pairs": ("training pair", "refused"),
    "factual": ("document", "with a changed fact"),
    "wording": ("document", "in wording only"),
}
"""Count of a result → what is counted, and what happened to it."""


def short(id_: str | None) -> str:
    """Return the beginning of an id as people see it: 8 characters, after the prefix of a collection."""
    if not id_:
        return "-"
    prefix, _, rest = id_.rpartition("-") if id_.startswith("c-") else ("", "", id_)
    return f"{prefix}-{rest[:SHOWN_ID]}" if prefix else rest[:SHOWN_ID]


def shortened(sentence: str) -> str:
    """Return a sentence of Pointsman's own with every id in it cut to 8 characters."""
    return ID.sub(lambda found: found[0][:SHOWN_ID], sentence)


def times_ago(sentence: str, now: datetime | None = None) -> str:
    """Return a sentence of Pointsman's own with every ISO time in it as people say it."""
    return TIME.sub(lambda found: ago(found["time"], now), sentence)


def plural(n: int, noun: str) -> str:
    """Return a number and its noun: ``1 example``, ``2 examples``, ``2 refreshes``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}{'es' if noun.endswith('sh') else 's'}"


def counted(counts: Mapping[str, int], *, nothing: str = "nothing") -> str:
    """Return the counts that are not zero, in words: ``1 example added, 60 documents unchanged``."""
    said = [_count(name, n) for name, n in counts.items() if n]
    return ", ".join(said) or nothing


def _count(name: str, n: int) -> str:
    noun, what = NOUNS.get(name, ("", ""))
    return f"{plural(n, noun)} {what}" if noun else f"{n} {name.replace('_', ' ')}"


def ago(at: str | None, now: datetime | None = None, *, brief: bool = False) -> str:
    """Return an ISO time as people say it (``3 minutes ago``, brief ``3 min ago``); older than a month: the day."""
    if not at:
        return "-"
    try:
        then = datetime.fromisoformat(at)
    except ValueError:
        return at
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    if seconds < -MINUTE or seconds >= MONTH:
        return then.date().isoformat()
    for unit, size in (("day", DAY), ("hour", HOUR), ("minute", MINUTE)):
        if seconds >= size:
            n = int(seconds // size)
            return f"{n} {BRIEF[unit]} ago" if brief else f"{plural(n, unit)} ago"
    if seconds < 10:  # noqa: PLR2004 - seconds nobody counts
        return "just now"
    return f"{int(seconds)} {'s' if brief else 'seconds'} ago"


def together(lines: Iterable[str]) -> str:
    """Return lines as one text, a line each."""
    return "\n".join(lines)
