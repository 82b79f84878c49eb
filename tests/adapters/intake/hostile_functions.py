"""Functions for a worker: one that is well, and others that take too long, take too much, or end their process."""

import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

CALLS = 0
"""Calls in this process."""


def count_calls(_: Any) -> tuple[int, int]:
    """Return the process and how many calls it has had."""
    global CALLS  # noqa: PLW0603 - what is shown is that a process stays
    CALLS += 1
    return os.getpid(), CALLS


def spin(_document: Any, _raw: bytes = b"") -> NoReturn:
    """Never end."""
    while True:
        pass


def hold_memory(size: int, _raw: bytes = b"") -> int:
    """Return after holding so much memory."""
    return len(bytearray(size))


def answer_with(size: int) -> bytes:
    """Return so many bytes."""
    return bytes(size)


def crash(_document: Any, _raw: bytes = b"") -> NoReturn:
    """End as a fault in a library of C does."""
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def leave(_: Any) -> NoReturn:
    """End without a word."""
    os._exit(3)


def refuse(value: str) -> NoReturn:
    """Raise what its caller should get."""
    raise KeyError(value)


def print_much(_: Any) -> str:
    """Write to the standard output, as libraries do."""
    sys.stdout.write("x" * 100_000)
    os.write(1, b"\x80 no pickle")
    sys.stdout.flush()
    return "done"


class Unpicklable(Exception):
    """An error that cannot travel."""

    def __init__(self, one: Any, two: Any) -> None:
        super().__init__(one)
        self.two = two
        self.function = lambda: None


def raise_unpicklable(_: Any) -> NoReturn:
    """Raise an error that cannot be pickled."""
    raise Unpicklable(1, 2)


def end_by(number: int) -> NoReturn:
    """End by a signal from outside."""
    os.kill(os.getpid(), number)
    raise AssertionError


def kill_once(mark: Path) -> str:
    """Be killed at the first call, and return at the second."""
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "read"
