"""Ctrl-C and SIGTERM: a command ends at once, with all processes that it started. What is live stays live.

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

from pointsman.adapters.child_process import end_children
from pointsman.cli.errors import SIGNAL_EXIT

ENDING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
"""Signals that end a command: Ctrl-C, the end of a service, a closed terminal."""
SHOW_CURSOR = "\x1b[?25h\r\x1b[K"
"""Shows the cursor that a progress bar hid, and clears the bar's line."""


class Interrupt:
    """Ends this process, once, however often somebody presses Ctrl-C.

    Args:
        say: called before the end with the signal's number; it tells what happened.
    """

    def __init__(self, say: Callable[[int], None]) -> None:
        self._say = say
        self._turn = threading.Lock()

    def install(self) -> None:
        """End the process and its children on each of ``ENDING``, within a second whatever the main thread does.

        Only a training takes longer, at most four seconds: it writes a checkpoint first. The exit code is 128 and the
        signal's number. After ``nohup`` a closed terminal ends nothing.
        """
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        for number in ENDING:
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        threading.Thread(target=self._watch, args=(reader,), name="interrupt", daemon=True).start()

    def go_first(self) -> None:
        """Wait for the end where a signal has begun it: the error of a child that it ended is none."""
        if self._turn.locked():
            threading.Event().wait()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        """End the process where a library has taken the pipe away."""
        threading.Thread(target=self._end, args=(number,), name="interrupt", daemon=True).start()

    def _watch(self, reader: int) -> None:
        """End the process when the pipe says that such a signal came; others are passed over."""
        while not (found := ENDING.intersection(os.read(reader, 64))):
            pass
        self._end(min(found))

    def _end(self, number: int) -> None:
        if not self._turn.acquire(blocking=False):
            return
        try:
            end_children()
            if sys.stderr.isatty():
                sys.stderr.write(SHOW_CURSOR)
            self._say(number)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:  # whatever fails, such as a write to a closed terminal: the main thread waits for this end
            os._exit(SIGNAL_EXIT + number)


def raise_on_interrupt() -> None:
    """Let SIGINT raise KeyboardInterrupt in the main thread again: a replay shows what it has so far."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
