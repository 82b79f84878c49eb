"""Ctrl-C: a command ends at once, with all processes that it started. What is live stays live.

A signal handler of Python waits until the main thread comes back from C, where a training or an index may be for many
seconds, and an exception that travels through Prefect takes a minute and a thousand lines. So the signal is read from a
pipe by a thread, which ends the process. The next refresh converges, as after a kill.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from pointsman.cli.errors import INTERRUPTED

GRACE_SECONDS = 0.5
"""How long child processes may take to end by themselves."""
SHOW_CURSOR = "\x1b[?25h\r\x1b[K"
"""Shows the cursor that a progress bar hid, and clears the bar's line."""


class Interrupt:
    """Ends this process, once, however often somebody presses Ctrl-C.

    Args:
        say: called before the end; it tells what happened.
    """

    def __init__(self, say: Callable[[], None]) -> None:
        self._say = say
        self._turn = threading.Lock()

    def install(self) -> None:
        """End the process and its children on SIGINT, within a second whatever the main thread does; exit code 130."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.signal(signal.SIGINT, self._on_signal)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        threading.Thread(target=self._watch, args=(reader,), name="interrupt", daemon=True).start()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """End the process where a library has taken the pipe away."""
        threading.Thread(target=self._end, name="interrupt", daemon=True).start()

    def _watch(self, reader: int) -> None:
        """End the process when the pipe says that a SIGINT came; other signals are passed over."""
        while signal.SIGINT not in os.read(reader, 64):
            pass
        self._end()

    def _end(self) -> None:
        if not self._turn.acquire(blocking=False):
            return
        stop_children()
        if sys.stderr.isatty():
            sys.stderr.write(SHOW_CURSOR)
        self._say()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(INTERRUPTED)


def raise_on_interrupt() -> None:
    """Let SIGINT raise KeyboardInterrupt in the main thread again: a replay shows what it has so far."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def stop_children() -> None:
    """End every process below this one: asked first, killed after half a second."""
    import psutil

    children = psutil.Process().children(recursive=True)
    for send in ("terminate", "kill"):
        for child in children:
            try:
                getattr(child, send)()
            except psutil.NoSuchProcess:
                continue
        children = psutil.wait_procs(children, timeout=GRACE_SECONDS)[1]
