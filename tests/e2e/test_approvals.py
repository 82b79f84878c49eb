"""Holds and approvals on the command line: the real listing, Prefect and MLflow, and what serves meanwhile."""

import json
from collections.abc import Callable

import pytest

from tests.e2e.conftest import Place

VALVES = 70


@pytest.fixture
def stocked(place: Place) -> Place:
    """A workspace with seventy documents more."""
    for nth in range(VALVES):
        (place.documents / f"valve-{nth:02}.md").write_text(
            f"# Valve {nth}\n\nThe valve number {nth} opens at {nth * 7} bar and belongs to boiler {nth * 3}.\n"
        )
    place.json("refresh")
    return place


def close(place: Place, first: int, last: int) -> None:
    for nth in range(first, last):
        (place.documents / f"valve-{nth:02}.md").unlink()


def test_forty_vanish_and_are_approved_sixty_are_gone_by_then_and_are_approved_in_turn(stocked: Place) -> None:
    live = stocked.json("status")["release"]
    close(stocked, 0, 40)
    first = stocked.json("refresh", expect=3)
    assert [r["signal"] for r in first["decision"]["reasons"]] == ["guard.removed"]
    waits = stocked.json("status")["waits"]
    assert waits[0]["command"] == f"pointsman approve {first['decision_id']}"
    told = stocked.json("approve", "--no-refresh", "--by", "ann", "--note", "valves were sold")
    assert told["ceilings"] == {"guard.removed": 40}

    close(stocked, 40, 60)
    second = stocked.json("refresh", expect=3)
    assert second["release"] == live
    assert "60 is more than the 40 approved" in second["decision"]["reasons"][0]["because"]
    assert "valve-50.md" in json.dumps(stocked.json("search", "valve number 50")), "what was live answers meanwhile"

    stale = stocked.run("approve", first["decision_id"], expect=2)
    assert "60 is more than the 40 held" in " ".join(stale.stderr.split())

    done = stocked.json("approve")
    assert (done["gate"], done["decision_id"] != second["decision_id"]) == ("promote", True)
    assert done["approval"]["decision"] == second["decision_id"]
    status = stocked.json("status")
    assert (status["hold"], status["waits"], status["release"] != live) == (False, [], True)
    assert "the same decision" in stocked.run("explain").stdout
    check_the_desk(stocked, first["decision_id"])


def check_the_desk(place: Place, decision: str) -> None:
    """The held decision's run says which guard held and what a person said."""
    from pointsman.adapters.mlflow.tracker import MlflowTracker

    tracker = MlflowTracker(
        f"sqlite:///{place.root}/.pointsman/mlflow.db", artifacts=place.root / ".pointsman/mlartifacts"
    )
    with tracker._connected() as (client, experiment):
        run = client.search_runs([experiment], f"tags.`pointsman.decision_id` = '{decision}'")[0]
    assert run.data.tags["hold"] == "yes"
    assert run.data.tags["guards"] == "guard.removed"
    assert run.data.tags["review"] == "approve by ann: valves were sold"


def test_a_store_that_is_away_is_held_and_serves_and_says_so_without_an_engine(
    place: Place, loaded_modules: Callable[..., set[str]]
) -> None:
    live = place.json("status")["release"]
    place.documents.rename(place.root / "elsewhere")
    report = place.json("refresh", expect=3)
    assert [r["signal"] for r in report["decision"]["reasons"]] == ["guard.listing_error"]
    assert report["release"] == live
    decisions = len(place.json("history")["decisions"])
    assert place.json("refresh", expect=3)["decision_id"] == report["decision_id"]
    assert len(place.json("history")["decisions"]) == decisions
    assert "cannot be approved" in place.run("approve", expect=2).stderr.replace("\n", " ")
    assert len(place.json("search", "error code")["hits"]) == 5
    heavy = {"torch", "transformers", "mlflow", "prefect", "great_expectations", "datasketch"}
    assert not heavy & loaded_modules("plan")
    assert place.json("plan", expect=3)["decision"]["hold"] is True
    (place.root / "elsewhere").rename(place.documents)
    assert place.json("refresh")["decision"]["hold"] is False
    assert place.json("status")["hold"] is False


def test_a_rejection_is_kept_with_its_reason_and_a_needless_approval_is_refused(place: Place) -> None:
    assert "no decision waits" in place.run("approve", expect=2).stderr
    for path in sorted(p for p in place.documents.rglob("*") if p.is_file())[:15]:
        path.unlink()
    place.json("refresh", expect=3)
    place.run("reject", "--note", "the mount was empty", "--by", "ben")
    status = place.json("status")
    assert (status["hold"], status["waits"], status["rejected"][0]["note"]) == (True, [], "the mount was empty")
    assert "the mount was empty" in place.run("status").stdout
    assert place.json("refresh", expect=3)["decision"]["hold"] is True
