"""Example lineage with the real command line, ledger, Great Expectations and dvc: nothing is trained here."""

import json
import shutil
from typing import Any

from tests.e2e.conftest import ROOT, Place
from tests.e2e.training.repro import repro

DOCUMENT = "release-notes/4.1.md"


def built(place: Place) -> dict[str, Any]:
    """Build the training set as a refresh would, and return it."""
    repro(place, "examples")
    value: dict[str, Any] = json.loads((place.root / "build" / "examples.json").read_text())
    return value


def seen(place: Place) -> str:
    """Return the id of the set of examples that the last look accepted."""
    memory = json.loads((place.root / ".pointsman" / "memory" / "supervision.json").read_text())
    return str(memory["set_id"])


def test_a_changed_document_sets_its_examples_aside_until_they_are_confirmed_and_dvc_follows(place: Place) -> None:
    shutil.copytree(ROOT / "sample" / "examples", place.root / "examples", dirs_exist_ok=True)
    place.set_params(policy={"min_examples": 100})
    assert place.json("refresh")["stale_examples"] == 0
    first = built(place)
    assert (first["set"], first["stale"], len(first["refused"])) == (seen(place), [], 0)
    page = place.documents / DOCUMENT
    page.write_text(page.read_text() + "\n\nThis release was withdrawn on the second day.\n")
    report = place.json("refresh")
    assert (report["decision"]["index"], report["stale_examples"]) == ("update", 4)
    stale = place.json("status")["stale"]
    assert {each["document"] for each in stale} == {DOCUMENT}
    quarantine = (place.root / ".pointsman" / "quarantine" / "examples.jsonl").read_text()
    assert all(each["true_for"] in quarantine and each["now"] in quarantine for each in stale)
    second = built(place)
    assert (second["set"], len(second["stale"])) == (seen(place), 4)
    assert second["set"] != first["set"]
    told = place.json("confirm", stale[0]["example"], "--by", "ann")
    assert ([each["example"] for each in told["confirmed"]], len(told["left"])) == ([stale[0]["example"]], 3)
    third = built(place)
    assert (third["set"], len(third["stale"])) == (seen(place), 3)
    assert "0 stale examples" in place.run("confirm", "no-such-example", expect=2).stderr
    assert place.json("confirm", "--all", "--document", DOCUMENT)["left"] == []
    place.json("refresh")
    assert built(place)["set"] == seen(place) == first["set"]
    assert place.json("doctor")["healthy"]
