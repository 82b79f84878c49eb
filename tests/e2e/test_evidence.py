"""What an edit changed and why a probe failed, with the real engines and the real command line."""

import json

from tests.e2e.conftest import Place


def test_an_edited_fact_is_told_and_a_probe_whose_document_vanished_is_stale(place: Place) -> None:
    runbook = place.documents / "reference" / "http-api.rst"
    text = runbook.read_text(encoding="utf-8")
    assert "every 20 seconds" in text
    runbook.write_text(text.replace("every 20 seconds", "every 30 seconds"), encoding="utf-8")
    (place.documents / "guide" / "replays.md").unlink()
    golden = [json.loads(line) for line in (place.root / "probes" / "golden.jsonl").read_text("utf-8").splitlines()]
    orphans = {probe["id"] for probe in golden if probe["documents"] == ["guide/replays.md"]}
    assert orphans
    edits = place.json("plan")["edits"]
    assert (edits["factual"], edits["wording"]) == (1, 0)
    (told,) = edits["documents"][0]["changes"]
    assert (told["facet"], told["before"], told["after"]) == ("number", "20", "30")
    assert told["section"].endswith("Events")
    report = place.json("refresh")
    assert report["edits"] == edits, "what was planned is what is told afterwards"
    (record,) = (place.root / ".pointsman" / "ledger" / "decision").glob(f"{report['decision_id']}*.json")
    failed = json.loads(record.read_text(encoding="utf-8"))["attributions"]["failed"]
    stale = {each["probe"] for each in failed if each["cause"] == "stale probe"}
    assert stale == orphans
    shown = place.run("explain").stdout
    assert "1 edited document with a changed fact, 0 with changed wording only" in " ".join(shown.split())
    assert "the same decision" in shown
    assert "why they failed" not in shown, "one screen"
    whole = place.run("explain", "--tables").stdout
    assert "why they failed" in whole
    assert whole.splitlines()[0] == shown.splitlines()[0]
    assert len(whole.splitlines()) > len(shown.splitlines())
    assert set(shown.rpartition("why probes failed")[0].split()) <= set(whole.split()), "--tables leaves nothing out"
