"""What the builder promises of dvc: reports, failures in its words, and no wait for a process that has ended."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pointsman.adapters import dvc_builder
from pointsman.adapters.dvc_builder import RWLOCK, DvcBuilder, release_ended
from pointsman.core.errors import BuildFailed, UsageError

STAGES = """
stages:
  index:
    cmd: mkdir -p build && echo '{"points":3}' > build/index.json
    outs:
      - build/index.json:
          cache: false
  train_generator:
    cmd: python -c "raise SystemExit('no such thing as 7 bananas')"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".dvc" / "tmp").mkdir(parents=True)
    (tmp_path / ".dvc" / "config").write_text("[core]\n    no_scm = true\n    analytics = false\n")
    (tmp_path / "dvc.yaml").write_text(STAGES)
    return tmp_path


@pytest.fixture
def zombie() -> Iterator[int]:
    """The number of a process that has ended and that nobody has waited for."""
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.02)
        yield process.pid


def held(root: Path, pid: int) -> Path:
    """Write that process ``pid`` works on what the stage makes, as dvc does, and reads it too."""
    info = {"pid": pid, "cmd": "dvc repro index"}
    lock = root / RWLOCK
    made = str(root / "build" / "index.json")
    lock.write_text(json.dumps({"write": {made: info}, "read": {made: [info], str(root / "other"): [info]}}))
    return lock


def test_a_stage_is_brought_up_to_date_and_its_report_returned(root: Path) -> None:
    assert DvcBuilder(root).build("index") == {"points": 3}
    assert (DvcBuilder(root).lock() or {})["stages"].keys() == {"index"}


def test_a_stage_that_fails_is_told_in_its_own_words(root: Path) -> None:
    with pytest.raises(BuildFailed, match="no such thing as 7 bananas"):
        DvcBuilder(root).build("train_generator")


def test_a_folder_without_dvc_yaml_is_sent_to_init(root: Path) -> None:
    with pytest.raises(UsageError, match=r"no dvc\.yaml in .*build; run `pointsman init` in that folder"):
        DvcBuilder(root / "build").build("index")


OLD = """
stages:
  index:
    cmd: python -m pipelines.index
    deps:
      - pipelines/index.py
      - src/pointsman/adapters/edge_index.py
    metrics:
      - build/index.json: {cache: false}
"""


def test_a_dvc_yaml_of_version_1_is_refused_with_the_way_out_and_left_alone(root: Path) -> None:
    (root / "dvc.yaml").write_text(OLD)
    with pytest.raises(UsageError, match=r"version 1: .*Run `pointsman init`.*overwrites nothing"):
        DvcBuilder(root).build("index")
    assert (root / "dvc.yaml").read_text() == OLD
    assert not (root / "dvc.lock").exists()


def test_a_stage_of_ones_own_that_runs_a_module_is_no_old_layout(root: Path) -> None:
    own = "  mine:\n    cmd: python -m pipelines.mine\n    params:\n      - build/code.yaml: [mine]\n"
    (root / "dvc.yaml").write_text(STAGES + own)
    assert DvcBuilder(root).build("index") == {"points": 3}


DIGESTED = """
stages:
  code:
    cmd: >-
      mkdir -p build && echo "index: '1'" > build/code.yaml
    always_changed: true
    outs:
      - build/code.yaml: {cache: false}
  index:
    cmd: echo ran >> runs && echo '{"points":3}' > build/index.json
    params:
      - build/code.yaml: [index]
    outs:
      - build/index.json: {cache: false}
"""


def test_digests_that_somebody_deleted_or_edited_are_written_again_and_rebuild_nothing(root: Path) -> None:
    (root / "dvc.yaml").write_text(DIGESTED)
    digests = root / "build" / "code.yaml"
    assert DvcBuilder(root).build("index") == {"points": 3}
    digests.unlink()
    assert DvcBuilder(root).build("index") == {"points": 3}
    digests.write_text("index: 'edited'\n")
    assert DvcBuilder(root).build("index") == {"points": 3}
    assert digests.read_text() == "index: '1'\n"
    assert (root / "runs").read_text() == "ran\n"


def test_a_dvc_that_was_killed_and_never_waited_for_blocks_nothing(root: Path, zombie: int) -> None:
    held(root, zombie)
    assert DvcBuilder(root).build("index") == {"points": 3}


def test_a_number_that_another_program_has_got_blocks_nothing(root: Path) -> None:
    held(root, os.getpid())  # the test runner is no dvc
    assert DvcBuilder(root).build("index") == {"points": 3}


def test_a_dvc_at_work_is_waited_for_and_then_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dvc_builder, "LOCK_PATIENCE_SECONDS", 0.0)
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()", "dvc"], stdin=subprocess.PIPE
    ) as other:
        lock = held(root, other.pid)
        before = lock.read_text()
        with pytest.raises(BuildFailed, match=f"(?s)blocked by.*{other.pid}"):
            DvcBuilder(root).build("index")
        assert not release_ended(lock)
        assert json.loads(lock.read_text()) == json.loads(before)
    assert DvcBuilder(root).build("index") == {"points": 3}, "it has ended"


def test_what_ended_processes_hold_is_released_and_nothing_else(root: Path, zombie: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()", "dvc"], stdin=subprocess.PIPE
    ) as other:
        lock = held(root, zombie)
        value = json.loads(lock.read_text())
        value["write"]["mine"] = {"pid": other.pid, "cmd": "dvc"}
        value["read"]["mine"] = [{"pid": zombie, "cmd": "dvc"}, {"pid": other.pid, "cmd": "dvc"}]
        lock.write_text(json.dumps(value))
        assert release_ended(lock)
        mine = {"pid": other.pid, "cmd": "dvc"}
        assert json.loads(lock.read_text()) == {"write": {"mine": mine}, "read": {"mine": [mine]}}
        assert not release_ended(lock)
    lock.unlink()
    assert not release_ended(lock)


SLOW = """
stages:
  index:
    cmd: %s -c "import time, pathlib, os; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(600)"
"""


class Stopped(BaseException):
    """What a timeout of Prefect, or SIGTERM in its worker, raises in the thread that waits."""


@pytest.mark.parametrize("kind", ["signal", "thread"])
def test_a_timeout_ends_dvc_and_the_stage_below_it(root: Path, kind: str) -> None:
    (root / "dvc.yaml").write_text(SLOW % sys.executable)

    def stop(_number: int, _frame: object) -> None:
        raise Stopped

    def when_it_runs(waiting: int) -> None:
        while not (root / "pid").is_file() or not (root / "pid").read_text():
            time.sleep(0.05)
        if kind == "signal":
            os.kill(os.getpid(), signal.SIGUSR1)
        else:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(waiting), ctypes.py_object(Stopped))

    before = signal.signal(signal.SIGUSR1, stop)
    threading.Thread(target=when_it_runs, args=(threading.get_ident(),), daemon=True).start()
    try:
        with pytest.raises(Stopped):
            DvcBuilder(root).build("index")
    finally:
        signal.signal(signal.SIGUSR1, before)
    stage = int((root / "pid").read_text())
    assert not psutil.pid_exists(stage) or psutil.Process(stage).status() == psutil.STATUS_ZOMBIE
    assert [child for child in psutil.Process().children(recursive=True) if "dvc" in child.cmdline()] == []
