"""Processes that end with the one that started them, so that a killed refresh leaves nothing running behind it."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1
"""Linux: the signal that a process gets when its parent ends (prctl(2)); not inherited by its own children."""


def end_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends, however that ends. Other systems than Linux: nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
