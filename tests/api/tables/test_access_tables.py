"""What people are told about access that became narrower or wider."""

import pytest

from pointsman.api.acts import Rollback
from pointsman.api.tables.report import report_table
from pointsman.api.tables.state import upkeep_rows
from pointsman.core.corpus.exposure import AccessChange
from pointsman.core.policy.decision import Decision, Track
from pointsman.steps.refresh.access_news import access_news


def decision(*, hold: bool) -> Decision:
    return Decision("d", Track.KEEP, train=(), hold=hold, reasons=(), flips=(), debt=(), pending=())


NARROWED = AccessChange(narrowed=("a.md", "b.md", "c.md", "d.md"))
EXPOSED = AccessChange(exposed=("a.md",))


@pytest.mark.parametrize(
    ("change", "hold", "planned", "said"),
    [
        (NARROWED, True, False, "access of 4 documents (a.md, b.md, c.md and 1 more) became narrower; applied at once"),
        (NARROWED, True, True, "`pointsman refresh` applies it at once, also where it is held"),
        (EXPOSED, True, False, "access of 1 document (a.md) became wider; it waits for the hold to end"),
        (EXPOSED, False, False, "it takes effect with the release"),
    ],
)
def test_a_report_says_what_takes_effect_when(change: AccessChange, hold: bool, planned: bool, said: str) -> None:
    news = access_news(change, decision(hold=hold), planned=planned)
    assert said in news["sentences"][0]
    assert (news["exposed"], news["narrowed"]) == (list(change.exposed), list(change.narrowed))
    report = {
        "changes": {"metadata": 1, "narrowed": 1}, "access": news, "work": {}, "cost": {"seconds": 0.0,
        "estimate_seconds": 0.0}, "gate": None, "release": None, "decision": decision(hold=hold).as_json(),
    }  # fmt: skip
    text = report_table("refresh", report).as_text()
    assert said in text
    assert "1 document open to fewer readers" in text


@pytest.mark.parametrize(("names", "said"), [(["a.md"], "1 document stays hidden"), (["a", "b"], "2 documents stay")])
def test_a_rollback_names_what_stays_hidden(names: list[str], said: str) -> None:
    value = {"release": "r1", "left": "r2", "narrowed": names, "mirrored": True, "unmirrored_because": None}
    text = str(Rollback.of(value))
    assert said in text
    assert ", ".join(names) in text
    assert "hidden" not in str(Rollback.of(value | {"narrowed": []}))


def test_status_names_what_is_hidden_from_readers_who_lost_it() -> None:
    counts = ("points_lost", "unmirrored", "forgotten", "tainted_by_stale", "lineage_assumed")
    found = {**dict.fromkeys(counts, 0), "forgetting": [], "tainted": [], "narrowed": ["a.md"]}
    assert upkeep_rows(found) == [("access", "1 document is hidden from readers who lost access: a.md")]
