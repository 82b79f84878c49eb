"""The child process of a worker: calls one function for each request that comes in, within its limits.

It is a program of its own, that reads pickles from its input and writes pickles to its output: a fork of a process
with threads may hang, and not every system has one.
"""

import os
import pickle
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

OUT_OF_MEMORY = "memory"
RAISED = "raised"
RETURNED = "returned"
"""What became of a request."""
READY = "ready"
"""The first answer: the function is loaded."""
MAX_ANSWER = 400_000_000
"""Bytes of an answer, at most: a larger one counts as out of memory."""
SPENT_SHARE = 0.5
"""Share of the memory limit that a child may have used. Above it, a fresh child takes the next request."""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one request may use."""

    seconds: float
    """Seconds of processor time."""
    memory: int
    """Bytes of address space of the child."""


@dataclass(frozen=True, slots=True)
class WorkerAnswer:
    """What became of one request."""

    how: str
    """``RETURNED``, ``RAISED`` or ``OUT_OF_MEMORY``."""
    value: Any
    """What the function returned, or the error that it raised."""
    last: bool
    """Whether the child ends now, because it has used much memory."""


def main() -> None:
    """Answer requests until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes the input
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    function, limits = pickle.load(requests)  # noqa: S301 - from the parent
    _limit_memory(limits.memory)
    _send(answers, WorkerAnswer(READY, None, last=False))
    while (request := _next(requests)) is not None:
        _begin_count(limits.seconds)
        answer = _answer(function, request, limits)
        _begin_count(0)
        if _send(answers, answer).last:
            return


def _next(requests: BinaryIO) -> tuple[Any, ...] | None:
    """Return the next request; None at the end of the input."""
    try:
        request: tuple[Any, ...] = pickle.load(requests)  # noqa: S301 - from the parent
    except EOFError:
        return None
    return request


def _answer(function: Callable[..., Any], request: tuple[Any, ...], limits: WorkerLimits) -> WorkerAnswer:
    """Call the function; whatever it raises is an answer too."""
    try:
        value = function(*request)
    except MemoryError:
        return WorkerAnswer(OUT_OF_MEMORY, None, last=True)
    except Exception as error:  # noqa: BLE001 - the parent raises it
        return WorkerAnswer(RAISED, error, last=_is_spent(limits.memory))
    return WorkerAnswer(RETURNED, value, last=_is_spent(limits.memory))


def _send(answers: BinaryIO, answer: WorkerAnswer) -> WorkerAnswer:
    """Write an answer and return what was written: one that is too large, or cannot be sent, is told as such."""
    try:
        raw = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raw = b""
    except Exception:  # noqa: BLE001 - an error of a foreign library may not be picklable
        answer = WorkerAnswer(RAISED, RuntimeError(type(answer.value).__name__), last=answer.last)
        raw = pickle.dumps(answer)
    if not 0 < len(raw) <= MAX_ANSWER:
        answer = WorkerAnswer(OUT_OF_MEMORY, None, last=True)
        raw = pickle.dumps(answer)
    answers.write(raw)
    answers.flush()
    return answer


def _limit_memory(size: int) -> None:
    """Let the kernel refuse more address space than ``size``. Does nothing where there is no such limit (Windows)."""
    try:
        import resource
    except ModuleNotFoundError:
        return
    _, ceiling = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size if ceiling < 0 else min(size, ceiling), ceiling))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _begin_count(seconds: float) -> None:
    """End this process by a signal after ``seconds`` of processor time; 0 stops the count.

    The kernel counts, so it also ends a library that never comes back to Python. Does nothing on Windows.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _is_spent(memory: int) -> bool:
    """Return whether much of the memory limit was used at one time."""
    return _most_memory() > SPENT_SHARE * memory


def _most_memory() -> int:
    """Return the bytes that this process had in use at one time, at most; 0 on Windows.

    On Linux ``getrusage`` counts what the parent used too: the count goes on in the program that a fork starts.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError, ValueError):  # not Linux
        return _most_memory_elsewhere()


def _most_memory_elsewhere() -> int:
    try:
        import resource
    except ModuleNotFoundError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
