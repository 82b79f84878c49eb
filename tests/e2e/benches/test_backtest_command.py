"""The command line over a real repository, with the real tokenizer and readers: no model, no engine, no record."""

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from bench.scenarios.cases.new_pages import trade_language
from tests.e2e.conftest import Place, lay_out
from tests.fakes.git import Repository


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a workspace that was never refreshed: a backtest needs none."""
    return lay_out(tmp_path / "workspace")


UNLOADED = ("torch", "transformers", "mlflow", "prefect", "great_expectations", "qdrant_edge")


def history(tmp_path: Path, place: Place) -> Repository:
    """Return a repository that took the sample documents in, edited one, and lost most of them."""
    repository = Repository(tmp_path / "handbook")
    (repository.root / "docs").mkdir()
    for path in sorted(place.documents.rglob("*.md")):
        target = repository.root / "docs" / path.relative_to(place.documents)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    repository.commit()
    first = min((repository.root / "docs").rglob("*.md"))
    repository.write(str(first.relative_to(repository.root)), first.read_text() + "\nThe quokka interlock is new.\n")
    repository.write("docs/quokka.md", "# The quokka\n\nThe quokka interlock closes after 41 seconds.\n")
    return repository


def test_a_history_is_replayed_by_the_command_line_and_the_workspace_stays_as_it_was(
    place: Place, tmp_path: Path
) -> None:
    repository = history(tmp_path, place)
    before = place.json("status")
    page = tmp_path / "backtest.html"
    words = ("backtest", "--git", str(repository.root), "--path", "docs", "--html", str(page))
    report = place.json(*words, "--variant", "strict=guard.removed_count:5")
    assert [s["index"] for s in report["variants"][0]["steps"]] == ["rebuild", "update", "update"]
    assert report["variants"][0]["steps"][2]["embedded"] == 1
    assert report["complete"]
    assert page.read_text().startswith("<!doctype html>")
    assert place.json("status") == before
    shown = place.run(*words).stdout
    assert "nightly rebuild" in shown
    code = (
        "import sys; from pointsman.cli import app\n"
        f"try: app({['backtest', '--git', str(repository.root), '--path', 'docs', '--json']!r})\n"
        f"except SystemExit: print([m for m in {UNLOADED!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=place.root, capture_output=True, text=True, check=True)
    assert done.stderr.strip().endswith("[]")
    assert json.loads(done.stdout)["replayed"] == 3


def test_a_history_that_brings_words_nobody_knows_would_have_trained_the_retriever(
    place: Place, tmp_path: Path
) -> None:
    repository = history(tmp_path, place)
    pages, _ = trade_language(Random(3), 20)
    for name, text in pages.items():
        (repository.root / "docs" / name).parent.mkdir(exist_ok=True)
        (repository.root / "docs" / name).write_text(text)
    repository.commit()
    before = place.json("status")
    words = ("backtest", "--git", str(repository.root), "--path", "docs", "--measure")
    report = place.json(*words)
    (variant,) = report["variants"]
    last = variant["steps"][-1]
    gap = next(s for s in last["signals"] if s["name"] == "residual.retrieval.gap")
    assert gap["n"] >= 20
    assert report["measured"]
    assert variant["summary"]["measured"]["widest_gap"] == round(gap["value"], 4)
    assert (gap["low"] > 0.15) == ("retriever" in last["train"])
    assert not list((place.root / ".pointsman" / "scratch").glob("backtest-*"))
    assert place.json("status") == before


def test_wrong_usage_says_what_to_correct(place: Place, tmp_path: Path) -> None:
    repository = history(tmp_path, place)
    wrong = place.run("backtest", "--git", str(repository.root), "--path", "nowhere", expect=2)
    assert "ever touched the folder 'nowhere'" in " ".join(wrong.stderr.split())
    html = place.run("backtest", "--git", str(repository.root), "--html", str(tmp_path / "no/x.html"), expect=2)
    assert "there is no folder" in " ".join(html.stderr.split())
    nowhere = place.run("backtest", "--git", str(tmp_path), expect=1)
    assert "no git repository" in " ".join(nowhere.stderr.split())
