"""SIGTERM and Ctrl-C during a training: it writes a checkpoint, then ends."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pointsman.core.errors import TrainingStopped

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StopRequest:
    """Whether somebody asked the training to stop, and with which signal."""

    def __init__(self) -> None:
        """Nobody has."""
        self._signal: int | None = None

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        """Note the signal; the training looks after each step."""
        self._signal = number

    @property
    def asked(self) -> bool:
        """Whether the training should stop."""
        return self._signal is not None

    def end_after(self, step: int, steps: int) -> None:
        """Leave the training after a step, if somebody asked for it; a checkpoint of the step is written by now.

        Raises:
            TrainingStopped: somebody did.
        """
        if self._signal is not None:
            raise TrainingStopped(
                f"the training was stopped after step {step} of {steps} ({signal.Signals(self._signal).name}); "
                "the next run goes on from there"
            )


@contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Note the signals that would end this process while the block runs; outside the main thread, none."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.signal(number, request) for number in SIGNALS}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
