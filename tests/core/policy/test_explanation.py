"""One screen of a decision: everything that issue 5 asks for, short, and true to the record."""

import io
from typing import Any

import pytest
from rich.console import Console

from pointsman.cli.tables import facts_table
from pointsman.core.evaluation.answer_signals import NLL, NLL_GAP
from pointsman.core.evaluation.error_analysis import Cause
from pointsman.core.evaluation.signal_meanings import MEANINGS
from pointsman.core.evaluation.signal_names import CITATION, DECLINED, DERIVED_GAP, GOLDEN_GAP, MEMORIZED, SHAPE
from pointsman.core.evaluation.statistics import baseline_signal
from pointsman.core.policy.decide import decide
from pointsman.core.policy.explanation import NAMED, counts_sentence, rows, screen, signal_rows
from pointsman.core.policy.signal_wording import COMPARED, SHORT, amount, title
from tests.core.policy.evidence import LIMITS, TAUGHT, gap, lacking, signal
from tests.core.policy.samples import replace

FORMAT = MEANINGS[SHAPE].title
LINES = 50
"""Of a terminal that is a full screen."""


def record(**changed: Any) -> dict[str, Any]:
    evidence = replace(TAUGHT, train_seconds=1000.0, signals=(*lacking(0.8), *gap(0.1)))
    decision = decide(evidence, LIMITS)
    return {
        "report": {
            "decision": decision.as_json(),
            "changes": {"edited": 2, "renamed": 1, "unchanged": 40},
            "cost": {"seconds": 30.0, "estimate_seconds": 20.0, "money": 0.5, "estimate_money": 0.25},
            "work": {"chunks_embedded": 5},
            "gates": {"index": {"verdict": "promote", "because": "all points are in place"}},
        },
        "changed": {"edited": ["a.md", "b.md"], "renamed": [["c.md", "d.md"]], "added": ["e.md"]},
        "signals": [s.as_json() for s in evidence.measurements.signals],
        "training": {"generator": {"seconds": 90.0, "tokens": 50, "estimate": {"seconds": 60.0, "tokens": 100}}},
        "exam": {"champion": {"shape_valid": 0.1, "nll": None}, "challenger": {"shape_valid": 0.9, "nll": 1.0}},
        "attribution": {"not retrieved": 2},
        "afterwards": ["release r1 went live at noon (promote)"],
        "replayed": "the same decision",
    } | changed


def said(found: dict[str, Any], heading: str) -> str:
    return "\n".join(dict(screen(found)).get(heading, []))


def test_a_screen_says_what_changed_was_measured_decided_flips_costs_and_became() -> None:
    found = record()
    assert "2 edited, 1 renamed" in said(found, "what changed")
    assert "a.md, b.md, c.md is now d.md and 1 more" in said(found, "what changed")
    first = said(found, "measured").splitlines()[0]
    assert first == f"{FORMAT}: 0.3 (0 to 0.8, of 40) (higher is better); limit 0.9"
    assert "failed probes: 2 not retrieved" in said(found, "measured")
    assert "even the high end is below 90%: re-indexing cannot repair it" in said(found, "because")
    assert "1000 s" in said(found, "because")
    assert "would be worth it" in said(found, "would have flipped it")
    assert "another 10 points for 3 days" in said(found, "put off")
    assert "at least 10 points, worth up to 700 s" in said(found, "gain against cost")
    assert "refresh: 30 s, estimated 20 s (1.50 times)" in said(found, "cost")
    assert "training the generator: 90 s, estimated 60 s (1.50 times)" in said(found, "cost")
    assert "money: 0.5, estimated 0.25 (2.00 times)" in said(found, "cost")
    assert "index: promote" in said(found, "gate")
    assert "shape_valid 0.1, then 0.9 (higher is better); nll -, then 1 (lower is better)" in said(found, "gate")
    assert (
        said(found, "afterwards")
        == "release r1 went live at noon (promote)\nchecked again from its evidence: the same decision"
    )


def test_the_closest_call_is_the_number_nearest_to_its_limit() -> None:
    reasons = [
        {"signal": "far", "value": 1, "limit": 10, "because": "", "margin": 9.0},
        {"signal": "near", "value": 0.151, "limit": 0.15, "because": "", "margin": -0.001},
        {"signal": "none", "value": "x", "limit": None, "because": "", "margin": None},
    ]
    near = said({"report": {"decision": {"reasons": reasons}}}, "closest call")
    assert near == "near: close to the limit (0.151, the limit is 0.15)"


def test_a_signal_that_a_limit_was_held_against_stands_first() -> None:
    names = [line.split(":")[0] for line in said(record(), "measured").splitlines()]
    assert names[0] == FORMAT
    assert MEANINGS[DERIVED_GAP].title in names


