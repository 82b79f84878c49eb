"""Reads a ``store.url`` that names a git repository at a revision."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from pointsman.core.credentials import masked
from pointsman.core.errors import UsageError

FORM = "git+file:///path/repo@REVISION[:folder], or git+https://… or git+ssh://… alike"

REVISION = re.compile(r"(?![-{])(?!.*\.\.)(?!.*@\{)[^\x00-\x20\x7f~^:?*\[\\]+")
"""The name of a branch, a tag or a commit, as far as git allows it; not an expression such as ``main~3``."""

FOLDER = re.compile(r"(?!-)[^\x00-\x1f\x7f]*")


@dataclass(frozen=True, slots=True)
class GitUrl:
    """The place of a repository, and the revision and folder that are the store."""

    scheme: str
    """file, http, https or ssh."""
    place: str
    """Path of a local repository, else the URL for git to fetch from, without a password."""
    revision: str
    """Branch, tag or commit."""
    folder: str
    """Folder of the repository with the documents; empty for the whole repository."""
    written: str = field(repr=False)
    """The URL as params.yaml has it."""
    login: str | None = field(default=None, repr=False)
    """``user:password`` of an http URL, decoded."""

    @classmethod
    def of(cls, url: str, root: Path) -> "GitUrl":
        """Read a URL; a relative path of ``git+file://`` is relative to ``root``. A literal ``@`` is written ``%40``.

        Raises:
            UsageError: it is not such a URL, names no revision, or git could take a part of it for an option.
        """
        scheme, found, rest = url.removeprefix("git+").partition("://")
        if not found or scheme not in ("file", "http", "https", "ssh"):
            raise _refused(url, f"the protocol {scheme!r} is not one of git+file, git+http, git+https, git+ssh")
        authority, slash, path = ("", "", rest) if scheme == "file" else rest.partition("/")
        path, at, after = path.rpartition("@")
        if not at or not path.strip("/"):
            raise _refused(url, "it names no revision; add @ and a branch, a tag or a commit")
        revision, _, folder = (unquote(part) for part in after.partition(":"))
        path, folder = unquote(path) if scheme == "file" else path, folder.strip("/")
        if not REVISION.fullmatch(revision):
            raise _refused(url, f"{revision!r} is not a branch, tag or commit")
        if not FOLDER.fullmatch(folder) or any(part in ("", ".", "..") for part in folder.split("/") if folder):
            raise _refused(url, f"{folder!r} is not a folder of a repository")
        login, authority = _login(url, scheme, authority)
        if any(part.startswith("-") for part in (authority, authority.rpartition("@")[2], path)):
            raise _refused(url, "a part of it begins with '-', which git could take for an option")
        place = str(root / path) if scheme == "file" else f"{scheme}://{authority}{slash}{path}"
        return cls(scheme, place, revision=revision, folder=folder, written=url, login=login)


def _login(url: str, scheme: str, authority: str) -> tuple[str | None, str]:
    """Return (login, authority without it); the user of an ssh URL is not a secret and stays.

    Raises:
        UsageError: there is no host, or an ssh URL carries a password, which ssh does not take from a URL.
    """
    user, _, host = authority.rpartition("@")
    if scheme != "file" and not host.partition(":")[0]:
        raise _refused(url, "it names no host")
    if scheme == "ssh":
        if ":" in user:
            raise _refused(url, "ssh takes no password from a URL; use a key (ssh-agent, GIT_SSH_COMMAND)")
        return None, authority
    return (unquote(user) or None), host


def _refused(url: str, why: str) -> UsageError:
    return UsageError(f"store.url {masked(url, url)!r} cannot be used: {masked(why, url)} (the form is {FORM})")
