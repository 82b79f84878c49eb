"""A worker: a child process in which a function is called, and which is ended when it takes too long or too much."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pointsman.adapters.intake.child import OUT_OF_MEMORY, RAISED, WorkerAnswer, WorkerLimits
from pointsman.core.errors import ListingFailed

START = "from pointsman.adapters.intake.child import main; main()"
MEMORY = 4_000_000_000
"""Bytes of address space that a worker may use."""
PATIENCE = 5
"""How many times its processor time a request may take by the clock: the machine may be busy."""
HAS_PROCESSOR_TIME = hasattr(signal, "setitimer")
"""Whether the system counts processor time; elsewhere (Windows) the clock alone counts."""


FROM_OUTSIDE = (-signal.SIGTERM, -getattr(signal, "SIGKILL", signal.SIGTERM))
"""Exit codes of a process that another one ended."""
START_SECONDS = 120.0
"""Seconds in which a worker must have started."""


class Overrun(Exception):
    """A request took more than its limits, or ended its process. The message says what it did: "takes over 20 s"."""


class TooSlow(Overrun):
    """A request took more than its seconds."""


class _Killed(Overrun):
    """Something else ended the process: perhaps a person, or the system, which had no memory left."""


class Worker:
    """Calls one function in a child process, which the first call starts and which ends with this object.

    The function, its arguments and what it returns must be picklable. A child that ended is started again.
    """

    def __init__(self, function: Callable[..., Any], *, seconds: float, memory: int = MEMORY) -> None:
        """Take the function, and the limits of one call; start nothing."""
        self._function, self._limits = function, WorkerLimits(seconds, memory)
        self._child: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def __call__(self, *request: Any) -> Any:
        """Return what the function returns.

        Raises:
            Overrun: it took more than its limits, or ended its process.
            ListingFailed: no process could be started.
            Exception: what the function raised.
        """
        with self._turn:
            try:
                answer = self._answered(request)
            except _Killed:  # perhaps not because of this request
                answer = self._answered(request)
        if answer.how == OUT_OF_MEMORY:
            raise Overrun(f"needs over {_gigabytes(self._limits.memory)} of memory")
        if answer.how == RAISED:
            raise answer.value
        return answer.value

    def _answered(self, request: tuple[Any, ...]) -> WorkerAnswer:
        if self._child is None or self._child.poll() is not None:
            self._child = self._start()
        child, self._child = self._child, None
        by_the_clock = self._limits.seconds * (PATIENCE if HAS_PROCESSOR_TIME else 1)
        answer = self._answer(child, request, by_the_clock)
        if answer.last:
            _end(child)
        else:
            self._child = child
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        """Start a child that has loaded the function.

        Raises:
            ListingFailed: it does not start.
        """
        path = os.pathsep.join(place for place in sys.path if place)
        try:
            child = subprocess.Popen(  # noqa: S603 - this program itself
                [sys.executable, "-P", "-c", START], env={**os.environ, "PYTHONPATH": path},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            weakref.finalize(self, _end, child)
            self._answer(child, (self._function, self._limits), START_SECONDS)
        except (OSError, Overrun) as error:
            raise ListingFailed(
                f"documents cannot be read: the process for it does not start ({error}); nothing is known about what "
                "the store holds, so nothing was changed; look whether this machine has memory and processes left"
            ) from error
        return child

    def _answer(self, child: subprocess.Popen[bytes], request: tuple[Any, ...], seconds: float) -> WorkerAnswer:
        """Return the child's answer; it may take ``seconds`` by the clock.

        Raises:
            Overrun: it ended instead.
        """
        late = threading.Event()
        alarm = threading.Timer(seconds, _kill, (child, late))
        alarm.daemon = True
        alarm.start()
        try:
            return _exchange(child, request)
        except (EOFError, OSError, pickle.UnpicklingError):
            _end(child)
            raise self._why(child.returncode, late=late.is_set()) from None
        finally:
            alarm.cancel()

    def _why(self, code: int, *, late: bool) -> Overrun:
        """Return why a child ended, from its exit code."""
        if late or (HAS_PROCESSOR_TIME and code == -signal.SIGPROF):
            return TooSlow(f"takes over {self._limits.seconds:g} s")
        if code in FROM_OUTSIDE:
            return _Killed("needs more memory than this machine has, or somebody ended its reader")
        return Overrun(f"ends its reader ({signal.Signals(-code).name if code < 0 else f'exit code {code}'})")


def _exchange(child: subprocess.Popen[bytes], request: tuple[Any, ...]) -> WorkerAnswer:
    """Send a request and return the answer."""
    assert child.stdout is not None, "it was started with pipes"  # noqa: S101 - for the type checker
    _send(child, request)
    answer: WorkerAnswer = pickle.load(child.stdout)  # noqa: S301 - from this object's own child
    return answer


def _kill(child: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    child.kill()


def _send(child: subprocess.Popen[bytes], value: Any) -> None:
    assert child.stdin is not None, "it was started with pipes"  # noqa: S101 - for the type checker
    pickle.dump(value, child.stdin, pickle.HIGHEST_PROTOCOL)
    child.stdin.flush()


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child, which may have ended, and wait for it. Its own exit code stays where it has one."""
    try:
        child.wait(0.2 if child.poll() is None else 0)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    for pipe in (child.stdin, child.stdout):
        with suppress(OSError):  # what is left in the buffer of a broken pipe
            pipe and pipe.close()


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:g} GB"