def test_a_screen_fits_a_screen_and_text_of_documents_is_cut_and_never_markup() -> None:
    names = [f"[bold]{'x' * 300}{n}.md" for n in range(40)]
    found = record(changed={"edited": names})
    assert len(rows(screen(found))) <= LINES
    line = said(found, "what changed").splitlines()[1]
    assert len(line) <= SHORT + len(f" and {len(names) - NAMED} more")
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(facts_table("x", rows(screen(found))))
    assert "[bold]" in console.export_text()


def test_everything_that_a_refresh_can_measure_is_hardly_more_than_a_screen() -> None:
    """With the control group, both baselines of the live generator and of its base, every cause and both alarms."""
    behaviour = ("residual.behaviour.token_f1", NLL_GAP, SHAPE, CITATION, DECLINED, NLL)
    probes = [f"probes.golden.{n}" for n in ("live", "staged", "change")] + [
        f"probes.{kind}.{side}" for kind in ("derived", "asked") for side in ("new", "control")
    ]
    causes = [f"probes.failed.{cause.name.lower()}" for cause in Cause]
    alarms = ["edits.factual", "drift.embedding", "drift.vocabulary"]
    names = [DERIVED_GAP, GOLDEN_GAP, MEMORIZED, *behaviour, *probes, *COMPARED, *alarms, *causes]
    every = tuple(signal(name, value=0.123, low=0.012, high=0.234) for name in dict.fromkeys(names))
    assert len(every) > 40
    evidence = replace(TAUGHT, changes={"edited": 2, "added": 4}, signals=every, train_seconds=4000.0)
    decision = decide(evidence, replace(LIMITS, citation_correct=0.5, declined=0.9))
    found = record(signals=[s.as_json() for s in every])
    found["report"]["decision"] = decision.as_json()
    console = Console(width=120, file=io.StringIO())
    with console.capture() as shown:
        console.print(facts_table("x", rows(screen(found))))
    assert len(shown.get().splitlines()) <= LINES + 30, "a little over a screen, with everything at once"
    measured = said(found, "measured")
    assert measured.count("(0.012 to 0.234") == len(every)
    line = next(line for line in measured.splitlines() if line.startswith(FORMAT))
    assert " (higher is better); limit 0.9; base constrained 0.123 (0.012 to 0.234); base few-shot" in line
    assert "; control 0.123" in line
    assert not [name for name in names if "_" in name and name in measured], "stored names are for --tables"


def test_a_baseline_that_made_training_wrong_keeps_its_own_line() -> None:
    baseline = baseline_signal(SHAPE, "few_shot")
    evidence = replace(TAUGHT, signals=(*lacking(0.5), signal(baseline, value=0.95, low=0.9, high=1.0)))
    found = record(signals=[s.as_json() for s in evidence.measurements.signals])
    found["report"]["decision"] = decide(evidence, LIMITS).as_json()
    line = f"{FORMAT}, few-shot: 0.95 (0.9 to 1, of 40) (higher is better); limit 0.9"
    assert line in said(found, "measured").splitlines()


def test_an_old_or_empty_record_has_a_screen() -> None:
    assert dict(screen({}))["what changed"] == ["nothing"]
    hollow = {"report": None, "signals": None, "exam": None, "gates": {"index": None}, "training": {"generator": None}}
    assert dict(screen(hollow))["what changed"] == ["nothing"]
    old = record()
    for reason in old["report"]["decision"]["reasons"]:
        del reason["margin"]
    del old["report"]["decision"]["expected"]
    assert "re-indexing cannot repair it" in said(old, "because")
    assert said(old, "gain against cost") == ""


def test_edits_that_change_a_fact_are_named_where_they_are_known() -> None:
    found = record()
    change = {"before": "5 days", "after": "9 days", "section": "Limits"}
    documents = [{"document": "a.md", "factual": True, "changes": [change]}, {"document": "b.md", "factual": False}]
    found["report"]["edits"] = {"factual": 1, "wording": 1, "documents": documents}
    assert "a.md: '5 days' is now '9 days'" in said(found, "what changed")


@pytest.mark.parametrize(("added", "more"), [(3, ""), (4, " and 1 more"), (50, " and 47 more"), (60, " and 57 more")])
def test_changes_are_counted_beyond_the_names_that_a_record_keeps(added: int, more: str) -> None:
    """A record names the first 50 of each kind; the counts of the report are complete."""
    found = record(changed={"added": [f"p{n}.md" for n in range(min(added, 50))]})
    found["report"]["changes"] = {"added": added, "unchanged": 3}
    assert said(found, "what changed").splitlines()[1] == f"p0.md, p1.md, p2.md{more}"


def test_changes_of_several_kinds_are_added_up() -> None:
    found = record(changed={"added": [f"p{n}.md" for n in range(50)], "edited": ["e.md"], "removed": []})
    found["report"]["changes"] = {"added": 60, "edited": 1, "removed": 0, "examples_added": 7}
    assert said(found, "what changed").splitlines()[1] == "p0.md, p1.md, p2.md and 58 more"


