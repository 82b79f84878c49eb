"""Runs git so that no code of a repository is ever run: no hook, filter, pager, helper or transport.

Documents are read from the object database only. There is no work tree, so filters and attributes do not apply.
"""

import base64
import os
import subprocess
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path

from pointsman.core.errors import UsageError

HARDENED = (
    "--no-pager", "--no-replace-objects", "--no-optional-locks", "--literal-pathspecs",
    "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.attributesFile=/dev/null",
    "-c", "submodule.recurse=false", "-c", "fetch.recurseSubmodules=false", "-c", "gc.autoDetach=false",
    "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60",
)  # fmt: skip
"""Options of each command; a repository's own configuration cannot change them."""

NO_TRANSPORT = "none"
"""No protocol has this name, so git can reach no server, not even for missing objects of a partial clone."""

OF_THE_USER = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_CONFIG_GLOBAL")
"""Variables of git that say how to reach a server. The others are left out: they could name another repository."""

SSH = "ssh -oBatchMode=yes -oConnectTimeout=30 -oServerAliveInterval=15"
"""Asks no questions, and gives up when a server does not answer."""


LONGEST_SECONDS = 3600.0
"""Seconds after which a command is ended; ``store.max_seconds`` ends the wait for it earlier."""


class GitFailed(Exception):
    """A git command failed; the message is the end of its error output."""


def git(
    git_dir: Path, *words: str, transport: str = NO_TRANSPORT, login: str | None = None, stdin: bytes = b""
) -> bytes:
    """Return what a git command on a repository prints; ``stdin`` is its input.

    Raises:
        GitFailed: its exit code is not 0, or it takes too long.
        UsageError: git is not installed.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; each word is checked before
            command(git_dir, *words), env=environment(transport, login), input=stdin, capture_output=True, check=False,
            timeout=LONGEST_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise GitFailed(f"git {words[0]} takes over {LONGEST_SECONDS:g} s") from None
    except FileNotFoundError:
        raise UsageError("a git store needs the git command, which is not on PATH; install git") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise GitFailed(said or f"git {words[0]} exits with {done.returncode}")
    return done.stdout


def command(git_dir: Path, *words: str) -> list[str]:
    """Return a command line that names the repository itself, so that git does not look for one around it."""
    return ["git", *HARDENED, f"--git-dir={git_dir}", *words]


def environment(transport: str = NO_TRANSPORT, login: str | None = None) -> Mapping[str, str]:
    """Return the environment of a command. A login goes there, because other users can see arguments."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in OF_THE_USER}
    kept |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": transport, "GIT_NO_LAZY_FETCH": "1"}
    kept.setdefault("GIT_SSH_COMMAND", SSH)
    if login is not None:
        token = base64.b64encode(login.encode()).decode()
        kept |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {token}",
        }
    return kept


class Blobs:
    """Reads blobs by id with one ``git cat-file --batch``, which the first read starts."""

    def __init__(self, git_dir: Path) -> None:
        """Take a repository; start nothing."""
        self._git_dir = git_dir
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()

    def read(self, blob: str) -> bytes:
        """Return the bytes of a blob.

        Raises:
            GitFailed: the object database does not hold it, or is gone.
        """
        with self._turn:
            try:
                return self._read(self._running(), blob)
            except OSError as error:
                raise GitFailed(f"git cat-file ended ({error.strerror})") from error

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(  # noqa: S603 - as above
                command(self._git_dir, "cat-file", "--batch"), env=environment(),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            weakref.finalize(self, _end, self._process)
        return self._process

    def _read(self, process: subprocess.Popen[bytes], blob: str) -> bytes:
        assert process.stdin is not None, "it was started with pipes"  # noqa: S101 - for the type checker
        assert process.stdout is not None, "it was started with pipes"  # noqa: S101 - for the type checker
        process.stdin.write(blob.encode("ascii") + b"\n")
        process.stdin.flush()
        answer = process.stdout.readline().split()
        if len(answer) != 3 or answer[1] != b"blob":  # noqa: PLR2004 - id, type, size
            raise GitFailed(f"the object database has no blob {blob} ({b' '.join(answer).decode() or 'no answer'})")
        size = int(answer[2])
        raw = process.stdout.read(size)
        if len(raw) != size or process.stdout.read(1) != b"\n":
            raise GitFailed(f"the object database gave {len(raw)} of the {size} bytes of blob {blob}")
        return raw


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process by closing its input."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.wait()
