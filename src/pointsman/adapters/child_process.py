"""Child processes that end with their parent, so that a killed refresh leaves nothing running."""

import ctypes
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

PR_SET_PDEATHSIG = 1
"""Linux: sets the signal that a process gets when its parent ends (prctl(2)); its own children do not inherit it."""
PATIENCE_SECONDS, CHECKPOINT_SECONDS = 0.5, 4.0
"""How long a process may take to end by itself; and a training, which writes a checkpoint first."""
POLL_SECONDS = 0.02
TRAININGS = ("train_generator.py", "train_retriever.py")
"""Scripts of the stages that train."""


def end_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends in any way. Does nothing on systems other than Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def end_children(of: int | None = None) -> None:
    """End every process below one: SIGTERM first, SIGKILL for those that do not end in time.

    Args:
        of: id of the process, which ends too; None: this one, which does not.
    """
    import psutil

    try:
        top = psutil.Process(of)
        processes = [*([top] if of is not None else []), *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    trainings = [process for process in processes if _trains(process)]
    _send("terminate", processes)
    left = _at_work(processes, PATIENCE_SECONDS)
    _send("kill", [process for process in left if process not in trainings])
    left = _at_work(left, CHECKPOINT_SECONDS - PATIENCE_SECONDS)
    _send("kill", left)
    _at_work(left, PATIENCE_SECONDS)


def _at_work(processes: Sequence[Any], seconds: float) -> list[Any]:
    """Wait until processes have ended, ``seconds`` at most, and return those that have not.

    One that nobody has waited for yet (a zombie) has ended: process 1 of a container may never wait for it.
    """
    import psutil

    left, deadline = list(processes), time.monotonic() + seconds
    while True:
        left = [each for each in left if each.is_running() and _status(each) != psutil.STATUS_ZOMBIE]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(POLL_SECONDS)


def _status(process: Any) -> str:
    """Return the state of a process, as psutil calls it; a zombie where it is gone."""
    import psutil

    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return str(psutil.STATUS_ZOMBIE)


def _trains(process: Any) -> bool:
    """Tell whether a process is a training stage."""
    import psutil

    try:
        return any(word.endswith(TRAININGS) for word in process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _send(signal_name: str, processes: Sequence[Any]) -> None:
    """Call ``terminate`` or ``kill`` of each process that still is there."""
    import psutil

    for process in processes:
        try:
            getattr(process, signal_name)()
        except psutil.NoSuchProcess:
            continue


@contextmanager
def ended_on_error(process: int) -> Iterator[None]:
    """End a process, and every process below it, where the block is left by an exception: a timeout, a signal."""
    try:
        yield
    except BaseException:
        end_children(process)
        raise