@pytest.mark.parametrize(
    ("counts", "words"),
    [({"examples_added": 1}, "1 example added"), ({"examples_added": 2, "edited": 1}, "2 examples added, 1 edited")],
)
def test_one_is_in_the_singular(counts: dict[str, int], words: str) -> None:
    assert counts_sentence(counts) == words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"before": "5 days", "after": "9 days"}, "a.md: '5 days' is now '9 days'"),
        ({"before": None, "after": "]"}, "a.md: added: ']'"), ({"before": "[", "after": ""}, "a.md: removed: '['"),
    ],
)  # fmt: skip
def test_what_an_edit_changed_is_shown_as_added_or_removed(change: dict[str, Any], words: str) -> None:
    found = record()
    documents = [{"document": "a.md", "factual": True, "changes": [change]}]
    found["report"]["edits"] = {"factual": 1, "wording": 0, "documents": documents}
    assert words in said(found, "what changed")


@pytest.mark.parametrize(
    ("value", "margin", "words"),
    [
        (-0.06, -0.32, "far from the limit (-6 points, the limit is 15 points; lower is better)"),
        (0.1, -0.06, "not far from the limit (10 points, the limit is 15 points; lower is better)"),
        (0.2, 0.015, "close to the limit (20 points, the limit is 15 points; lower is better)"),
        (0.15, 0.0, "at the limit (15 points, the limit is 15 points; lower is better)"),
    ],
)
def test_a_close_call_says_value_limit_and_direction(value: float, margin: float, words: str) -> None:
    reason = {"signal": DERIVED_GAP, "value": value, "limit": 0.15, "because": "", "margin": margin}
    measured = [{"name": DERIVED_GAP, "unit": "share minus share, -1..1"}]
    near = said({"report": {"decision": {"reasons": [reason]}}, "signals": measured}, "closest call")
    assert near == f"{MEANINGS[DERIVED_GAP].title}: {words}"


def test_a_gap_that_was_not_judged_is_no_close_call() -> None:
    reason = {"signal": DERIVED_GAP, "value": 0.15, "limit": 0.15, "margin": 0.0}
    judged = {"report": {"decision": {"reasons": [reason | {"because": "pages are found"}]}}}
    assert said(judged, "closest call") != ""
    too_few = {"report": {"decision": {"reasons": [reason | {"because": "not judged: 1 derived question"}]}}}
    assert said(too_few, "closest call") == ""


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.793, "share minus share, -1..1", "79.3 points"), (-0.02, "hit@k staged minus live, -1..1", "-2 points"),
        (0.5, "share of items, 0..1", "50%"), (0.0, "hit@k, 0..1", "0%"), (0.925, "token F1, 0..1", "92.5%"),
        (1.25, "nats per token", "1.25"), (3, "documents", "3"), (True, "0..1", "True"), (None, "0..1", "-"),
    ],
)  # fmt: skip
def test_shares_are_percent_and_their_differences_points(value: Any, unit: str, words: str) -> None:
    assert amount(value, unit) == words


def test_a_signal_has_a_title_in_words() -> None:
    assert title("guard.removed") == "Many documents are gone from the store"
    assert title("probes.failed.stale_probe") == "golden probes that failed, stale probe"
    assert title("control.behaviour.shape_valid") == f"{FORMAT}, control"
    assert title("something.new_here") == "something new here"


def test_stored_names_have_a_row_with_their_limit_and_how_far_they_lie_from_it() -> None:
    found = {row[0]: row[1:] for row in signal_rows(record())}
    assert found[SHAPE][:5] == (0.3, 0.0, 0.8, 40, 0.9)
    assert round(found[SHAPE][5], 3) == 0.1
    assert found["budget.worth"][4] is not None, "a reason without a signal has a row too"
    assert signal_rows({}) == []


def test_the_note_of_an_approval_stands_in_both_decisions() -> None:
    made = record(approval={"decision": "d1", "by": "root", "note": "the new hours are right", "at": "noon"})
    assert said(made, "because").splitlines()[-1] == 'approved by root: "the new hours are right"'
    assert "approved by" not in said(record(approval={"by": "root", "note": ""}), "because")
    review = {"verdict": "approve", "by": "root", "note": "right", "at": "noon", "led_to": "d2"}
    assert 'approved by root at noon: "right" → decision d2' in said(record(review=review), "afterwards")
    rejected = {"verdict": "reject", "by": "ann", "note": ""}
    assert "rejected by ann, no reason given" in said(record(review=rejected), "afterwards").splitlines()


def test_a_decision_that_is_reproduced_is_said_so_in_plain_words() -> None:
    again = record(replays=True, replayed="the same decision, to the byte, under rules 3")
    assert said(again, "afterwards").splitlines()[-1] == "checked again: the same evidence gives the same decision"
    other = record(replays=False, replayed="rules 3 decide differently now: flips")
    assert said(other, "afterwards").endswith("checked again from its evidence: rules 3 decide differently now: flips")
