"""The library and the command line are one: the same methods, the same options, the same JSON."""

import inspect
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from pointsman import Workspace
from pointsman.api.acts import Confirmation, ErasureTrace, Health, Review
from pointsman.api.loop import hold_codes
from pointsman.api.results import Answer, Passages, Plan, Report, Result
from pointsman.api.tables.result import ResultTable
from pointsman.cli import app
from pointsman.core.errors import UsageError
from pointsman.core.policy.decision import Track

HEAVY = ("torch", "transformers", "mlflow", "prefect", "great_expectations", "dvc", "pandas", "qdrant_edge", "rich")
ONLY_PYTHON = {"open", "allow"}
"""Methods that are no command: the command line opens the current directory; ``quarantine --allow`` allows."""
ALLOW = {"allow", "until", "fingerprint", "by", "note"}
"""Options of ``quarantine`` that make it ``Workspace.allow``."""
NOTHING_FOUND: Mapping[str, Any] = {
    "points": {}, "releases": [], "adapters": {}, "in_source": [], "examples": [], "probes": [],
}  # fmt: skip
ONLY_COMMAND = {"quarantine": ALLOW, "forget": {"yes"}, "init": {"diff"}, "models": {"quiet"}, "ui": {"path"}}
"""Options that only say how something is asked or shown."""
ONLY_METHOD = {"init": {"progress"}, "refresh": {"by"}, "watch": {"say"}}
"""Parameters that a program gives and a terminal has: where progress is shown, who asks."""
RENAMED = {"folder": "path"}


def commands() -> dict[str, Callable[..., Any]]:
    """Return each command's function by the name that people type."""
    return {each.name or each.callback.__name__: each.callback for each in app.registered_commands if each.callback}


def methods() -> dict[str, Callable[..., Any]]:
    return {name: found for name, found in inspect.getmembers(Workspace) if name[0] != "_" and callable(found)}


def test_each_command_is_a_method_and_each_method_a_command() -> None:
    assert set(methods()) - ONLY_PYTHON == set(commands()) == set(get_command(app).commands)


@pytest.mark.parametrize("name", sorted(commands()))
def test_a_command_and_its_method_take_the_same(name: str) -> None:
    typed = {RENAMED.get(each, each) for each in inspect.signature(commands()[name]).parameters}
    given = set(inspect.signature(methods()[name]).parameters) - {"self"}
    assert typed - {"as_json"} - ONLY_COMMAND.get(name, set()) == given - ONLY_METHOD.get(name, set())


@pytest.mark.parametrize("code", ["import pointsman", "from pointsman import Workspace; Workspace"])
def test_importing_the_library_loads_nothing_heavy(code: str) -> None:
    check = f"import sys; {code}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_another_name_is_not_there() -> None:
    import pointsman

    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = pointsman.Nothing


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A new workspace with one document, as the current directory."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# Gate\n\nThe gate opens at nine o'clock in the morning.\n")
    monkeypatch.chdir(tmp_path)
    return Workspace.init(tmp_path, store="docs")


def printed(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    return found


@pytest.mark.parametrize("name", ["status", "history", "quarantine", "check"])
def test_a_result_is_what_the_command_prints(made: Workspace, name: str) -> None:
    assert getattr(made, name)().as_json() == printed(name)


def test_init_says_what_it_wrote_and_open_refuses_another_folder(made: Workspace, tmp_path: Path) -> None:
    assert made.created is not None
    assert "params.yaml" in made.created.written
    assert Workspace.open(tmp_path).status().release is None
    with pytest.raises(UsageError, match=r"no params\.yaml"):
        Workspace.open(tmp_path / "docs")


def test_a_workspace_that_has_nothing_yet_shows_what_comes_next(made: Workspace, tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["status"]).stdout.strip().splitlines()
    assert shown == ["Nothing indexed yet.", "Next: pointsman refresh"]
    (tmp_path / "docs" / "a.md").unlink()
    (tmp_path / "docs" / ".hidden").touch()
    shown = CliRunner().invoke(app, ["status"]).stdout.strip().splitlines()
    assert shown == [
        "Nothing indexed yet.",
        "Edit store.url in params.yaml (now docs), then:",
        "pointsman refresh",
    ]


def test_check_names_missing_folders_unread_files_and_refused_lines(made: Workspace, tmp_path: Path) -> None:
    for name in ("b.mdx", "c.mdx"):
        (tmp_path / "docs" / name).write_text("# B\n")
    (tmp_path / "probes" / "README.md").unlink()
    (tmp_path / "probes").rmdir()
    (tmp_path / "examples" / "a.jsonl").write_text('{"messages": [broken\n')
    found = made.check()
    said = {each["where"]: (each["what"], each["problem"]) for each in found.findings}
    ways_out = {each["where"]: each["way_out"] for each in found.findings}
    assert said["probes.path"] == ("there is no folder 'probes'", True)
    assert said["store.include"] == ("2 files .mdx are not read", False)
    assert ways_out["store.include"] == "there is no reader for .mdx; convert them, or leave them"
    assert said["a.jsonl:1"][0].startswith("refused: ")
    assert found.exit_code == 1
    (tmp_path / "probes").mkdir()
    (tmp_path / "examples" / "a.jsonl").unlink()
    assert made.check().exit_code == 0, "files that no pattern takes may be meant so"


def test_check_advises_a_pattern_that_takes_the_files_of_a_known_format(made: Workspace, tmp_path: Path) -> None:
    (tmp_path / "docs" / "deep").mkdir()
    (tmp_path / "docs" / "deep" / "a.mkd").write_text("# A page about tea\n\nTea is kept dry and cool.\n")
    (tmp_path / "docs" / "Makefile").write_text("all:\n")
    ways_out = {each["what"]: each["way_out"] for each in made.check().findings}
    assert ways_out == {
        "1 file .mkd is not read": 'add a pattern ("**/*.mkd") to store.include, or leave it',
        "1 file without an ending is not read": "there is no reader for files without one; convert it, or leave it",
    }
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace('"**/*.md"', '"**/*.md", "**/*.mkd"'))
    assert "1 file .mkd is not read" not in {each["what"] for each in made.check().findings}


