"""One screen for a tired person: what changed, what was measured, what decided, what it cost, what happened then.

A record is a JSON value that a run may have left unfinished: any of its keys may be missing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pointsman.core.evaluation.answer_signals import NLL
from pointsman.core.evaluation.signal_meanings import HIGHER, LOWER, NEITHER, better
from pointsman.core.evaluation.signal_names import CITATION, DECLINED, GOLDEN_GAP_CONTROL, GOLDEN_GAP_NEW, SHAPE
from pointsman.core.evaluation.statistics import BASELINE_SWITCHES, baseline_signal
from pointsman.core.wording import count

Record = Mapping[str, Any]
Lines = list[str]

UNKNOWN = "-"
"""What stands where a record says nothing."""
NAMED = 3
"""Documents, and edits, that are named."""
COMPARED: Mapping[str, tuple[str, str]] = {
    "probes.derived.control": ("probes.derived.new", "control"),
    GOLDEN_GAP_CONTROL: (GOLDEN_GAP_NEW, "control"),
    "drift.vocabulary": ("drift.embedding", "vocabulary"),
    "probes.golden.live": ("probes.golden.staged", "live"),
    **{name.replace("residual.", "control."): (name, "control") for name in (SHAPE, CITATION, DECLINED, NLL)},
    **{
        f"{base}{baseline_signal(measure, baseline)}": (
            measure,
            f"{base.replace('.', ' ')}{baseline.replace('_', '-')}",
        )
        for measure in (SHAPE, CITATION, DECLINED)
        for baseline in BASELINE_SWITCHES
        for base in ("", "base.")
    },
}
"""Control groups and baselines: they stand beside what they are compared with, unless a limit applies to them."""
FAILED = "probes.failed."
SHORT = 160
"""Characters of a text that comes from a document."""
SCORES: Mapping[str, str] = {
    "shape_valid": HIGHER, "citation_correct": HIGHER, "token_f1": HIGHER, "nll": LOWER,
}  # fmt: skip
"""Scores of held-out answers that are shown before and after a training, and which direction is better."""
CLOSE, FAR = 0.1, 0.5
"""Shares of a limit: a number nearer than the first is close to it, one beyond the second far from it."""
PLURALS = ("examples", "chunks", "points", "tokens")
"""Words that counts begin with, with an s that one of them does not have."""


def screen(record: Record) -> list[tuple[str, Lines]]:
    """Return (heading, lines) of all that a record says about a decision, in the order in which it happened."""
    decision = _part(record, "report", "decision")
    sections: list[tuple[str, Iterable[str]]] = [
        ("decision", [_chosen(decision)]),
        ("what changed", _changes(record)),
        ("measured", _measured(record, decision)),
        ("alarm", _part(record, "report").get("alarms") or ()),
        ("because", _because(decision)),
        ("closest call", _closest(decision)),
        ("would have flipped it", decision.get("flips") or ()),
        ("put off", decision.get("debt") or ()),
        ("not measured yet", decision.get("pending") or ()),
        ("gain against cost", gains(decision)),
        ("cost", _cost(record)),
        ("gate", _gates(record)),
        ("afterwards", _afterwards(record)),
    ]
    return [(heading, found) for heading, lines in sections if (found := list(lines))]


def number(value: Any) -> str:
    """Return a number as people read it: three decimals at most; anything else as text, shortened."""
    if value is None:
        return UNKNOWN
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    text = str(value)
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def counted(counts: Record, *leave: str) -> str:
    """Return the counts that are not zero, in words: ``2 edited, 1 example added``."""
    return ", ".join(f"{n} {_named(name, n)}" for name, n in counts.items() if n and name not in leave)


def _named(name: str, n: Any) -> str:
    """Return what is counted, in the singular for one."""
    first, space, rest = name.replace("_", " ").partition(" ")
    return f"{first[:-1] if n == 1 and first in PLURALS else first}{space}{rest}"


def _chosen(decision: Record) -> str:
    if decision.get("hold"):
        return "HOLD: nothing is done until a person says so"
    train = "".join(f" + train the {role}" for role in decision.get("train") or ())
    return f"{decision.get('index') or 'undecided'}{train}"


def _changes(record: Record) -> Iterator[str]:
    report = _part(record, "report")
    changes = {**_part(report, "changes"), "examples stale": report.get("stale_examples", 0)}
    yield counted(changes, "unchanged") or "nothing"
    kinds = _part(record, "changed")
    names = [name for kind in kinds.values() for name in kind or ()]
    if names:
        shown = [" → ".join(map(str, name)) if isinstance(name, (list, tuple)) else str(name) for name in names[:NAMED]]
        more = _changed(kinds, changes) - len(shown)
        yield number(", ".join(shown)) + (f" and {more} more" if more > 0 else "")
    yield from _edits(_part(report, "edits"))


def _changed(kinds: Record, changes: Record) -> int:
    """Return how many documents changed: the record names only the first of each kind, the counts are complete."""
    return sum(max(len(names or ()), int(changes.get(kind) or 0)) for kind, names in kinds.items())


def _edits(edits: Record) -> Iterator[str]:
    """Yield which edits changed a fact, where that is known."""
    if "factual" not in edits:
        return
    yield (
        f"{count(int(edits['factual']), 'edited document')} with a changed fact, {edits.get('wording', 0)} with "
        "changed wording only"
    )
    facts = [each for each in edits.get("documents") or () if each.get("factual")]
    for each in facts[:NAMED]:
        for change in (each.get("changes") or ())[:1]:
            yield number(f"{each['document']}: {_edit(change)}")


def _edit(change: Record) -> str:
    """Return what an edit changed: ``'5 days' → '9 days'``, ``added: '9 days'`` or ``removed: '5 days'``."""
    before, after = change.get("before"), change.get("after")
    if before and after:
        return f"{before!r} → {after!r}"
    return f"added: {after!r}" if after else f"removed: {before!r}"


def _measured(record: Record, decision: Record) -> Iterator[str]:
    """Yield each signal with its interval, its direction and what it is compared with; those with a limit first."""
    limits = {reason.get("signal"): reason.get("limit") for reason in decision.get("reasons") or ()}
    signals = {str(s.get("name")): s for s in record.get("signals") or ()}
    homes = {n: place for n in sorted(signals) if n not in limits and (place := _home(n, signals))[0] in signals}
    beside: dict[str, str] = {}
    for name, (home, label) in homes.items():
        beside[home] = f"{beside.get(home, '')}; {label} {_interval(signals[name], of=signals[home])}"
    for name in sorted(signals.keys() - homes.keys(), key=lambda each: (each not in limits, each)):
        limit = f"; limit {number(limits[name])}" if limits.get(name) is not None else ""
        yield f"{name} {_interval(signals[name])}{_direction(name)}{limit}{beside.get(name, '')}"
    failed = counted(_part(record, "attribution"))
    if failed:
        yield f"failed probes: {failed}"


def _direction(name: str) -> str:
    found = better(name)
    return f" ({found})" if found and found != NEITHER else ""


def _home(name: str, signals: Record) -> tuple[str, str]:
    """Return the signal that one stands beside, and its label there; the causes of failed probes share a line."""
    if name.startswith(FAILED):
        first = min(each for each in signals if each.startswith(FAILED))
        return ("" if name == first else first, name.removeprefix(FAILED))
    return COMPARED.get(name, ("", ""))


def _interval(s: Record, of: Record | None = None) -> str:
    """Return value and interval, and of how many; not again where it stands beside as many."""
    value, low, high = (number(s.get(part)) for part in ("value", "low", "high"))
    n = s.get("n", UNKNOWN)
    return f"{value} [{low}, {high}]" + ("" if of is not None and of.get("n", UNKNOWN) == n else f", n = {n}")


def _because(decision: Record) -> Iterator[str]:
    for reason in decision.get("reasons") or ():
        beyond = _beyond(reason)
        yield str(reason.get("because")) + (f" ({beyond})" if beyond else "")


def _beyond(reason: Record) -> str:
    """Return on which side of its limit the number that decided lies, and how far; empty where none decided."""
    margin = reason.get("margin")
    if margin is None:
        return ""
    side = "past" if margin > 0 else "short of"
    return f"{side} the limit by {number(abs(float(margin)))}" if margin else "at the limit"


def _closest(decision: Record) -> Iterator[str]:
    """Yield the reason whose number lay nearest to its limit, by its share of the limit."""
    near = [(abs(r["margin"]) / _size(r), r) for r in decision.get("reasons") or () if r.get("margin") is not None]
    if near:
        share, reason = min(near, key=lambda each: (each[0], each[1]["signal"]))
        name, how = (
            str(reason["signal"]),
            "close to" if share <= CLOSE else "far from" if share > FAR else "not far from",
        )
        against = f"{number(reason.get('value'))} against {number(reason.get('limit'))}"
        direction = f"; {found}" if (found := better(name)) and found != NEITHER else ""
        yield f"{name}: {how} the limit ({against}, {_beyond(reason)}{direction})"


def _size(reason: Record) -> float:
    limit = reason.get("limit")
    return max(abs(float(limit)), 1e-9) if isinstance(limit, (int, float)) and limit else 1.0


def gains(decision: Record) -> Iterator[str]:
    """Yield what each proposed training would bring at least, what that justifies, and what it would cost."""
    for each in decision.get("expected") or ():
        points = (
            "gain not measured yet" if each["points"] is None else f"gains at least {number(each['points'])} points"
        )
        so_far = f", shortfall so far {number(each['point_days'])} point-days" if each["point_days"] else ""
        justified = "" if each["worth"] is None else f", worth up to {each['worth']:.0f} s"
        yield (
            f"{each['role']}: {points}{so_far}{justified}; a training takes about {each['seconds']:.0f} s and costs "
            f"{each['money']:.4f}"
        )


def _cost(record: Record) -> Iterator[str]:
    report = _part(record, "report")
    cost, work = _part(report, "cost"), counted(_part(report, "work"))
    if "seconds" in cost:
        yield _beside("refresh", cost.get("estimate_seconds"), cost["seconds"], "s")
    if cost.get("money") or cost.get("estimate_money"):
        yield _beside("money", cost.get("estimate_money"), cost.get("money"), "")
    if work:
        yield work
    for role in _part(record, "training"):
        run, estimate = _part(record, "training", role), _part(record, "training", role, "estimate")
        for name, unit in (("seconds", "s"), ("tokens", "tokens")):
            if run.get(name) and estimate.get(name):
                yield _beside(f"training the {role}", estimate[name], run[name], unit)


def _beside(what: str, estimate: Any, actual: Any, unit: str) -> str:
    """Return estimate and actual, and how far off it was."""
    unit = f" {unit}" if unit else ""
    if not estimate:
        return f"{what}: {number(actual)}{unit}"
    times = float(actual or 0) / float(estimate)
    return f"{what}: {number(actual)}{unit}, estimated {number(estimate)}{unit} ({times:.2f} times)"


def _gates(record: Record) -> Iterator[str]:
    gates = _part(record, "report", "gates") or _part(record, "gates")
    for name in gates:
        ruling = _part(gates, name)
        if not ruling:
            continue
        yield f"{name}: {number(ruling.get('verdict'))}: {ruling.get('because')}"
    scores = _part(record, "exam")
    before, after = _part(scores, "champion"), _part(scores, "challenger")
    both = [name for name in SCORES if name in before and name in after]
    if both:
        shown = (f"{name} {_score(before[name])} → {_score(after[name])} ({SCORES[name]})" for name in both)
        yield f"held-out answers, before → after: {', '.join(shown)}"


def _score(value: Any) -> str:
    return number(None if value is None else float(value))


def _afterwards(record: Record) -> Iterator[str]:
    yield from record.get("afterwards") or ()
    if review := _part(record, "review"):
        yield f"{review.get('verdict')} by {review.get('by')}: {review.get('note') or 'no reason given'}"
    if replayed := record.get("replayed"):
        yield f"decided again from its evidence: {replayed}"


def _part(record: Any, *path: str) -> Record:
    """Return the mapping at ``path``, empty where any part of it is missing."""
    for key in path:
        record = record.get(key) if isinstance(record, Mapping) else None
    return record if isinstance(record, Mapping) else {}


def rows(found: Sequence[tuple[str, Lines]]) -> list[tuple[str, str]]:
    """Return a screen as rows of two columns; a heading stands at its first line."""
    return [(heading if n == 0 else "", line) for heading, lines in found for n, line in enumerate(lines)]
