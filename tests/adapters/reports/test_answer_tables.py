"""The tables of an evaluation, on the page and in the terminal: every part is shown, and nothing in it is markup."""

from typing import Any

from rich.console import Console

from pointsman.adapters.reports.decision_html import page
from pointsman.adapters.reports.record import metrics
from pointsman.cli.tables import answers_table

EVIL = "<script>alert('x')</script>"
OLD = {"shape_valid": 0.25, "citation_correct": 0.5, "token_f1": 0.5, "nll": 1.5, "n": 8.0}
NEW = OLD | {"shape_valid": 0.75}
SIDES = {"champion": OLD, "challenger": NEW}
CELL = {"index": "new", "adapter": "new", "follows_old": 3, "follows_new": 1, "follows_neither": 0}


def evaluation(**changed: Any) -> dict[str, Any]:
    return {
        **SIDES,
        "items": [],
        "contexts": {"retrieved": SIDES, "without": {"champion": {"refusal": 0.125}, "challenger": {"refusal": 0.875}}},
        "slices": {EVIL: SIDES},
        "rulings": {"memory": {"verdict": "refuse", "because": f"says {EVIL}"}},
        "crossing": {"telling": 4, "cells": [CELL], "memorised": [EVIL]},
        **changed,
    }


def test_the_page_shows_rulings_slices_contexts_and_cells_and_runs_nothing() -> None:
    shown = page({"exam": evaluation()})
    assert "<script" not in shown
    numbers = ("0.25 → 0.75", "0.125 → 0.875")
    for part in ("says &lt;script", "By context", "By tag", "Memorization check: 4 questions", *numbers):
        assert part in shown, part


def test_an_evaluation_in_which_no_question_could_tell_shows_no_cells() -> None:
    assert "Memorization check" not in page({"exam": evaluation(crossing={"telling": 0, "cells": [CELL]})})


def test_the_terminal_shows_the_served_context_and_what_older_records_lack_is_left_out() -> None:
    for given, there in ((evaluation(), True), ({**SIDES, "items": []}, False)):
        console = Console(width=200, record=True)
        console.print(answers_table(given))
        assert ("as served: right citation" in console.export_text()) is there


def test_contexts_are_charted() -> None:
    found = metrics({"exam": evaluation()})
    assert found["exam/contexts.without.challenger.refusal"]
    assert not any("script" in name for name in found)
