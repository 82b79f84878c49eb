"""One screen for a tired person: what changed, what was measured, what decided, what it cost, what happened then.

A record is a JSON value that a run may have left unfinished: any of its keys may be missing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pointsman.core.edits.describe import change_in_words
from pointsman.core.evaluation.signal_meanings import HIGHER, LOWER, NEITHER, better
from pointsman.core.policy.holds import LISTING_ERROR
from pointsman.core.policy.rules.retriever import NOT_JUDGED
from pointsman.core.policy.signal_wording import Record, amount, direction, home_of, number, title, with_interval
from pointsman.core.wording import count, points_for_days

Lines = list[str]

NAMED = 3
"""Documents, and edits, that are named."""
SCORES: Mapping[str, str] = {
    "shape_valid": HIGHER, "citation_correct": HIGHER, "token_f1": HIGHER, "nll": LOWER,
}  # fmt: skip
"""Scores of held-out answers that are shown before and after a training, and which direction is better."""
CLOSE, FAR = 0.1, 0.5
"""Shares of a limit: a number nearer than the first is close to it, one beyond the second far from it."""
VERDICTS: Mapping[str, str] = {"approve": "approved", "reject": "rejected"}
"""Verdict of a person → what happened to the decision."""
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
        ("because", _because(record, decision)),
        ("closest call", _closest(record, decision)),
        ("would have flipped it", decision.get("flips") or ()),
        ("put off", decision.get("debt") or ()),
        ("not measured yet", decision.get("pending") or ()),
        ("gain against cost", gains(decision)),
        ("cost", _cost(record)),
        ("gate", _gates(record)),
        ("afterwards", _afterwards(record)),
    ]
    return [(heading, found) for heading, lines in sections if (found := list(lines))]


def counts_sentence(counts: Record, *leave: str) -> str:
    """Return the counts that are not zero, in words: ``2 edited, 1 example added``."""
    return ", ".join(f"{n} {_named(name, n)}" for name, n in counts.items() if n and name not in leave)


def _named(name: str, n: Any) -> str:
    """Return what is counted, in the singular for one."""
    first, space, rest = name.replace("_", " ").partition(" ")
    return f"{first[:-1] if n == 1 and first in PLURALS else first}{space}{rest}"


def hold_sentence(decision: Record) -> str:
    """Return what a hold waits for: a store that can be listed, or a person."""
    unlisted = any(reason["signal"] == LISTING_ERROR for reason in decision.get("reasons") or ())
    return f"HOLD: nothing is done until {'the store can be listed' if unlisted else 'a person says so'}"


def _chosen(decision: Record) -> str:
    if decision.get("hold"):
        return hold_sentence(decision)
    train = "".join(f" + train the {role}" for role in decision.get("train") or ())
    return f"{decision.get('index') or 'undecided'}{train}"


def _changes(record: Record) -> Iterator[str]:
    report = _part(record, "report")
    changes = {
        **_part(report, "changes"),
        "examples stale": report.get("stale_examples", 0),
        "examples about restricted documents": report.get("restricted_examples", 0),
    }
    yield counts_sentence(changes, "unchanged") or "nothing"
    kinds = _part(record, "changed")
    names = [name for kind in kinds.values() for name in kind or ()]
    if names:
        shown = [" is now ".join(map(str, n)) if isinstance(n, (list, tuple)) else str(n) for n in names[:NAMED]]
        more = _changed(kinds, changes) - len(shown)
        yield number(", ".join(shown)) + (f" and {more} more" if more > 0 else "")
    yield from _part(report, "access").get("sentences") or ()
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
            yield number(f"{each['document']}: {change_in_words(change)}")


def _measured(record: Record, decision: Record) -> Iterator[str]:
    """Yield each signal in words, with its interval and what it is compared with; those with a limit first."""
    limits = {reason.get("signal"): reason.get("limit") for reason in decision.get("reasons") or ()}
    signals = {str(s.get("name")): s for s in record.get("signals") or ()}
    homes = {n: place for n in sorted(signals) if n not in limits and (place := home_of(n, signals))[0] in signals}
    beside: dict[str, str] = {}
    for name, (home, label) in homes.items():
        beside[home] = f"{beside.get(home, '')}; {label} {with_interval(signals[name], of=signals[home])}"
    for name in sorted(signals.keys() - homes.keys(), key=lambda each: (each not in limits, each)):
        unit = signals[name].get("unit")
        limit = f"; limit {amount(limits[name], unit)}" if limits.get(name) is not None else ""
        yield f"{title(name)}: {with_interval(signals[name])}{direction(name)}{limit}{beside.get(name, '')}"
    failed = counts_sentence(_part(record, "attribution"))
    if failed:
        yield f"failed probes: {failed}"


def signal_rows(record: Record) -> list[tuple[Any, ...]]:
    """Return name, value, low, high, n, limit and margin of each signal, under the names that are stored."""
    reasons = {str(r.get("signal")): r for r in _part(record, "report", "decision").get("reasons") or ()}
    found = sorted((str(s.get("name")), s) for s in record.get("signals") or ())
    found += [(name, reason) for name, reason in reasons.items() if name not in dict(found)]
    return [
        (
            name,
            *(each.get(part) for part in ("value", "low", "high", "n")),
            *(reasons.get(name, {}).get(part) for part in ("limit", "margin")),
        )
        for name, each in found
    ]


def _because(record: Record, decision: Record) -> Iterator[str]:
    """Yield each reason, and what the person wrote who approved the change."""
    for reason in decision.get("reasons") or ():
        yield str(reason.get("because"))
    approval = _part(record, "approval")
    if approval.get("note"):
        yield f'approved by {approval.get("by")}: "{number(approval["note"])}"'


def _closest(record: Record, decision: Record) -> Iterator[str]:
    """Yield the reason whose number lay nearest to its limit, by its share of the limit."""
    near = [
        (abs(r["margin"]) / _size(r), r)
        for r in decision.get("reasons") or ()
        if r.get("margin") is not None and not str(r.get("because")).startswith(NOT_JUDGED)
    ]
    if near:
        units = {s.get("name"): s.get("unit") for s in record.get("signals") or ()}
        share, reason = min(near, key=lambda each: (each[0], each[1]["signal"]))
        name, how = (
            str(reason["signal"]),
            "close to" if share <= CLOSE else "far from" if share > FAR else "not far from",
        )
        value, limit = (amount(reason.get(part), units.get(name)) for part in ("value", "limit"))
        way = f"; {found}" if (found := better(name)) and found != NEITHER else ""
        side = "at" if not reason["margin"] else how
        yield f"{title(name)}: {side} the limit ({value}, the limit is {limit}{way})"


def _size(reason: Record) -> float:
    limit = reason.get("limit")
    return max(abs(float(limit)), 1e-9) if isinstance(limit, (int, float)) and limit else 1.0


def gains(decision: Record) -> Iterator[str]:
    """Yield what each proposed training would bring at least, what that justifies, and what it would cost."""
    for each in decision.get("expected") or ():
        points = (
            "gain not measured yet" if each["points"] is None else f"gains at least {number(each['points'])} points"
        )
        added_up = points_for_days(each["point_days"], each["points"] or 0.0)
        so_far = f", shortfall so far: {added_up}" if each["point_days"] else ""
        justified = "" if each["worth"] is None else f", worth up to {each['worth']:.0f} s"
        yield (
            f"{each['role']}: {points}{so_far}{justified}; a training takes about {each['seconds']:.0f} s and costs "
            f"{each['money']:.4f}"
        )


def _cost(record: Record) -> Iterator[str]:
    report = _part(record, "report")
    cost, work = _part(report, "cost"), counts_sentence(_part(report, "work"))
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
        shown = (f"{name} {_score(before[name])}, then {_score(after[name])} ({SCORES[name]})" for name in both)
        yield f"held-out answers, before and after: {'; '.join(shown)}"


def _score(value: Any) -> str:
    return number(None if value is None else float(value))


def _afterwards(record: Record) -> Iterator[str]:
    yield from record.get("afterwards") or ()
    if review := _part(record, "review"):
        yield _reviewed(review)
    if record.get("replays"):
        yield "checked again: the same evidence gives the same decision"
    elif replayed := record.get("replayed"):
        yield f"checked again from its evidence: {replayed}"


def _reviewed(review: Record) -> str:
    """Return who approved or rejected a decision, when and why, and the decision that followed."""
    verdict, note = str(review.get("verdict")), review.get("note")
    at = f" at {review['at']}" if review.get("at") else ""
    why = f': "{number(note)}"' if note else ", no reason given"
    then = f" → decision {review['led_to']}" if review.get("led_to") else ""
    return f"{VERDICTS.get(verdict, verdict)} by {review.get('by')}{at}{why}{then}"


def _part(record: Any, *path: str) -> Record:
    """Return the mapping at ``path``, empty where any part of it is missing."""
    for key in path:
        record = record.get(key) if isinstance(record, Mapping) else None
    return record if isinstance(record, Mapping) else {}


def rows(found: Sequence[tuple[str, Lines]]) -> list[tuple[str, str]]:
    """Return a screen as rows of two columns; a heading stands at its first line."""
    return [(heading if n == 0 else "", line) for heading, lines in found for n, line in enumerate(lines)]
