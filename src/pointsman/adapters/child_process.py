"""Child processes that end with their parent, so that a killed refresh leaves nothing running."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1
"""Linux: sets the signal that a process gets when its parent ends (prctl(2)); its own children do not inherit it."""


def end_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends in any way. Does nothing on systems other than Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