def test_check_and_plan_name_the_files_among_examples_and_probes_that_are_not_read(
    made: Workspace, tmp_path: Path
) -> None:
    for name in ("examples/old.json", "examples/a.jsonl", "probes/one.csv", "probes/two.csv", "probes/.hidden"):
        (tmp_path / name).touch()
    found = {(each["where"], each["what"], each["way_out"]) for each in made.check().findings}
    assert found == {
        ("examples.path", "1 file .json in examples is not read", "only *.jsonl is; convert it, or leave it"),
        ("probes.path", "2 files .csv in probes are not read", "only *.jsonl is; convert them, or leave them"),
    }
    assert made.check().exit_code == 0
    assert (
        "examples.path: 1 file .json in examples is not read; only *.jsonl is; convert it, or leave it"
        in (made.plan().value["notices"])
    )


def test_check_and_plan_name_the_examples_and_probes_in_subfolders(made: Workspace, tmp_path: Path) -> None:
    names = (
        "examples/old/a.jsonl", "examples/old/2024/b.JSONL", "examples/old/notes.txt", "examples/.git/c.jsonl",
        "examples/empty/README.md", "probes/late/a.jsonl",
    )  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [(each["where"], each["what"], each["way_out"], each["problem"]) for each in made.check().findings]
    assert found == [
        ("examples.path", "2 files in examples/old/ are not read", "move them up, or leave them", False),
        ("probes.path", "1 file in probes/late/ is not read", "move it up, or leave it", False),
    ]
    assert made.plan().value["notices"] == [f"{where}: {what}; {way_out}" for where, what, way_out, _ in found]
    shown = CliRunner().invoke(app, ["plan"]).stdout.splitlines()
    assert "examples.path: 2 files in examples/old/ are not read; move" in shown[2]


def test_a_subfolder_that_another_setting_names_is_read(made: Workspace, tmp_path: Path) -> None:
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace("path: probes", "path: examples/probes"))
    (tmp_path / "examples" / "probes" / "old").mkdir(parents=True)
    (tmp_path / "examples" / "probes" / "a.jsonl").touch()
    assert Workspace.open(tmp_path).check().findings == []
    (tmp_path / "examples" / "probes" / "old" / "a.jsonl").touch()
    found = [(each["where"], each["what"]) for each in Workspace.open(tmp_path).check().findings]
    assert found == [("probes.path", "1 file in examples/probes/old/ is not read")]


def test_check_names_an_ending_as_it_is_written(made: Workspace, tmp_path: Path) -> None:
    for name in ("X.MD", "Y.Md", "deep/Z.MD"):
        (tmp_path / "docs" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "docs" / name).write_text("# Tea\n\nTea is kept dry and cool.\n")
    (tmp_path / "examples" / "A.JSONL").touch()
    found = {(each["what"], each["way_out"]) for each in made.check().findings}
    assert found == {
        ("2 files .MD are not read", 'add a pattern ("**/*.MD") to store.include, or leave them'),
        ("1 file .Md is not read", 'add a pattern ("**/*.Md") to store.include, or leave it'),
        ("1 file .JSONL in examples is not read", "only *.jsonl is; rename it, or leave it"),
    }
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace('"**/*.md"', '"**/*.md", "**/*.MD"'))
    assert "2 files .MD are not read" not in {each["what"] for each in Workspace.open(tmp_path).check().findings}


