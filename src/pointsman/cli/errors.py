"""How an error leaves a command: one line on stderr, or one JSON object on stdout, and an exit code."""

import errno
import logging
import os
import re
import signal
import sqlite3
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace

import typer
from typer.exceptions import TyperException

from pointsman.api.phrases import shortened
from pointsman.cli.app import clear_bars, err, print_object
from pointsman.cli.logs import logs_are_json
from pointsman.core.errors import PointsmanError, UsageError
from pointsman.core.visible import visible
from pointsman.settings.secrets import without_secrets

LOG = logging.getLogger("pointsman.error")
SIGNAL_EXIT = 128
"""Exit code after a signal, as shells have it: this and the signal's number."""
SYSTEM, INTERNAL, INTERRUPT = "PM-S01", "PM-S02", "PM-S03"
"""Codes of what is no error of Pointsman's: the system refused, a fault of ours, somebody pressed Ctrl-C."""
AGAIN: Mapping[str, str] = {"refresh": "run refresh again", "approve": "run refresh again", "watch": "run watch again"}
"""Commands whose work was cut off → how to go on; a refresh takes up what there is."""

WAYS_OUT = {
    errno.ENOSPC: "free some space and run the command again",
    errno.EDQUOT: "free some space and run the command again",
    errno.EACCES: "change the permissions, or run as another user",
    errno.EPERM: "change the permissions, or run as another user",
    errno.EROFS: "mount the file system for writing",
    errno.ECONNREFUSED: "start the server, or correct its address in the environment",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}
"""What a person can do about a refusal of the system; of others: run the command again."""

FULL = re.compile(r"disk is full|No space left", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error as a person or a program gets it."""

    code: str
    message: str
    way_out: str
    exit_code: int

    def as_json(self) -> dict[str, dict[str, str]]:
        """Return the object that a command with ``--json`` prints."""
        return {"error": {"code": self.code, "message": self.message, "way_out": self.way_out}}


def failure_of(error: BaseException) -> Failure:
    """Return an error's code, message, way out and exit code."""
    if isinstance(error, PointsmanError):
        message = shortened(str(error))
        return Failure(code=error.code, message=message, way_out=shortened(error.way_out), exit_code=error.exit_code)
    if isinstance(error, TyperException):
        return _of_typer(error)
    if isinstance(error, KeyboardInterrupt):
        return _of_signal(*error.args)
    if isinstance(error, typer.Abort):
        return Failure(code=INTERRUPT, message="nothing was done", way_out="answer y to go on", exit_code=1)
    return _of_system(error)


def _of_signal(command: str = "", number: int = signal.SIGINT) -> Failure:
    """Return the failure of a command that a signal ended."""
    way_out = AGAIN.get(command, "run the command again")
    what = "interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}"
    return Failure(code=INTERRUPT, message=f"{what}; {way_out}", way_out=way_out, exit_code=SIGNAL_EXIT + number)


def _of_typer(error: TyperException) -> Failure:
    """Return a wrong command line as a usage error; the hint names the help of the command."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "pointsman"
    message = " ".join(error.format_message().split()).removesuffix(".")
    return Failure(code=UsageError.code, message=message, way_out=f"see {command} -h", exit_code=error.exit_code)


def _of_system(error: BaseException) -> Failure:
    """Return what the system refused with its way out; anything else is a fault of Pointsman's."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            way_out = WAYS_OUT.get(cause.errno or 0, "run the command again")
            return Failure(code=SYSTEM, message=_refusal(cause), way_out=way_out, exit_code=1)
        if isinstance(cause, (sqlite3.Error, MemoryError)) or FULL.search(str(cause)):
            way_out = WAYS_OUT[errno.ENOSPC] if FULL.search(str(cause)) else "run the command again"
            return Failure(code=SYSTEM, message=str(cause) or type(cause).__name__, way_out=way_out, exit_code=1)
        cause = cause.__cause__ or cause.__context__
    message = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return Failure(code=INTERNAL, message=message, way_out="run again with --debug and report it", exit_code=1)


def _refusal(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error or type(error).__name__}"


def report(error: BaseException, *, as_json: bool, debug: bool) -> int:
    """Say an error and return the exit code."""
    clear_bars()
    found = failure_of(error)
    failure = replace(found, message=without_secrets(found.message), way_out=without_secrets(found.way_out))
    if debug:
        sys.stderr.write(visible(without_secrets("".join(traceback.format_exception(error)))))
    if as_json:
        print_object(failure.as_json())
    LOG.error(failure.message, extra={"code": failure.code})
    if not (as_json or logs_are_json()):
        line = visible(f"pointsman: {failure.code}: {_line(failure)}")
        err.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    return failure.exit_code


def _line(failure: Failure) -> str:
    """Return the message, and the way out where the message does not end with one of its own."""
    message = failure.message.rstrip()
    parted = "\n" if "\n" in message else "; "
    said = message.endswith(failure.way_out) or (";" in message and parted == "; ")
    return message if said else f"{message}{parted}{failure.way_out}"


def wants_json(words: list[str]) -> bool:
    """Tell whether a command line asks for JSON."""
    return "--json" in (words[: words.index("--")] if "--" in words else words)


def broken_pipe() -> int:
    """Return the exit code of a command whose reader has gone (``| head``); nothing more is written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
