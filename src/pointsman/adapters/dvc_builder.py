"""DVC: reproducible heavy builds, run as ``dvc repro STAGE`` in a subprocess."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from pointsman.adapters.child_process import end_with_parent
from pointsman.core.errors import BuildFailed, UsageError
from pointsman.ports.index import Progress

REPORTS: Mapping[str, str] = {
    "index": "build/index.json",
    "train_generator": "build/generator.json",
    "train_retriever": "build/retriever.json",
    "evaluate": "build/evaluation.json",
}
"""The JSON file in which each stage says what it did."""

TAIL_LINES = 30
LOCKED, BLOCKED = "Unable to acquire lock", "is being blocked by"
"""What dvc says while another one works in the workspace: at all, and on the files of a stage."""
LOCK_PATIENCE_SECONDS = 120.0
RWLOCK = Path(".dvc", "tmp", "rwlock")
"""Where dvc notes which process works on which file."""


STEP = re.compile(r"(.+): (\d+) of (\d+)")
"""A line in which a stage says how far it has come."""


def told(progress: Progress) -> Callable[[str], None]:
    """Return what shows the lines of stages as progress; other lines are not shown."""

    def say(line: str) -> None:
        found = STEP.fullmatch(line.strip())
        if found:
            progress(found[1], int(found[2]), int(found[3]))

    return say


class DvcBuilder:
    """Brings stages of the workspace's dvc.yaml up to date."""

    def __init__(
        self,
        root: Path,
        *,
        say: Callable[[str], None] | None = None,
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        """Name the workspace.

        Args:
            root: its folder.
            say: gets each line that dvc prints.
            meanwhile: called once, in a thread, while dvc works and this process only waits.
        """
        self._root = root
        self._say = say
        self._meanwhile = meanwhile

    def build(self, stage: str) -> Mapping[str, Any]:
        """Run ``dvc repro STAGE`` and return the stage's report.

        Raises:
            UsageError: the workspace has no dvc.yaml.
            BuildFailed: dvc or the stage failed; the message carries the end of its output.
        """
        if not (self._root / "dvc.yaml").is_file():
            raise UsageError(
                f"no dvc.yaml in {self._root}; a workspace is a clone of the repository with its params.yaml"
            )
        deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
        while True:
            code, tail = self._run(stage)
            if code == 0:
                return self._report(stage)
            if not (LOCKED in tail or BLOCKED in tail) or time.monotonic() > deadline:
                raise BuildFailed(f"`dvc repro {stage}` ended with {code}:\n{tail}")
            if BLOCKED not in tail or not release_ended(self._root / RWLOCK):
                time.sleep(2.0)

    def lock(self) -> Mapping[str, Any] | None:
        """Return dvc.lock as a mapping, or None where there is none."""
        path = self._root / "dvc.lock"
        if not path.is_file():
            return None
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's where it is there
        value: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506 - both are safe ones
        return value

    def _run(self, stage: str) -> tuple[int, str]:
        tail: deque[str] = deque(maxlen=TAIL_LINES)
        with subprocess.Popen(  # noqa: S603 - the interpreter and a stage name of ours
            [sys.executable, "-m", "dvc", "repro", stage],
            cwd=self._root,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=end_with_parent,  # noqa: PLW1509 - one prctl, no Python state
        ) as process:
            if self._meanwhile is not None:
                threading.Thread(target=self._meanwhile, name="meanwhile").start()
                self._meanwhile = None
            assert process.stdout is not None  # noqa: S101 - a pipe was asked for, for the type checker
            for line in process.stdout:
                tail.append(line)
                if self._say and line.strip():
                    self._say(line.rstrip())
        return process.returncode, "".join(tail)

    def _report(self, stage: str) -> Mapping[str, Any]:
        path = self._root / REPORTS[stage]
        try:
            value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError) as error:
            raise BuildFailed(
                f"stage {stage} left no readable {REPORTS[stage]} ({error}); run `dvc repro -f {stage}`"
            ) from None
        return value


def release_ended(rwlock: Path) -> bool:
    """Take out of dvc's notes what processes hold that have ended; tell whether there was any.

    dvc does so itself, but takes a process for alive that nobody has waited for yet (a killed refresh leaves its dvc to
    whatever is process 1, which in a container may never wait), and one that has got the number of a dead one.
    """
    from dvc.lock import make_lock

    with make_lock(f"{rwlock}.lock", tmp_dir=str(rwlock.parent)):
        if not rwlock.is_file():
            return False
        held = json.loads(rwlock.read_text(encoding="utf-8"))
        writing = {path: info for path, info in held.get("write", {}).items() if _is_dvc(info["pid"])}
        reading = {path: [i for i in infos if _is_dvc(i["pid"])] for path, infos in held.get("read", {}).items()}
        left = {"write": writing, "read": {path: infos for path, infos in reading.items() if infos}}
        if left == held:
            return False
        rwlock.write_text(json.dumps(left), encoding="utf-8")
        return True


def _is_dvc(pid: int) -> bool:
    """Tell whether a process runs, and is dvc."""
    import psutil

    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and any(Path(word).name == "dvc" for word in process.cmdline())
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True  # another user's: not ours to judge


def _environment() -> dict[str, str]:
    """Return dvc's environment: this interpreter first, so that ``python`` in dvc.yaml is the one with the packages."""
    here = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": f"{here}{os.pathsep}{os.environ.get('PATH', '')}", "DVC_NO_ANALYTICS": "1"}