def test_check_names_a_missing_store_once(made: Workspace, tmp_path: Path) -> None:
    (tmp_path / "docs").rename(tmp_path / "elsewhere")
    assert [each["what"] for each in made.check().findings if each["where"] == "store.url"] == [
        "there is no folder 'docs'"
    ]


def test_what_a_plan_names_as_refused_is_in_the_quarantine_before_any_refresh(made: Workspace, tmp_path: Path) -> None:
    (tmp_path / "docs" / "bad.md").write_bytes(b"\x00\x01" * 99)
    planned = made.plan().as_json()
    assert [row["item"] for row in planned["refused"]] == ["bad.md"]
    assert made.quarantine().counts["documents"] == planned["changes"]["quarantined"] == 1
    assert "bad.md" in CliRunner().invoke(app, ["quarantine", "--why"]).stdout
    assert not (tmp_path / ".pointsman" / "quarantine").exists(), "a query writes nothing"


def test_a_refused_file_is_one_row_of_a_check_and_two_of_the_quarantine(made: Workspace, tmp_path: Path) -> None:
    (tmp_path / "docs" / "bad.md").write_bytes(b"\x00\xff" * 99)
    [row] = [each for each in made.check().findings if each["where"] == "bad.md"]
    assert row["what"].endswith("(and 1 more)")
    assert len(made.quarantine(why=True).refused["documents"]) == 2


def test_the_way_out_of_a_line_is_said_once(made: Workspace, tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "weight": 0}]
    told = {"conversations": [{"from": "human", "value": 7}]}
    (tmp_path / "examples" / "a.jsonl").write_text(json.dumps({"messages": turns}) + "\n[broken\n" + json.dumps(told))
    reasons = {row["item"]: row["reason"] for row in made.quarantine(why=True).refused["examples"]}
    assert reasons["a.jsonl:1"].endswith("so nothing would be learned; remove the weight, or the line")
    assert reasons["a.jsonl:2"].endswith("; write one JSON object on each line")
    assert reasons["a.jsonl:3"].endswith("not a text; correct the line")
    assert [reason.count("; ") for reason in reasons.values()] == [1, 1, 1]


def test_show_says_why_a_file_of_the_store_is_not_served(made: Workspace, tmp_path: Path) -> None:
    (tmp_path / "docs" / "logo.zip").write_bytes(b"PK")
    with pytest.raises(UsageError, match=r"in the store but no pattern of store\.include takes it"):
        made.show("logo.zip")
    with pytest.raises(UsageError, match=r"no release has 'a\.md' yet"):
        made.show("a.md")
    for outside in ("../params.yaml", str(tmp_path / "params.yaml"), "none.md", "x" * 5000):
        with pytest.raises(UsageError, match="no release has a document"):
            made.show(outside)


def test_check_and_open_name_a_wrong_key(made: Workspace, tmp_path: Path) -> None:
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace("seed:", "sead:"))
    with pytest.raises(UsageError, match="sead"):
        made.check()


REPORT: dict[str, Any] = {
    "decision_id": "a" * 16, "release": "b" * 16, "corpus": "c" * 16,
    "changes": {"added": 1, "examples_added": 1}, "work": {"chunks_embedded": 2},
    "decision": {
        "index": "update", "train": [], "hold": False, "reasons": [], "flips": [], "debt": [], "pending": [],
        "expected": [],
    },
    "cost": {"seconds": 1.0, "estimate_seconds": 2.0, "money": 0.0, "estimate_money": 0.0},
    "gate": "promote", "gates": {}, "seconds": 1.0,
}  # fmt: skip


def test_exit_codes_follow_holds_and_the_gate() -> None:
    held = REPORT | {"decision": REPORT["decision"] | {"hold": True}}
    refused = REPORT | {"gate": "refuse"}
    assert [Report.of(each).exit_code for each in (REPORT, held, refused)] == [0, 3, 3]
    assert [Plan.of(each).exit_code for each in (REPORT, held, refused)] == [0, 3, 0]
    assert Health.of({"release": None, "healthy": False, "repaired": False}).exit_code == 1


def test_the_holds_of_a_decision_have_codes() -> None:
    reasons = [{"signal": name} for name in ("guard.removed", "probes.derived.new", "guard.bytes")]
    assert hold_codes({"hold": True, "reasons": reasons}) == ["PM-H01", "PM-H04"]
    assert hold_codes({"hold": False, "reasons": reasons}) == []


def test_a_result_is_frozen_and_gives_its_json_back() -> None:
    report = Report.of(REPORT)
    assert report.as_json() == REPORT
    assert report.answers is None
    with pytest.raises(FrozenInstanceError):
        report.gate = "refuse"  # type: ignore[misc]


def test_an_approval_carries_the_refresh_that_followed() -> None:
    said = {"decision": "d", "verdict": "approve", "by": "ann", "note": "", "ceilings": {}}
    review = Review.after(said, Report.of(REPORT))
    assert review.as_json() == REPORT | {"approval": said}
    assert Review.after(said, None).as_json() == said


