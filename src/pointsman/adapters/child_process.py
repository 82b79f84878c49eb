"""Child processes that end with their parent, so that a killed refresh leaves nothing running."""

import ctypes
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

PR_SET_PDEATHSIG = 1
"""Linux: sets the signal that a process gets when its parent ends (prctl(2)); its own children do not inherit it."""
PATIENCE_SECONDS, CHECKPOINT_SECONDS = 0.5, 4.0
"""How long a process may take to end by itself; and a training, which writes a checkpoint first."""
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
    left = psutil.wait_procs(processes, timeout=PATIENCE_SECONDS)[1]
    _send("kill", [process for process in left if process not in trainings])
    left = psutil.wait_procs(left, timeout=CHECKPOINT_SECONDS - PATIENCE_SECONDS)[1]
    _send("kill", left)
    psutil.wait_procs(left, timeout=PATIENCE_SECONDS)


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
