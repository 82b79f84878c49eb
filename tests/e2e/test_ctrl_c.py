"""Ctrl-C in a terminal, and SIGTERM: the prompt is soon back, nothing runs on, and the next refresh converges."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import POINTSMAN

SECONDS = 2.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new workspace of twelve pages."""
    root = tmp_path_factory.mktemp("interrupted")
    (root / "docs").mkdir()
    for nth in range(12):
        (root / "docs" / f"p{nth}.md").write_text(f"# Page {nth}\n\nThe gate of yard {nth} opens at {nth} o'clock.\n")
    run(root, "init", "--store", "docs")
    return root


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([POINTSMAN, *words], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done


def steps(process: subprocess.Popen[str]) -> Iterator[str]:
    """Yield the message of each log line."""
    assert process.stderr is not None
    for line in process.stderr:
        yield json.loads(line)["message"]


def interrupted(root: Path, at: str, send: Callable[[int, int], None], number: int = signal.SIGINT) -> None:
    """Refresh, send a signal when a step has begun, and check how it ends."""
    process = subprocess.Popen(
        [POINTSMAN, "--log-json", "refresh"], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert any(message.startswith(at) for message in steps(process)), f"the refresh ended before {at!r}"
    children = psutil.Process(process.pid).children(recursive=True)
    started = time.monotonic()
    send(process.pid, number)
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - started < SECONDS
    assert process.returncode == 128 + number
    last = json.loads(err.strip().splitlines()[-1])
    what = "interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}"
    assert (last["message"], last["code"]) == (f"{what}; run refresh again", "PM-S03")
    assert "Traceback" not in err
    assert out == ""
    assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []


def test_the_first_build_is_interrupted_in_dvc_and_the_next_refresh_converges(folder: Path) -> None:
    interrupted(folder, "snapshot", os.killpg)
    interrupted(folder, "snapshot", os.kill, signal.SIGTERM)
    report = json.loads(run(folder, "refresh", "--json").stdout)
    assert (report["gate"], report["changes"]["added"]) == ("promote", 12)


def test_what_is_live_answers_on_when_only_the_command_gets_the_signal(folder: Path) -> None:
    live = json.loads(run(folder, "status", "--json").stdout)["release"]
    assert live is not None
    page = folder / "docs" / "p3.md"
    page.write_text(page.read_text() + "\nThe quokka interlock closes after 41 seconds.\n")
    interrupted(folder, "staged points", os.kill)
    found = run(folder, "search", "quokka interlock", "--json").stdout
    assert (json.loads(found)["release"], "quokka" in found) == (live, False)
    assert json.loads(run(folder, "refresh", "--json").stdout)["gate"] == "promote"
    assert "quokka" in run(folder, "search", "quokka interlock").stdout
    assert json.loads(run(folder, "doctor", "--json").stdout)["healthy"] is True