EVIL = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "result",
    [
        Report.of(REPORT | {"notices": [EVIL]}),
        Passages.of({"release": "b", "hits": [
            {"document": EVIL, "anchor": None, "also_in": [], "headings": [EVIL], "score": 1.0, "text": EVIL},
        ]}),
        Answer.of({"release": "b", "answer": EVIL, "citations": [EVIL], "cited_by": EVIL, "raw": "", "context": []},
                  question=EVIL),
        Confirmation.of({"by": EVIL, "confirmed": [], "left": []}),
        ErasureTrace.of({"documents": [EVIL], "copies": [], **NOTHING_FOUND}),
        Result.of({"anything": EVIL}),
    ],
)  # fmt: skip
def test_a_notebook_shows_every_text_escaped(result: Result) -> None:
    shown = result._repr_html_()
    assert "<table" in shown
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def named_generator(folder: Path, name: str) -> None:
    """Let params.yaml name another generator."""
    params = folder / "params.yaml"
    text = params.read_text()
    assert "bundled:SmolLM2-135M-Instruct" in text
    params.write_text(text.replace("bundled:SmolLM2-135M-Instruct", name))


def test_check_lists_a_missing_generator_among_the_other_findings(made: Workspace, tmp_path: Path) -> None:
    named_generator(tmp_path, "bundled:Nothing")
    (tmp_path / "docs" / "bad.md").write_bytes(b"\x00\x01" * 99)
    found = made.check()
    said = {each["where"]: each for each in found.findings}
    assert said["generator.model"]["what"] == "no bundled model 'Nothing'"
    assert said["generator.model"]["way_out"].startswith("name one of SmolLM2-135M-Instruct, all-MiniLM-L6-v2")
    assert "bad.md" in said
    assert found.exit_code == 1


def test_a_plan_needs_no_generator_and_says_that_it_is_missing(made: Workspace, tmp_path: Path) -> None:
    named_generator(tmp_path, "bundled:Nothing")
    planned = made.plan()
    assert (planned.decision["index"], planned.exit_code) == ("rebuild", 0)
    assert planned.as_json()["notices"][0].startswith("generator.model: no bundled model 'Nothing'; name one of")


def test_models_lists_each_model_and_a_missing_one_with_its_way_out(made: Workspace, tmp_path: Path) -> None:
    named_generator(tmp_path, "bundled:Nothing")
    found = made.models()
    assert found.exit_code == 2
    assert len(found.models["retriever"]["base"]) == 16
    assert found.models["generator"]["problem"].startswith("no bundled model 'Nothing'; name one of")
    shown = CliRunner().invoke(app, ["models", "--quiet"])
    assert shown.exit_code == 2
    assert "MISSING" in shown.stdout


@pytest.mark.parametrize("command", ["plan", "refresh"])
def test_a_store_that_is_not_there_is_a_mistake_before_anything_is_live(
    made: Workspace, tmp_path: Path, command: str
) -> None:
    params = tmp_path / "params.yaml"
    params.write_text(params.read_text().replace("url: docs", "url: dosc"))
    with pytest.raises(UsageError, match=r"there is no folder \S+/dosc \(did you mean docs\?\); make it"):
        getattr(made, command)()
    (tmp_path / "docs").rename(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match=r"there is no folder \S+/dosc; make it, or correct store\.url"):
        made.plan()


@pytest.mark.parametrize(
    ("signal", "until"), [("guard.listing_error", "the store can be listed"), ("guard.removed", "a person says so")]
)
def test_a_hold_says_what_it_waits_for(signal: str, until: str) -> None:
    decision = REPORT["decision"] | {"hold": True, "reasons": [{"signal": signal, "because": "b"}]}
    shown = dict(row for row in Plan.of(REPORT | {"decision": decision}).tables()[0].rows if row[0] == "decision")
    assert shown == {"decision": f"HOLD: nothing is done until {until}"}


def test_a_printed_result_is_its_tables_in_plain_text() -> None:
    said = str(Plan.of(REPORT | {"notices": ["one", "two"]}))
    assert said.splitlines()[0] == "plan: what the next refresh would do"
    assert "decision" in said
    assert "update" in said
    assert all(line == line.rstrip() for line in said.splitlines())
    assert "Track" not in str(Report.of(REPORT | {"decision": REPORT["decision"] | {"index": Track.REBUILD}}))


def test_lines_of_a_text_stand_below_it() -> None:
    table = ResultTable(title="t", columns=("a", "b"), rows=(("x", "one\ntwo"), ("yy", "three")), footnote="n")
    assert table.as_text() == "t\na   b\nx   one\n    two\nyy  three\nn"
    assert ResultTable(title="", rows=(("Nothing.",),)).as_text() == "Nothing."
