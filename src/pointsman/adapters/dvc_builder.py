"""DVC: reproducible heavy builds, run as ``dvc repro STAGE`` in a subprocess."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import yaml

from pointsman.adapters.child_process import end_with_parent, ended_on_error
from pointsman.adapters.stores.handed_listing import hand_over
from pointsman.core.corpus.documents import Listed
from pointsman.core.errors import BuildFailed, UsageError
from pointsman.ports.progress import Progress

REPORTS: Mapping[str, str] = {
    "index": "build/index.json",
    "train_generator": "build/generator.json",
    "train_retriever": "build/retriever.json",
    "evaluate": "build/evaluation.json",
}
"""The JSON report that each stage writes."""

TAIL_LINES = 30
"""Last lines of dvc's output that a failure shows."""
LOCKED, BLOCKED = "Unable to acquire lock", "is being blocked by"
"""What dvc prints while another dvc uses the workspace, or the files of a stage."""
LOCK_PATIENCE_SECONDS = 120.0
"""How long to wait for another dvc."""
TICK_SECONDS = 0.5
"""How long this process waits for a line before it looks whether it should end."""
RWLOCK = Path(".dvc", "tmp", "rwlock")
"""The file in which dvc notes which process uses which file."""

OLD_LAYOUT, DIGESTS = re.compile(r"-m pipelines\.|src/pointsman/"), "build/code.yaml"
"""What a dvc.yaml of version 1 has in it, and what each later one has."""

STEP = re.compile(r"(.+): (\d+) of (\d+)")
"""A line in which a stage reports its progress, such as ``embed: 3 of 12``."""


def step_progress(progress: Progress) -> Callable[[str], None]:
    """Return a function that takes dvc's lines and passes those that report progress to ``progress``."""

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
            say: is called with each line that dvc prints.
            meanwhile: is called once, in a thread, while dvc works and this process only waits.
        """
        self._root = root
        self._say = say
        self._meanwhile = meanwhile

    def build(self, stage: str, listing: Sequence[Listed] | None = None) -> Mapping[str, Any]:
        """Run ``dvc repro STAGE`` and return the stage's report.

        Raises:
            UsageError: the workspace has no dvc.yaml, or that of version 1.
            BuildFailed: dvc or the stage failed; the message ends with the last lines of the output.
        """
        self._refuse_other_layout()
        deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
        while True:
            code, tail = self._run(stage, listing)
            if code == 0:
                return self._report(stage)
            if not (LOCKED in tail or BLOCKED in tail) or time.monotonic() > deadline:
                raise BuildFailed(f"`dvc repro {stage}` ended with {code}:\n{tail}")
            if BLOCKED not in tail or not release_ended(self._root / RWLOCK):
                time.sleep(2.0)

    def _refuse_other_layout(self) -> None:
        """Raise unless the workspace has a dvc.yaml that ``pointsman init`` wrote.

        Raises:
            UsageError: it has none, or that of version 1.
        """
        path = self._root / "dvc.yaml"
        if not path.is_file():
            raise UsageError(
                f"there is no dvc.yaml in {self._root}; run `pointsman init` in that folder: it writes what is missing "
                "and overwrites nothing"
            )
        text = path.read_text(encoding="utf-8", errors="replace")
        if OLD_LAYOUT.search(text) and DIGESTS not in text:
            raise UsageError(
                f"{path} is of version 1: its stages run `python -m pipelines.…` and depend on files in src/pointsman. "
                "This version does not use them. Nothing was built or changed. Run `pointsman init` in that folder: "
                "it says what differs and overwrites nothing. Then move dvc.yaml, pipelines, flows and infra out of "
                "the workspace, run it again, and copy your own changes into the new files"
            )

    def lock(self) -> Mapping[str, Any] | None:
        """Return dvc.lock as a mapping, or None where there is none."""
        path = self._root / "dvc.lock"
        if not path.is_file():
            return None
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the faster one, where libyaml is installed
        value: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506 - both loaders are safe
        return value

    def _run(self, stage: str, listing: Sequence[Listed] | None) -> tuple[int, str]:
        tail: deque[str] = deque(maxlen=TAIL_LINES)
        with subprocess.Popen(  # noqa: S603 - this interpreter, and the name of one of our stages
            [sys.executable, "-m", "dvc", "repro", stage],
            cwd=self._root,
            env=_environment() | hand_over(self._root, listing),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=end_with_parent,  # noqa: PLW1509 - one prctl, no Python state
        ) as process:
            if self._meanwhile is not None:
                threading.Thread(target=self._meanwhile, name="meanwhile").start()
                self._meanwhile = None
            with ended_on_error(process.pid):
                for line in _lines(process):
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
    """Remove the locks of processes that have ended from dvc's notes; return whether there were any.

    dvc does so too, but it takes two kinds of dead process for alive: a zombie (a killed refresh leaves its dvc to
    process 1, which in a container may never wait for it), and one whose number another program has now.
    """
    from dvc.lock import make_lock

    with make_lock(f"{rwlock}.lock", tmp_dir=str(rwlock.parent)):
        if not rwlock.is_file():
            return False
        locks = json.loads(rwlock.read_text(encoding="utf-8"))
        writing = {path: info for path, info in locks.get("write", {}).items() if _is_dvc(info["pid"])}
        reading = {path: [i for i in infos if _is_dvc(i["pid"])] for path, infos in locks.get("read", {}).items()}
        left = {"write": writing, "read": {path: infos for path, infos in reading.items() if infos}}
        if left == locks:
            return False
        rwlock.write_text(json.dumps(left), encoding="utf-8")
        return True


def _lines(process: "subprocess.Popen[str]") -> Iterator[str]:
    """Yield what a process prints, line by line.

    A thread reads the pipe. So this one comes back to Python every ``TICK_SECONDS``, and an exception that another
    thread or a signal raises in it, such as a timeout, does not wait for the next line.
    """
    lines: SimpleQueue[str | None] = SimpleQueue()

    def read() -> None:
        assert process.stdout is not None  # noqa: S101 - for the type checker; a pipe was asked for
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, name="lines of dvc", daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=TICK_SECONDS)
        except Empty:
            continue
        if line is None:
            return
        yield line


def _is_dvc(pid: int) -> bool:
    """Tell whether a process is running, and is dvc."""
    import psutil

    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and any(Path(word).name == "dvc" for word in process.cmdline())
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True  # a process of another user: assume that it works


def _environment() -> dict[str, str]:
    """Return dvc's environment. This interpreter is first on PATH, so that dvc.yaml's ``python`` has the packages."""
    here = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": f"{here}{os.pathsep}{os.environ.get('PATH', '')}", "DVC_NO_ANALYTICS": "1"}
