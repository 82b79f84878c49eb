"""Make the stored decisions of the rules: one for each outcome that a decision can have, seeded.

``python -m tests.core.policy.store_decisions`` draws them anew. With the path of a stored file it keeps the
evidence and brings the sentences up to date; it refuses where anything but a sentence would change.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any

from pointsman.core.evaluation.signal_names import (
    CITATION,
    DECLINED,
    DERIVED_GAP,
    FORM_AGREEMENT,
    GOLDEN_GAP,
    GOLDEN_GAP_CONTROL,
    GOLDEN_GAP_NEW,
    MEMORIZED,
    SHAPE,
)
from pointsman.core.evaluation.statistics import BASELINE_SWITCHES, Signal, baseline_signal
from pointsman.core.policy.approval import Approved
from pointsman.core.policy.debt import Debt
from pointsman.core.policy.decide import decide
from pointsman.core.policy.decision import Decision
from pointsman.core.policy.evidence import Evidence
from pointsman.core.policy.limits import RULES, Limits
from tests.core.policy.evidence import LIMITS
from tests.core.policy.samples import evidence_of, replace

MOST = 100
ASKING = 40
"""Decisions in which golden probes play a part, after those."""
KINDS = ("added", "removed", "renamed", "edited", "cosmetic", "metadata")
BASELINES = [
    baseline_signal(measure, baseline)
    for measure in (SHAPE, CITATION, DECLINED)
    for baseline in sorted(BASELINE_SWITCHES)
]
NAMES = (DERIVED_GAP, SHAPE, CITATION, "probes.golden.staged", DECLINED, MEMORIZED, FORM_AGREEMENT, *BASELINES)
LEANING = {MEMORIZED: 4.0, SHAPE: 0.4, CITATION: 0.5, DECLINED: 0.3}
"""Powers of what is drawn: few are memorized, and measures lie on both sides of their limits."""
GOLDEN = (GOLDEN_GAP, GOLDEN_GAP_CONTROL, GOLDEN_GAP_NEW)


def one_signal(draw: random.Random, name: str) -> Signal:
    value, half = draw.random() ** LEANING.get(name, 1.0), draw.random() / 4
    return Signal(
        name, round(value, 3), "share, 0..1", draw.randint(1, 60), round(value - half, 3), round(value + half, 3)
    )


def some_evidence(draw: random.Random, *, golden: bool) -> Evidence:
    live, configured = draw.random() < 0.9, [None] * 6 + ["a → b"]
    shares = {DERIVED_GAP: 0.8, SHAPE: 0.8, CITATION: 0.6, NAMES[3]: 0.5, **dict.fromkeys(GOLDEN, 0.8)}
    names = (*NAMES, *GOLDEN) if golden else NAMES
    return evidence_of(
        changes={kind: draw.choice([0, 0, 0, 1, 3, 15]) for kind in KINDS},
        live_documents=80 if live else 0, listed_documents=draw.choice([0, 80, 80, 80]),
        documents=draw.choice([0, 80, 80]), corpus="m1", live="r1" if live else None, examples="e1", has_live=live,
        embedder_changed=draw.choice(configured), chunking_changed=draw.choice(configured),
        generator_changed=draw.choice(configured), new_examples=draw.choice([0, 7, 23, 24, 40, 40]), known_examples=40,
        refused_before=draw.random() < 0.1, tried=30, since_tried=draw.choice([None, None, None, 2, 3]),
        tainted=draw.choice([0, 0, 3, 9]), learned=40, train_seconds=draw.choice([10.0, 700.0, 5001.5]),
        retriever_seconds=draw.choice([10.0, 700.0, 5001.5]), hours_since_training=draw.choice([None, None, 3.0, 9.0]),
        hours_since_retriever=draw.choice([None, None, 3.0, 9.0]), contradicting=draw.choice([0, 0, 2]),
        owed=tuple(Debt(role, draw.choice([0.0, 12.0]), draw.choice([1.0, 90.0])) for role in ("retriever", "generator")
                   if draw.random() < 0.4),
        rolled_back=draw.choice([None] * 9 + ["r0"]), measured=draw.random() < 0.8,
        signals=tuple(one_signal(draw, name) for name in names if draw.random() < shares.get(name, 0.2)),
        listing_error=draw.choice([None] * 20 + ["no route"]), live_bytes=100,
        served_bytes=draw.choice([100, 100, 100, 10]), crowd=draw.choice([0] * 20 + [3]),
        contradicting_copies=draw.choice([0] * 20 + [1]),
        approval=draw.choice([None] * 5 + [Approved("d0", "ann", {"guard.removed": 20}, {})]),
    )  # fmt: skip


def some_limits(draw: random.Random) -> Limits:
    full = replace(
        LIMITS, citation_correct=0.5, min_documents=10, min_bytes_share=0.5, duplicates_count=10, duplicates_share=0.1,
        growth_factor=100.0, growth_bytes=100_000, refused_count=10, refused_share=0.1,
        declined=0.9, min_answers=6, max_memorised=0, crowd_count=3, contradicting=0,
    )  # fmt: skip
    return draw.choice([full, full, replace(full, train_money=0.3), replace(full, seconds_per_point_day=None)])


def shape_of(decision: Decision) -> tuple[object, ...]:
    """Return what two decisions with the same outcome have in common."""
    signals = tuple(sorted(reason.signal for reason in decision.reasons))
    return decision.index, decision.train, decision.hold, signals, len(decision.debt), len(decision.flips)


def numbers_of(decision: dict[str, Any]) -> dict[str, Any]:
    """Return a stored decision without its sentences."""
    reasons = [{name: value for name, value in reason.items() if name != "because"} for reason in decision["reasons"]]
    return decision | {"reasons": reasons} | {name: len(decision[name]) for name in ("flips", "debt", "pending")}


def line_of(evidence: Evidence, limits: Limits, decision: Decision) -> str:
    row = {"decision_id": decision.id, "evidence": evidence.as_json(), "limits": limits.as_json()}
    return json.dumps({**row, "decision": decision.as_json()}, sort_keys=True, ensure_ascii=False) + "\n"


def reworded(path: Path) -> str:
    """Return a file of stored decisions with the sentences of now."""
    lines = []
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        evidence, limits = Evidence.from_json(row["evidence"]), Limits.from_json(row["limits"])
        decision = decide(evidence, limits)
        same = json.loads(json.dumps(numbers_of(decision.as_json()))) == numbers_of(row["decision"])
        if decision.id != row["decision_id"] or not same:
            raise SystemExit(f"{row['decision_id']}: more than a sentence changes; raise RULES and draw them anew")
        lines.append(line_of(evidence, limits, decision))
    return "".join(lines)


def drawn() -> str:
    """Return decisions drawn anew, one for each outcome."""
    draw, seen, held, lines = random.Random(RULES), set(), 0, []
    while len(seen) < MOST + ASKING:
        golden = len(seen) >= MOST
        evidence, limits = some_evidence(draw, golden=golden), some_limits(draw)
        decision = decide(evidence, limits)
        unasked = golden and not any(name in str(decision.as_json()) for name in (GOLDEN_GAP, "golden"))
        if unasked or shape_of(decision) in seen or (decision.hold and held > MOST // 10):
            continue
        seen.add(shape_of(decision))
        held += decision.hold
        lines.append(line_of(evidence, limits, decision))
    return "".join(lines)


if __name__ == "__main__":
    sys.stdout.write(reworded(Path(sys.argv[1])) if sys.argv[1:] else drawn())
