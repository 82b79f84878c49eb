"""Reads a decision record: its parts without secrets, and what a tracker gets as parameters, tags and metrics.

A record is a JSON value. Any of its keys may be missing or None.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pointsman.core.credentials import without_credentials
from pointsman.core.hashing import content_id

Record = Mapping[str, Any]

REASON = ("signal", "value", "limit", "because")
PARAM_LIMIT, TAG_LIMIT, NAME_LIMIT = 500, 5000, 250
"""Characters of a parameter's value, of a tag's value, and of a name."""

SECRET = re.compile(r"key|token|password|secret", re.IGNORECASE)
ACCESS_KEY = ("access", "key")
"""``access.key`` of params.yaml: the name of a statement, and no secret."""


def is_secret(name: str) -> bool:
    """Tell whether a parameter's name sounds like a secret's; ``max_tokens`` and other counts of tokens do not."""
    return bool(SECRET.search(name)) and not name.lower().endswith("_tokens")


def clean(value: Any, *, params: bool = False, under: str = "") -> Any:
    """Return ``value`` as plain JSON without secrets.

    Keys that sound like a secret's are dropped: below ``params`` always, elsewhere where they hold text (a count of
    tokens is not a secret, nor is the name that access statements have). Numbers that JSON cannot hold become None.

    ``under`` is the key at which the value stands.
    """
    if isinstance(value, Mapping):
        kept = ((str(k), v) for k, v in value.items())
        kept = (
            (k, v) for k, v in kept
            if (under, k) == ACCESS_KEY or not (is_secret(k) and (params or isinstance(v, str)))
        )  # fmt: skip
        return {k: clean(v, params=params or k == "params", under=k) for k, v in kept}
    if isinstance(value, (set, frozenset)):
        return clean(sorted(value, key=str), params=params)
    if isinstance(value, (list, tuple)):
        return [clean(v, params=params) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int)) else without_credentials(str(value))


PAIR = 2
"""Items of a point on a curve that names its own step: [step, value]."""


def section(record: Record, *path: str) -> dict[str, Any]:
    """Return the mapping at ``path``; empty where a part of the path is missing, None or not a mapping."""
    here: Any = record
    for key in path:
        here = here.get(key) if isinstance(here, Mapping) else None
    return dict(here) if isinstance(here, Mapping) else {}


def flat(value: Record, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted name, leaf) of a nested mapping; a list is a leaf."""
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield from flat(inner, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", inner


def nonzero(values: Record, *leave: str) -> dict[str, float]:
    """Return the numbers of ``values`` that are not zero, without the names in ``leave``."""
    numbers = {k: v for k, v in values.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
    return {k: v for k, v in numbers.items() if v and k not in leave}


def rulings(record: Record) -> list[tuple[str, dict[str, Any]]]:
    """Return each gate with verdict, because, gain, low, high and n; some records keep the numbers in ``signal``."""
    named = [(name, section(record, "gates", name)) for name in section(record, "gates")]
    return [(name, {"gain": section(g, "signal").get("value")} | section(g, "signal") | g) for name, g in named if g]


def reasons(record: Record) -> list[list[Any]]:
    """Return the rows of the table of reasons: signal, value, limit, because."""
    found = section(record, "report", "decision").get("reasons") or []
    return [[reason.get(name) for name in REASON] for reason in found]


def headline(record: Record) -> str:
    """Return the title of a run, such as ``update +generator · promote``."""
    report, decision = section(record, "report"), section(record, "report", "decision")
    name = " ".join([str(decision.get("index") or "undecided"), *(f"+{t}" for t in decision.get("train") or [])])
    if decision.get("hold"):
        return f"{name} · on hold"
    return f"{name} · {report['gate']}" if report.get("gate") else name


def flat_params(record: Record) -> dict[str, str]:
    """Return the flattened parameters as text, without those whose name sounds like a secret's."""
    found = flat(clean(section(record, "params"), params=True))
    return {_name(name): str(value)[:PARAM_LIMIT] for name, value in found}


def tags(record: Record) -> dict[str, str]:
    """Return the tags by which people filter runs: the decision, its gate and release, the trigger and the corpus."""
    report, decision = section(record, "report"), section(record, "report", "decision")
    values = {
        "index": decision.get("index"),
        "train": "+".join(decision.get("train") or []),
        "hold": "yes" if decision.get("hold") else "no",
        "gate": report.get("gate"),
        "release": record.get("release") or report.get("release"),
        "live_before": record.get("live_before"),
        "trigger": record.get("trigger"),
        "corpus": report.get("corpus"),
        "guards": ", ".join(str(row[0]) for row in reasons(record) if str(row[0]).startswith("guard.")),
        "review": _review(section(record, "review")),
    }
    return {name: str(value or "none")[:TAG_LIMIT] for name, value in values.items()}


def _review(said: Record) -> str | None:
    """Return a person's verdict on the decision, such as ``approve by ann: moved to the archive``."""
    if not said:
        return None
    return f"{said.get('verdict')} by {said.get('by')}" + (f": {said['note']}" if said.get("note") else "")


def metrics(record: Record) -> dict[str, list[tuple[int, float]]]:
    """Return the numbers to draw, by name (``group/name``), as (step, value); several of one name are a curve."""
    report = section(record, "report")
    signals = {str(s.get("name")): s for s in record.get("signals") or [] if isinstance(s, Mapping)}
    groups = {
        "changes": section(report, "changes"),
        "work": section(report, "work"),
        "cost": section(report, "cost") | {"total_seconds": report.get("seconds")},
        "signals": {name: s.get("value") for name, s in signals.items()},
        "intervals": {name: {k: s.get(k) for k in ("low", "high", "n")} for name, s in signals.items()},
        "residual": section(record, "attribution"),
        "gates": {name: {k: g.get(k) for k in ("gain", "low", "high", "n")} for name, g in rulings(record)},
        "exam": {part: section(record, "exam", part) for part in ("champion", "challenger", "contexts")},
        "training": section(record, "training"),
    }
    found = {}
    for group, values in groups.items():
        for name, value in flat(values):
            if points := _points(value):
                found[f"{group}/{_name(name)}"] = points
    return found


def _points(value: Any) -> list[tuple[int, float]]:
    """Return the finite numbers of a leaf as (step, number): step 0 for one, 1, 2, … for a list, or a pair's own."""
    if not isinstance(value, list):
        value = [value]
    if all(isinstance(item, list) and len(item) == PAIR for item in value):
        return [(int(step), float(v)) for step, v in value if _is_number(step) and _is_number(v)]
    numbers = [float(v) for v in value if _is_number(v)]
    return list(enumerate(numbers, start=1)) if len(numbers) > 1 else [(0, v) for v in numbers]


def parts(release: Record) -> dict[str, tuple[str, str]]:
    """Return part → (content id, description): the index, the retriever and the generator of a release, and itself."""
    index = dict(release) | section(release, "index")
    place = [release.get("corpus"), index.get("collection"), index.get("revision")]
    found = {}
    if index.get("collection"):
        text = f"{release.get('documents')} documents of corpus `{place[0]}`"
        found["index"] = (content_id(place), f"{text} in `{place[1]}`, revision {place[2]}")
    for part, key in (("retriever", "embedder"), ("generator", "generator")):
        model = section(release, key)
        if model.get("base"):
            text = f"`{model.get('model')}`, base `{model['base']}`, adapter `{model.get('adapter') or 'none'}`"
            found[part] = (content_id([model["base"], model.get("adapter")]), without_credentials(text))
    lines = [f"{release.get('documents')} documents, revision {place[2]} of `{place[1]}`\n"]
    lines += [f"- **{part}:** {text}" for part, (_, text) in found.items()]
    lines.append(f"- **decision:** `{release.get('decision')}`")
    return found | {"release": (str(release["id"]), "\n".join(lines))}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _name(text: str) -> str:
    """Return ``text`` without the characters that trackers do not allow in the name of a metric or parameter."""
    return re.sub(r"[^\w. -]", "_", text)[: NAME_LIMIT - 20]
