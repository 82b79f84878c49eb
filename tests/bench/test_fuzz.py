"""Thousands of hostile documents, lines and questions: each is read, or quarantined with a sentence."""

import argparse
import signal
from pathlib import Path

import pytest

from bench.robustness.fuzz.__main__ import run, stop_slow_items
from bench.robustness.fuzz.reading import NoSentence, Outcome, ReadingPath
from pointsman.adapters.parsers import dispatch
from pointsman.core.corpus.documents import Refusal

DOCUMENTS, LINES, QUESTIONS, SEED = 2_500, 2_000, 500, 4711


def words(text: str) -> int:
    """Count tokens as fast as can be."""
    return len(text.split())


def arguments(folder: Path, documents: int = 0, lines: int = 0, questions: int = 0) -> argparse.Namespace:
    return argparse.Namespace(documents=documents, lines=lines, questions=questions, seed=SEED, keep=str(folder))


@pytest.fixture(autouse=True)
def _alarm() -> None:
    stop_slow_items()
    signal.alarm(0)


def test_nothing_that_is_raised_escapes_and_every_item_ends_as_read_or_quarantined(tmp_path: Path) -> None:
    tally = run(arguments(tmp_path / "kept", DOCUMENTS, LINES, QUESTIONS), ReadingPath(words))
    assert tally.faults == {}
    assert not (tmp_path / "kept").exists()
    counts = tally.counts
    assert counts["documents: read"] + counts["documents: quarantined"] == DOCUMENTS
    assert counts["questions: read"] + counts["questions: quarantined"] == QUESTIONS
    for kind in ("documents", "examples", "probes", "questions"):
        assert counts[f"{kind}: read"] > 10, "some are read, so the checks after the reader are tried too"
        assert counts[f"{kind}: quarantined"] > 10


def test_a_reader_that_raises_gives_quarantined_documents_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_lines: object, **_named: object) -> None:
        raise KeyError("half of a page")

    monkeypatch.setattr(dispatch, "text_lines", broken)
    tally = run(arguments(tmp_path, 200), ReadingPath(words))
    assert tally.faults == {}
    assert tally.checks["documents: format"] > 20


def test_an_error_that_escapes_is_a_fault_and_its_smallest_item_is_kept(tmp_path: Path) -> None:
    def broken(_text: str) -> int:
        raise SystemExit(1)

    tally = run(arguments(tmp_path, 60), ReadingPath(broken))
    assert sum(tally.faults.values()) == tally.counts["documents: FAULT"] > 0
    assert [path for path in tmp_path.iterdir() if path.suffix == ".log"]


@pytest.mark.parametrize("reason", ["", "KeyError('x')", "<class 'KeyError'> was raised here", "short", "x" * 3000])
def test_a_reason_that_is_no_sentence_is_a_fault(tmp_path: Path, reason: str) -> None:
    class Mute(ReadingPath):
        def question(self, text: str) -> Outcome:
            return Outcome(read=False, reasons=self.said((Refusal(text, "question", reason),)))

    tally = run(arguments(tmp_path, questions=3), Mute(words))
    assert tally.counts == {"questions: FAULT": 3}
    assert all(NoSentence.__name__ in key for key in tally.faults)
